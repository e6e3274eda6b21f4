"""`log2metrics generate packs`: the page of the docs is what the packs say."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from log2metrics.cli.generate import command
from log2metrics.config.packs import library, library_folder, load_packs

PAGE = Path(__file__).parents[2] / "docs" / "packs.md"


def test_the_page_of_the_docs_is_up_to_date() -> None:
    """After a change of a pack, `log2metrics generate packs > docs/packs.md` brings the page up to date."""
    done = CliRunner().invoke(command, ["packs"])
    assert 0 == done.exit_code
    assert PAGE.read_text(encoding="utf-8") == done.output


def test_every_pack_and_metric_is_on_the_page() -> None:
    """Each pack has a section, each metric a row with its help."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for pack in load_packs(library(), library_folder()):
        assert f"## {pack.name}" in lines
        for metric in pack.metrics:
            assert 1 == sum(line.startswith(f"| `{metric.name}` | {metric.type} |") for line in lines)
