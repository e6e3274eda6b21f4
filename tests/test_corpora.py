"""The packs on real logs: the numbers in the docs are those of today, and as high as promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpora import LOGS, Log, compared, found, lines_of, page

PAGE = Path(__file__).parents[1] / "docs" / "corpora.md"


@pytest.mark.corpora
@pytest.mark.usefixtures("corpora")
def test_the_table_in_the_docs_is_up_to_date() -> None:
    """After a change of a pack, `python -m tests.corpora > docs/corpora.md` brings the page up to date."""
    assert page() == PAGE.read_text(encoding="utf-8")


@pytest.mark.corpora
@pytest.mark.usefixtures("corpora")
@pytest.mark.parametrize("log", [log for log in LOGS if log.known], ids=lambda log: log.path)
def test_what_is_known_is_counted_and_nothing_else(log: Log) -> None:
    """Logins, requests, levels and reasons of every annotated log: all of them, and no others."""
    assert (1.0, 1.0) == compared(log, found(log, lines_of(log)))
