"""JSON Schema of the two kinds of files, for editors: names, descriptions and kinds of all keys.

An editor reads YAML's own types where this program reads the text that was typed, so the schema takes a number or a truth
value wherever text is wanted, and one item where a list may be one.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from log2metrics.config.schema import ConfigSchema, PackSchema
from log2metrics.config.values import SCALAR

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> dict[str, Any]:
    """Give the schema of config.yml."""
    return _schema(ConfigSchema, "log2metrics configuration", "log2metrics-config.schema.json")


def pack_schema() -> dict[str, Any]:
    """Give the schema of a pack."""
    return _schema(PackSchema, "log2metrics pack", "log2metrics-pack.schema.json")


def _schema(model: type[BaseModel], title: str, name: str) -> dict[str, Any]:
    made = model.model_json_schema(schema_generator=_Generator)
    return {"$schema": _DIALECT, "$id": f"urn:log2metrics:{name}", **made, "title": title}


class _Generator(GenerateJsonSchema):
    """Tells what the loader accepts, not what pydantic keeps."""

    def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
        """Take any scalar for text."""
        return {**super().str_schema(schema), "type": SCALAR}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """Refuse null: a key may be left out, but has a value where it stands."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Tell a default if it can be written: an absent value and an empty list can't."""
        writable = isinstance(schema.get("default"), str | int | float)
        return super().default_schema(schema) if writable else self.generate_inner(schema["schema"])
