from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from log2metrics.templates.miner import Miner
from log2metrics.templates.scan import shown


def mined(*messages: str) -> dict[str, int]:
    """The templates of these messages, with how many each has."""
    miner = Miner()
    for message in messages:
        miner.add(message, message)
    return {shown(template.chunks): template.count for template in miner.templates()}


def test_what_differs_becomes_a_variable() -> None:
    """Words that say the same otherwise; the most frequent template comes first."""
    got = mined("disk full", "user mara logged in", "user olek logged in", "user root logged in")
    assert {"user <*> logged in": 3, "disk full": 1} == got
    assert ["user <*> logged in", "disk full"] == list(got)


def test_keys_and_brackets_stay() -> None:
    """What two chunks share up to a sign, and from a sign on, is literal."""
    assert {"end user=<*>, rc=<number>": 2} == mined("end user=mara, rc=1", "end user=root, rc=2")
    assert {"[<*>] connection to db lost": 2} == mined("[warn] connection to db lost", "[error] connection to db lost")


def test_messages_that_share_little_stay_apart() -> None:
    """So do those of another length, and those of which one has a text with spaces where the other has a word."""
    messages = ["starting loki", "starting grafana", "disk /dev/sda is full", "disk /dev/sda is nearly full"]
    assert 4 == len(mined(*messages))
    assert 2 == len(mined('a long message says "two words"', "a long message says nothing"))


def test_a_leading_name_is_a_variable() -> None:
    """Messages that begin with somebody's name and go on alike are one template."""
    assert {"<*> opened a session": 3} == mined(*(f"{name} opened a session" for name in ("mara", "olek", "root")))


def test_ends_that_differ_in_length_are_anything() -> None:
    """Several that begin alike and end in words are one, what goes on after such words too; few, or short ones, are not."""
    ends = [" ".join(word * length) for length in range(1, 5) for word in ("a", "b")]
    messages = [f"slow query took long: {end}" for end in ends]
    more = [f"slow query took long: {word} {word} done" for word in ("x", "y")]
    assert {"slow query took long: …": 10, "fast query": 1} == mined(*messages, *more, "fast query")
    assert 2 == len(mined(*messages[:4]))
    assert 4 == len(mined(*(message.removeprefix("slow ") for message in messages)))


def test_topics_never_share_a_template() -> None:
    """Two programs may say the same."""
    miner = Miner()
    miner.add("started", "a started", "a")
    miner.add("started", "b started", "b")
    assert [("a", 1), ("b", 1)] == [(template.topic, template.count) for template in miner.templates()]


def test_samples_are_spread_over_all_lines() -> None:
    """They are as many as is allowed at most, and come from the end as from the beginning."""
    miner = Miner(most_samples=8)
    for number in range(1000):
        template = miner.add(f"line {number}", f"line {number}")
    assert 1000 == template.count
    assert 4 <= len(template.samples) <= 8
    numbers = [int(line.split()[1]) for line in template.samples]
    assert numbers[0] == 0
    assert numbers[-1] >= 750
    assert sorted(numbers) == numbers


@given(st.lists(st.text(alphabet="ab =x1\"'", max_size=12), max_size=60), st.integers(1, 6))
def test_no_line_is_lost_and_memory_is_bounded(messages: list[str], most: int) -> None:
    """Every line is of a template that is there, or of one that had to go."""
    miner = Miner(most_templates=most, most_samples=3)
    for message in messages:
        miner.add(message, message)
    templates = miner.templates()
    assert len(messages) == sum(template.count for template in templates) + miner.dropped
    assert len(templates) <= most
    assert all(1 <= len(template.samples) <= 3 for template in templates)


def test_the_frequent_ones_stay() -> None:
    """Noise that never repeats does not push out what does."""
    miner = Miner(most_templates=10)
    for number in range(500):
        miner.add("queue is full", "queue is full")
        miner.add("".join(chr(97 + int(digit)) for digit in str(number)) + " x" * (number % 40), "noise")
    assert ("queue is full", 500) == (shown(miner.templates()[0].chunks), miner.templates()[0].count)
