"""The keys of config.yml and of a pack: strict, frozen models of what may be written.

Only what one key allows is known here. What keys, metrics and packs must agree on is checked where they are put together
(`metrics`, `agreement`, `load`). The descriptions become the JSON Schema that editors show.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from log2metrics.config.settings import DEFAULT_LISTEN
from log2metrics.config.values import (
    NAMES,
    Also,
    Definition,
    Duration,
    Encoding,
    FilePath,
    FilePaths,
    Flag,
    Listen,
    LongDuration,
    Maybe,
    Number,
    Remote,
    Rewrite,
    Size,
    Text,
    Texts,
    Whole,
    Zone,
    by_name,
    choice,
    word_or_below,
)
from log2metrics.match.formats import Format
from log2metrics.metric import DEFAULT_LIMIT, MetricType
from log2metrics.shape.encodings import UTF8
from log2metrics.shape.wrapping import Unwrap
from log2metrics.sinks.graphite import Style, Values
from log2metrics.tail.selection import StartAt


class Count(StrEnum):
    """Which of a metric's rules count a line."""

    FIRST = "first"
    ALL = "all"


class _Keys(BaseModel):
    """Keys as written: no others, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelSchema(_Keys):
    """What is known of one label's values."""

    model_config = ConfigDict(title="label")

    values: tuple[Text, ...] = Field((), min_length=1, description="The known values. They are exposed as 0 from the start.")
    other: Maybe[Text] = Field(None, description="What every value that is not among `values` becomes.")
    rewrite: tuple[Rewrite, ...] = Field((), description="Pairs of a regex and what replaces it, applied in order.")
    lower: Flag = Field(default=False, description="Whether the value is made lower-case, before anything else.")
    limit: Maybe[Whole] = Field(None, description="The most values this label may take; later ones become `other`.")


class RuleSchema(_Keys):
    """When a line counts, and what its captures become."""

    model_config = ConfigDict(title="rule")

    match: Maybe[Text] = Field(None, description="A regex, searched in the message. Named groups are captures.")
    log_format: Maybe[Text] = Field(None, description="An nginx or Apache log format, in place of `match`.")
    unless: Maybe[Text] = Field(None, description="A regex: a message that it finds does not count.")
    where: Mapping[str, Text] = Field({}, description="Regexes by capture or field: each must be found in its text.")
    each: Maybe[Text] = Field(None, description="A regex: every occurrence in the message counts, not the line.")
    set: Mapping[str, str] = Field({}, description='Templates by label, such as "{status:.1}xx".')
    value: Maybe[Text] = Field(None, description='A template that gives a number, such as "{bytes}" or "{ms}ms"; 1 without it.')


class MetricSchema(_Keys):
    """One metric, and the rules that feed it."""

    model_config = ConfigDict(title="metric")

    name: Text = Field(description="The name in Prometheus, such as sshd_logins_total.")
    type: Annotated[MetricType, choice(MetricType)] = Field(MetricType.COUNTER, description="The Prometheus type.")
    help: Text = Field(description="One sentence that says what is counted, and its unit.")
    labels: Annotated[Mapping[str, Annotated[LabelSchema, Also({"type": "null"})]], BeforeValidator(by_name), Also(NAMES)] = (
        Field({}, description="The labels: a list of names, or a mapping of names to what is known of their values.")
    )
    rules: tuple[RuleSchema, ...] = Field(min_length=1, description="The rules; the first that matches counts a line.")
    count: Annotated[Count, choice(Count)] = Field(
        Count.FIRST, description="Whether the first rule that matches counts a line, or all that do."
    )
    limit: Whole = Field(DEFAULT_LIMIT, description="The most series this metric may have.")
    expire: Maybe[Duration] = Field(None, description="How long a series may be idle before readers no longer see it.")
    buckets: Maybe[tuple[Number, ...]] = Field(
        None, min_length=1, description="Upper bounds of a histogram's buckets, ascending; +Inf is always added."
    )
    graphite: Maybe[Text] = Field(None, description='The path in Graphite, such as "logs.sshd.{outcome}".')


class ExampleSchema(_Keys):
    """Lines, and what they must count."""

    model_config = ConfigDict(title="example")

    lines: Text = Field(description="Log lines as they are written.")
    expect: str = Field(description="Every series that is not zero after these lines, as Prometheus text.")
    unwrap: Annotated[Maybe[Unwrap], choice(Unwrap)] = Field(
        None, description="What the lines are wrapped in, for rules that ask for `stream` or `time`."
    )


class MultilineSchema(_Keys):
    """Which lines are one."""

    model_config = ConfigDict(title="multiline")

    start: Maybe[Text] = Field(None, description="A regex, searched in each line: where it finds something, a new one begins.")
    continue_: Maybe[Text] = Field(
        None, alias="continue", description="A regex: a line that it finds goes on with what is before it."
    )
    end: Maybe[Text] = Field(None, description="A regex: a line that it finds is a last one.")
    lines: Whole = Field(500, description="The most lines that are joined; the rest is skipped and counted as truncated.")
    bytes: Size = Field(65536, description="The most bytes that are joined, up to `line_bytes`.")
    quiet: Duration = Field(1.0, description="How long to wait for a line that goes on.")


class PackSchema(_Keys):
    """Metrics, rules and examples for one kind of log."""

    model_config = ConfigDict(title="pack")

    title: Text = Field(description="The program or log that this pack is for.")
    format: Annotated[Format, choice(Format)] = Field(Format.PLAIN, description="Where the message of a line begins.")
    program: Texts = Field((), description="Format syslog: only lines of these programs count.")
    files: FilePaths = Field((), description="Where such logs usually are: followed when there is no config at all.")
    multiline: Maybe[MultilineSchema] = Field(None, description="Which lines are one, for sources that do not say it.")
    definitions: Mapping[str, Definition] = Field(
        {}, description="Regexes to use as %{NAME} or %{NAME:capture}; a list of words also as \\L<NAME>."
    )
    metrics: tuple[MetricSchema, ...] = Field(min_length=1, description="What is counted, and by which rules.")
    examples: tuple[ExampleSchema, ...] = Field((), description="The proof: lines and the numbers they must give.")


class DefinitionsSchema(_Keys):
    """Definitions that every pack may use."""

    model_config = ConfigDict(title="file of definitions")

    definitions: Mapping[str, Definition] = Field(description="Regexes or lists of words by name.")


class SourceSchema(_Keys):
    """Files of one kind, and the packs that count them."""

    model_config = ConfigDict(title="source")

    name: Text = Field(description="What the exporter's own metrics call this source.")
    files: FilePaths = Field(description="Paths or globs (`**` too), absolute or relative to this file.")
    patterns: Texts = Field(description="The packs, by name or by path relative to this file.")
    format: Annotated[Maybe[Format], choice(Format)] = Field(None, description="The line format, if not the packs' own.")
    start_at: Annotated[StartAt, choice(StartAt)] = Field(
        StartAt.END, description="Where to begin in a file that is met at the very first start."
    )
    labels: Mapping[str, Text] = Field({}, description="Constant labels on every series from this source.")
    file_labels: Maybe[Text] = Field(None, description="A regex on a file's path; its named groups become labels.")
    rotated: FilePaths = Field((), description="Globs for rotated files that are not beside their log, as with olddir.")
    line_bytes: Size = Field(65536, description="Longer lines are cut here; the rest is skipped and counted.")
    timezone: Zone = Field(
        None, description="The zone of time stamps that say none: an IANA name, `UTC`, an offset, or `local` (the default)."
    )
    encoding: Encoding = Field(UTF8, description="How the files are encoded, by the name of a Python codec.")
    unwrap: Annotated[Maybe[Unwrap], choice(Unwrap)] = Field(
        None, description="The container runtime that wrote the files: its wrapping is taken off each line."
    )
    multiline: Annotated[MultilineSchema | None, word_or_below("none"), Also({"const": "none"})] = Field(
        None, description="Which lines are one, if not as the packs say; `none` to join none."
    )


class WebSchema(_Keys):
    """The HTTP server."""

    model_config = ConfigDict(title="web")

    listen: Listen = Field(
        default=DEFAULT_LISTEN, description="The address to serve /metrics on, as `host:port`, or `:port` for all."
    )


class GraphiteSchema(_Keys):
    """The Graphite sender."""

    model_config = ConfigDict(title="graphite")

    address: Remote = Field(description="Carbon's plaintext listener, as `host:port`.")
    prefix: str = Field("", description="What every path begins with; {hostname} is this host's short name.")
    interval: LongDuration = Field(10.0, description="How often to send.")
    style: Annotated[Style, choice(Style)] = Field(
        Style.DOTTED, description="How labels are written: as parts of the path, or as tags."
    )
    values: Annotated[Values, choice(Values)] = Field(
        Values.CUMULATIVE, description="Whether counters are sent as they stand, or as what they grew since the last time."
    )
    queue_points: Whole = Field(100_000, description="How many points to keep while Graphite is away.")
    timeout: Duration = Field(5.0, description="How long to wait for Graphite.")


class ConfigSchema(_Keys):
    """config.yml."""

    model_config = ConfigDict(title="config")

    sources: tuple[SourceSchema, ...] = Field(min_length=1, description="What to follow, and how to count it.")
    state: Maybe[FilePath] = Field(
        None, description="The state file; `none` keeps nothing over a restart. Without this key the usual place is used."
    )
    web: Annotated[WebSchema | None, word_or_below("none"), Also({"const": "none"})] = Field(
        WebSchema(), description="The HTTP server; `none` to have none."
    )
    graphite: Maybe[GraphiteSchema] = Field(None, description="Send the numbers to Graphite as well.")
