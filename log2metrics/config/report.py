"""A document against its model: either the model, or every problem in the operator's words.

What pydantic found is told with the line, the key, what stands there and what would be right; none of pydantic's own words
get through. Knows no particular key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from log2metrics.config.marks import Document, NodePath
from log2metrics.config.problems import Problem, listed, meant
from log2metrics.config.values import WRONG

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Model = TypeVar("_Model", bound=BaseModel)

_SHOWN_CHARS = 60
_WANTED = {
    "string_type": "a text is wanted",
    "tuple_type": "a list is wanted",
    "dict_type": "a mapping of names to values is wanted",
    "model_type": "a mapping of keys to values is wanted",
    "too_short": "at least one is needed",
    "string_too_short": "some text is wanted",
}


def validate(model: type[_Model], document: Document, problems: list[Problem]) -> _Model | None:
    """Read the document as this model. What is wrong is appended to `problems`, and then there is no model."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        # A list with a wrong item counts as too short as well; only an empty one is.
        found = [each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]]
        problems.extend(_problem(model, document, each) for each in found)
        return None


def sound(model: type[_Model], data: object) -> _Model | None:
    """Read a part of a document as this model, if nothing is wrong with it; what is, has been told of the whole."""
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def _problem(model: type[BaseModel], document: Document, error: ErrorDetails) -> Problem:
    path: NodePath = error["loc"]
    kind = error["type"]
    if kind == "extra_forbidden":
        owner = _model_at(model, path[:-1])
        known = [field.alias or name for name, field in owner.model_fields.items()]
        right = meant(str(path[-1]), known, f"known keys: {listed(known, 'and')}")
        return document.problem(path, f"unknown key `{path[-1]}` in {_noun(owner)}", right)
    if kind == "missing":
        owner = _model_at(model, path[:-1])
        return document.problem(
            path[:-1], f"{_noun(owner)} has no `{path[-1]}`", f"add `{path[-1]}`: {_description(owner, path[-1])}"
        )
    right = str(error["ctx"]["right"]) if kind == WRONG else _WANTED.get(kind, "something else is wanted")
    return document.problem(path, f"{_name(path)} {described(error['input'])}", right)


def described(value: object) -> str:
    """Say what stands in the document, for a message: it is `this`."""
    if value is None:
        return "has no value"
    if isinstance(value, Mapping):
        return "is a mapping" if value else "is empty"
    if isinstance(value, str) and value:
        line = " ".join(value.split())
        return f"is `{line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + '…'}`"
    return "is a list" if isinstance(value, Iterable) and value else "is empty"


def _name(path: NodePath) -> str:
    key = next(part for part in reversed(path) if isinstance(part, str))
    return f"`{key}`" if path[-1] == key else f"an item of `{key}`"


def _noun(model: type[BaseModel]) -> str:
    noun = str(model.model_config["title"])
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _description(model: type[BaseModel], key: str | int) -> str:
    text = model.model_fields[str(key)].description or ""
    return text[:1].lower() + text[1:].rstrip(".")


def _model_at(model: type[BaseModel], path: NodePath) -> type[BaseModel]:
    """Find the model whose keys stand at this path."""
    kind: Any = model
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            annotation = kind.model_fields[str(part)].annotation
            kind = _last(annotation) if type(None) in get_args(annotation) else annotation
        else:
            kind = _last(kind)
    return kind  # type: ignore[no-any-return]


def _last(kind: Any) -> Any:  # noqa: ANN401  # annotations have no common type
    """Give the last type in brackets: of the items of a list, of the values of a mapping, of what may be left out."""
    return [each for each in get_args(kind) if each not in {type(None), Ellipsis}][-1]
