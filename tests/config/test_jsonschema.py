"""The schema for editors takes what the loader takes, and refuses unknown keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from log2metrics.config.jsonschema import config_schema, pack_schema
from log2metrics.config.packs import library, library_folder

HERE = Path(__file__).parent
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
KNOWN = {
    "$defs", "$id", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "description", "enum", "items",
    "maxItems", "maximum", "minItems", "minLength", "minimum", "pattern", "prefixItems", "properties", "required", "title",
    "type", "uniqueItems",
}  # fmt: skip


def accepts(schema: dict[str, Any], value: object, root: dict[str, Any]) -> bool:
    """Check a value against the part of JSON Schema that these schemas use."""
    assert set() == set(schema) - KNOWN
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    if "anyOf" in schema:
        return any(accepts(each, value, root) for each in schema["anyOf"])
    kinds = schema.get("type", list(TYPES))
    wanted = [kind for name in ([kinds] if isinstance(kinds, str) else kinds) for kind in TYPES[name]]
    checks = [
        any(isinstance(value, kind) for kind in wanted),
        value in schema.get("enum", [value]),
        value == schema.get("const", value),
        not isinstance(value, str) or bool(re.search(schema.get("pattern", ""), value)),
        not isinstance(value, str | list) or len(value) >= schema.get("minLength" if isinstance(value, str) else "minItems", 0),
        not isinstance(value, list) or all(accepts(schema.get("items", {}), each, root) for each in value),
        not isinstance(value, dict) or accepts_keys(schema, value, root),
    ]
    return all(checks)


def accepts_keys(schema: dict[str, Any], value: dict[str, object], root: dict[str, Any]) -> bool:
    """Check the keys of a mapping: all required ones, known ones as described, others if the schema lets them."""
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    below = (
        accepts(known[key], each, root) if key in known else bool(others) and accepts(others, each, root)
        for key, each in value.items()
    )
    return set(schema.get("required", [])) <= set(value) and all(below)


def read(path: Path) -> dict[str, Any]:
    """Read a file as an editor does: with YAML's own types."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


PACKS = [HERE / "good/sshd.yml", HERE / "good/requests.yml", *(library_folder() / f"{name}.yml" for name in library())]


@pytest.mark.parametrize("path", PACKS, ids=lambda path: str(path.stem))
def test_what_the_loader_takes_as_a_pack_the_schema_takes(path: Path) -> None:
    """An editor marks nothing in a pack that works."""
    schema = pack_schema()
    assert accepts(schema, read(path), schema)


def test_what_the_loader_takes_as_a_config_the_schema_takes() -> None:
    """An editor marks nothing in a config that works, whichever way it is written."""
    schema = config_schema()
    data = read(HERE / "good/config.yml")
    assert accepts(schema, data, schema)
    assert accepts(schema, data | {"web": "none", "state": "none"}, schema)


@pytest.mark.parametrize(
    "name",
    ["unknown_key", "key_of_another_time", "missing_keys", "graphite_keys", "key_without_value", "web", "empty_file_name"],
)
def test_what_the_loader_refuses_in_a_config_the_schema_refuses(name: str) -> None:
    """Unknown keys, missing ones and values of another kind are marked while they are typed."""
    schema = config_schema()
    assert not accepts(schema, read(HERE / f"bad/config/{name}.yml"), schema)


@pytest.mark.parametrize(
    "name", ["unknown_keys", "unknown_label_key", "no_help", "type", "count", "labels_text", "definition_kind", "no_rules"]
)
def test_what_the_loader_refuses_in_a_pack_the_schema_refuses(name: str) -> None:
    """The same for packs."""
    schema = pack_schema()
    assert not accepts(schema, read(HERE / f"bad/pack/{name}.yml"), schema)


@pytest.mark.parametrize("schema", [config_schema, pack_schema], ids=["config", "pack"])
def test_every_key_has_a_description(schema: Callable[[], dict[str, Any]]) -> None:
    """An editor can say what each key is for, and the schema is plain JSON with a name."""
    made = json.loads(json.dumps(schema()))
    described = {made["title"]: made} | made["$defs"]
    silent = [
        (name, key)
        for name, kind in described.items()
        for key, of in kind.get("properties", {}).items()
        if not of.get("description")
    ]
    assert [] == silent
    assert "https://json-schema.org/draft/2020-12/schema" == made["$schema"]
    assert made["$id"].startswith("urn:log2metrics:")


def test_text_may_look_like_another_type() -> None:
    """A label value such as 200 or true needs no quotes, in an editor as in the loader."""
    schema = config_schema()
    data = read(HERE / "good/config.yml")
    data["sources"][0]["labels"] = {"status": 200, "active": True}
    assert accepts(schema, data, schema)
