"""The kinds of values a key may take: how each is read from the text that was typed, and how an editor is told.

Each kind says what would be right and nothing else; where the value stands and how the problem is told is known to
`report`. Units: durations become seconds, sizes become bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError

from log2metrics.config.problems import listed, meant
from log2metrics.shape.encodings import encoding, encoding_names

# YAML has read a number or a truth value where a text without quotes looks like one; the schema takes it as text.
SCALAR = ["string", "number", "boolean"]
DURATION = {"type": "string", "pattern": r"^[0-9.]+(w|d|h|m|s|ms)"}
NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
WRONG = "wrong"  # the error type of everything refused here; its context holds `right`

_UNIT_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d{{1,9}}(?:\.\d{{1,9}})?){unit})?" for unit in _UNIT_SECONDS), re.ASCII)
_SIZE = re.compile(r"(\d{1,12}) ?(|KiB|MiB|GiB)", re.ASCII)
_SIZE_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>0\d|1[0-4]):(?P<minutes>[0-5]\d)", re.ASCII)
_ADDRESS = re.compile(r"(?P<host>\[(?P<v6>[^\]]+)\]|[\w.-]*):(?P<port>\d{1,5})", re.ASCII)
_MAX_PORT = 65_535


class Address(NamedTuple):
    """A host, empty for every address of this machine, and a TCP port."""

    host: str
    port: int


def wrong(right: str) -> PydanticCustomError:
    """Refuse a value, saying what would be right."""
    return PydanticCustomError(WRONG, "{right}", {"right": right})


def _given(value: object) -> object:
    if value is None:
        raise wrong("a value, or no such key")
    return value


def _duration(value: object) -> float:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = sum(float(found[unit] or 0) * each for unit, each in _UNIT_SECONDS.items()) if found else 0.0
    if seconds <= 0:
        raise wrong("a duration such as 500ms, 10s, 5m or 1h30m")
    return seconds


def _long_duration(value: object) -> float:
    seconds = _duration(value)
    if seconds < 1:
        raise wrong("a duration of 1s or more: timestamps are in whole seconds")
    return seconds


def _size(value: object) -> int:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    size = int(found[1]) * _SIZE_UNITS[found[2]] if found else 0
    if size < 1:
        raise wrong("a number of bytes such as 65536, 64KiB or 1MiB")
    return size


def _whole(value: object) -> int:
    number = int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else 0
    if number < 1:
        raise wrong("a whole number from 1 to 999999999")
    return number


def _number(value: object) -> float:
    number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else math.inf
    if not math.isfinite(number):
        raise wrong("a finite number such as 0.25 or 1e6")
    return number


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        raise wrong("`true` or `false`")
    return value == "true"


def _listen(value: object) -> Address:
    address = parse_address(value)
    if address is None:
        raise wrong("`host:port` or `:port`, such as 127.0.0.1:10414, [::1]:10414 or :10414")
    return address


def _remote(value: object) -> Address:
    address = parse_address(value)
    if address is None or not address.host or not address.port:
        raise wrong("`host:port`, such as graphite:2003 or [2001:db8::1]:2003")
    return address


def _zone(value: object) -> tzinfo | None:
    if value == "local":
        return None
    if value == "UTC":
        return UTC
    if isinstance(value, str) and (offset := _OFFSET.fullmatch(value)):
        difference = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        return timezone(-difference if offset["sign"] == "-" else difference)
    import zoneinfo  # noqa: PLC0415  # only where a zone is named

    text = value if isinstance(value, str) else ""
    try:
        return zoneinfo.ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        raise wrong(_zone_meant(text, sorted(zoneinfo.available_timezones()))) from None


def _zone_meant(value: str, known: list[str]) -> str:
    """Say what would be right in place of an unknown zone; upper and lower case may be all that is wrong."""
    same = [name for name in ["local", *known] if name.lower() == value.lower()]
    otherwise = "a name such as Europe/Berlin, `UTC`, an offset such as +02:00, or `local`"
    return f"did you mean `{same[0]}`?" if same else meant(value, known, otherwise)


def parse_address(value: object) -> Address | None:
    """Read the address in a text such as `host:port`, `[v6]:port` or `:port`; None if it is none."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found["port"]) > _MAX_PORT or (found["v6"] and not _is_v6(found["v6"])):
        return None
    return Address(found["v6"] or found["host"], int(found["port"]))


def _is_v6(host: str) -> bool:
    try:
        return bool(IPv6Address(host))
    except ValueError:
        return False


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _path(value: object) -> object:
    if isinstance(value, str) and value.startswith("~"):
        raise wrong("the whole path: only a shell knows whose home `~` is")
    return value


def _pair(value: object) -> object:
    if not isinstance(value, list) or [type(each) for each in value] != [str, str] or not value[0]:
        raise wrong("a pair such as ['^/user/.*', '/user/…']: a regex, and the text that replaces what it finds")
    return value


def _definition(value: object) -> str | tuple[str, ...]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    raise wrong("a regex, or a list of words")


def by_name(value: object) -> object:
    """Take a list of names for a mapping of names to nothing special, and so a name without a value."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        if len(set(value)) < len(value):
            raise wrong("each name once")
        return {each: {} for each in value}
    if isinstance(value, Mapping):
        return {name: {} if below is None else below for name, below in value.items()}
    raise wrong("a list of names, or a mapping of names to what is known of each")


def choice(kind: type[StrEnum]) -> BeforeValidator:
    """One of the words of a closed set."""

    def read(value: object) -> object:
        words = [str(each) for each in kind]
        if value not in words:
            raise wrong(meant(value, words, listed(words)) if isinstance(value, str) else listed(words))
        return value

    return BeforeValidator(read)


def word_or_below(word: str) -> BeforeValidator:
    """Take this word in place of a mapping for: none of it."""

    def read(value: object) -> object:
        if isinstance(value, str) and value == word:
            return None
        if not isinstance(value, Mapping):
            raise wrong(f"a mapping, or `{word}`")
        return value

    return BeforeValidator(read)


def _encoding(value: object) -> str:
    name = encoding(value) if isinstance(value, str) else None
    if name is None:
        raise wrong(meant_encoding(value))
    return name


def meant_encoding(value: object) -> str:
    """Say what would be right in place of an unknown encoding."""
    otherwise = "an encoding by the name of its Python codec, such as latin-1, euc_jp or utf-16"
    return meant(value, encoding_names(), otherwise) if isinstance(value, str) else otherwise


class Also:
    """What else may be written, for the JSON Schema: a value that is read as something of the annotated type."""

    def __init__(self, *schemas: dict[str, Any]) -> None:
        self._schemas = schemas

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), *self._schemas]}


_T = TypeVar("_T")

Text = Annotated[str, StringConstraints(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1), BeforeValidator(_one_or_many), Also({"type": SCALAR})]
FilePath = Annotated[Text, BeforeValidator(_path)]
FilePaths = Annotated[tuple[FilePath, ...], Field(min_length=1), BeforeValidator(_one_or_many), Also({"type": SCALAR})]
Duration = Annotated[float, PlainValidator(_duration), WithJsonSchema(DURATION)]
LongDuration = Annotated[float, PlainValidator(_long_duration), WithJsonSchema(DURATION)]
Size = Annotated[
    int,
    PlainValidator(_size),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "pattern": r"^\d+ ?(KiB|MiB|GiB)?$"}),
]
Encoding = Annotated[str, PlainValidator(_encoding), WithJsonSchema({"type": "string"})]
Whole = Annotated[int, PlainValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 999_999_999})]
Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Listen = Annotated[Address, PlainValidator(_listen), WithJsonSchema({"type": "string", "pattern": r":\d+$"})]
Remote = Annotated[Address, PlainValidator(_remote), WithJsonSchema({"type": "string", "pattern": r".:\d+$"})]
Rewrite = Annotated[tuple[str, str], BeforeValidator(_pair)]
Definition = Annotated[
    str | tuple[str, ...],
    PlainValidator(_definition),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": SCALAR, "minLength": 1},
                {"type": "array", "minItems": 1, "items": {"type": SCALAR, "minLength": 1}},
            ]
        }
    ),
]
Maybe = Annotated[_T | None, BeforeValidator(_given)]  # a key that may be left out, but not left without a value
Zone = Annotated[tzinfo | None, PlainValidator(_zone), WithJsonSchema({"type": "string"})]
