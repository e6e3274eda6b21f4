"""Groups messages by their templates, in one pass and in bounded memory.

After Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017): messages with
as many chunks and the same first word are compared with the templates there are; the most similar one takes them in,
and where they differ it has a variable from then on. Departures from it: variables that show by their shape are found
beforehand, a chunk such as `user=mara` keeps what it shares with `user=root`, and a template keeps some of its lines.

Where there are too many templates, those that have been seen least go, and only how many lines they had is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import takewhile

from log2metrics.templates.scan import ANYTHING, REST, Chunk, Chunks, Kind, Piece, scan

SIMILAR = 0.6
MAX_SEEN = 10_000
_PER_LEAF = 50
_WORD_LETTERS = 2
_BREAKS = frozenset("=:,;()[]{}<>\"'/|@#&?!")
_SPACIOUS = frozenset({Kind.QUOTED, Kind.TIME})
_REMEMBERED = 4096  # chunks
_ENDS = frozenset({Kind.ANY, Kind.ID, Kind.NUMBER, Kind.REST})
_MANY_ENDS = 3  # templates
_FEW_CHUNKS = 4  # shorter messages are not merged because only their first words differ

Leaf = tuple[int, Chunk | None]


@dataclass(slots=True, eq=False)
class Template:
    """What some messages have in common. `samples` are lines of them, spread over all that were seen."""

    chunks: Chunks
    topic: str
    count: int = 0
    samples: list[str] = field(default_factory=list)
    _stride: int = 1

    def take(self, line: str, most: int) -> None:
        """Count one more line, and keep it if it is its turn: at most so many are kept."""
        if self.count % self._stride == 0:
            if len(self.samples) >= most:
                del self.samples[1::2]
                self._stride *= 2
            if self.count % self._stride == 0:
                self.samples.append(line)
        self.count += 1


class Miner:
    """The templates of the messages seen so far: at most `most_templates`, each with at most `most_samples` lines.

    Messages of different topics (programs, say) never share a template. `most_seen` different messages are known again
    without being compared.
    """

    def __init__(self, most_templates: int = 1000, most_samples: int = 64, most_seen: int = MAX_SEEN) -> None:
        self._most_templates = most_templates
        self._most_seen = most_seen
        self._most_samples = most_samples
        self._leaves: dict[tuple[str, Leaf], list[Template]] = {}
        self._seen: dict[tuple[str, Chunks], Template] = {}
        self._size = 0
        self.dropped = 0  # lines of templates that had to go

    def add(self, message: str, line: str, topic: str = "") -> Template:
        """Take one message in, and give its template. `line` is what is kept as a sample of it."""
        chunks = scan(message)
        template = self._seen.get((topic, chunks))
        if template is None:
            template = self._find(chunks, topic)
            if len(self._seen) >= self._most_seen:
                self._seen.clear()
            self._seen[topic, chunks] = template
        template.take(line, self._most_samples)
        return template

    def _find(self, chunks: Chunks, topic: str) -> Template:
        leaf = self._leaves.setdefault((topic, _leaf(chunks)), [])
        similar = [_similarity(each.chunks, chunks) for each in leaf]
        most = max(similar, default=0.0)
        if most >= SIMILAR:
            best = leaf[similar.index(most)]
            best.chunks = tuple(map(_merged, best.chunks, chunks))
            return best
        made = Template(chunks, topic)
        if len(leaf) >= _PER_LEAF or self._size >= self._most_templates:
            self._drop(leaf if len(leaf) >= _PER_LEAF else None)
            leaf = self._leaves.setdefault((topic, _leaf(chunks)), [])
        leaf.append(made)
        self._size += 1
        return made

    def _drop(self, leaf: list[Template] | None) -> None:
        """Let the rarer half go, of one leaf or of all."""
        candidates = sorted(leaf if leaf is not None else self._all(), key=lambda each: each.count)
        gone = {id(template) for template in candidates[: (len(candidates) + 1) // 2]}
        self.dropped += sum(template.count for template in candidates[: len(gone)])
        for key, templates in list(self._leaves.items()):
            templates[:] = [template for template in templates if id(template) not in gone]
            if not templates:
                del self._leaves[key]
        self._seen = {key: template for key, template in self._seen.items() if id(template) not in gone}
        self._size -= len(gone)

    def _all(self) -> Iterator[Template]:
        return (template for leaf in self._leaves.values() for template in leaf)

    def templates(self) -> list[Template]:
        """All templates, most frequent first; those that differ in their first word alone are one, or in how they end."""
        merged: dict[object, Template] = {}
        for template in self._all():
            can = len(template.chunks) >= _FEW_CHUNKS and _SPACIOUS.isdisjoint(template.chunks[0])
            key = _without_first(template) if can else id(template)
            known = merged.get(key)
            merged[key] = _both(known, template, self._most_samples) if known else template
        return sorted(self._with_rests(merged.values()), key=lambda each: -each.count)

    def _with_rests(self, templates: Collection[Template]) -> Iterator[Template]:
        """The same templates; where several begin alike and end in words that differ, one whose end is anything."""
        ends = Counter(_beginning(template) for template in templates)
        heads = {head for head, times in ends.items() if times >= _MANY_ENDS and len(head[1]) >= _FEW_CHUNKS}
        lengths = sorted({len(chunks) for _, chunks in heads})
        alike: dict[tuple[str, Chunks], list[Template]] = defaultdict(list)
        for template in templates:
            of = ((template.topic, template.chunks[:length]) for length in lengths if length < len(template.chunks))
            head = next((head for head in of if head in heads), None)
            if head is None:
                yield template
            else:
                alike[head].append(template)
        for (topic, chunks), found in alike.items():
            made = Template((*chunks, REST), topic)
            yield reduce(lambda one, other: _both(one, other, self._most_samples), found, made)


def _leaf(chunks: Chunks) -> Leaf:
    """Where to look for the template of a message: as many chunks, the same first word if that is one."""
    first = chunks[0] if chunks else ()
    constant = all(isinstance(piece, str) and not any(map(str.isdigit, piece)) for piece in first)
    return len(chunks), first if constant else None


def _without_first(template: Template) -> object:
    return template.topic, template.chunks[1:]


def _beginning(template: Template) -> tuple[str, Chunks]:
    """The topic, and the chunks up to those at the end that are nothing but variables."""
    chunks = template.chunks
    while chunks and len(chunks[-1]) == 1 and chunks[-1][0] in _ENDS:
        chunks = chunks[:-1]
    return template.topic, chunks


def _both(one: Template, other: Template, most: int) -> Template:
    chunks = (_merged(one.chunks[0], other.chunks[0]), *one.chunks[1:])
    samples = [line for pair in zip(one.samples, other.samples, strict=False) for line in pair]
    samples += one.samples[len(other.samples) :] + other.samples[len(one.samples) :]
    return Template(chunks, one.topic, one.count + other.count, samples[:most])


def _similarity(template: Chunks, message: Chunks) -> float:
    """How much of a template a message shares, from 0 to 1; words count twice as much as variables and signs."""
    shared = total = 0.0
    for one, other in zip(template, message, strict=True):
        weight = _weight(one)
        total += weight
        if one == other:
            shared += weight
        elif not (_SPACIOUS.isdisjoint(one) and _SPACIOUS.isdisjoint(other)):
            return 0.0  # no variable that stands for a word holds a space
        elif one[0] == other[0] or _shared_key(one[0], other[0]):
            shared += weight / 2
    return shared / total if total else 1.0


@lru_cache(_REMEMBERED)
def _weight(chunk: Chunk) -> float:
    letters = (sum(map(str.isalpha, piece)) for piece in chunk if isinstance(piece, str))
    return 2.0 if any(number >= _WORD_LETTERS for number in letters) else 1.0


def _shared_key(first: Piece, second: Piece) -> bool:
    return isinstance(first, str) and isinstance(second, str) and first[0] == second[0] and bool(_prefix(first, second))


def _merged(one: Chunk, other: Chunk) -> Chunk:
    """What two chunks share: the text up to a sign such as `=`, one variable, and the text from a sign on."""
    if one == other:
        return one
    if Kind.REST in one or Kind.REST in other:
        return REST
    before, after = _prefix(_text(one[0]), _text(other[0])), _suffix(_text(one[-1]), _text(other[-1]))
    if not before and not after:
        return ANYTHING
    inside = _inside((one, other), before, after)
    return tuple(piece for piece in (before, inside, after) if piece)


def _inside(chunks: Iterable[Chunk], before: str, after: str) -> Piece:
    """The variable between what is shared: of the kind of both, if they are of one kind."""
    kinds = set()
    for chunk in chunks:
        pieces = [piece for piece in _stripped(chunk, before, after) if piece]
        kinds.add(pieces[0] if len(pieces) == 1 and isinstance(pieces[0], Kind) else Kind.ANY)
    return kinds.pop() if len(kinds) == 1 else Kind.ANY


def _stripped(chunk: Chunk, before: str, after: str) -> list[Piece]:
    pieces = list(chunk)
    pieces[0] = _text(pieces[0])[len(before) :] if before else pieces[0]
    if after and isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].removesuffix(after)
    return pieces


def _text(piece: Piece) -> str:
    return piece if isinstance(piece, str) else ""


def _prefix(one: str, other: str) -> str:
    shared = "".join(sign for sign, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return shared[: max((place + 1 for place, sign in enumerate(shared) if sign in _BREAKS), default=0)]


def _suffix(one: str, other: str) -> str:
    return _prefix(one[::-1], other[::-1])[::-1]
