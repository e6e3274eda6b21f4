"""Packs and configs that the tests of the command line write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

METRIC = {"name": "hits_total", "help": "Hits.", "labels": ["of"], "rules": [{"match": r"hit=(?P<of>\w+)"}]}
EXAMPLE = {"lines": "hit=a\nhit=a\n", "expect": 'hits_total{of="a"} 2'}


def write(path: Path, document: Mapping[str, Any]) -> Path:
    """Write YAML; JSON is YAML."""
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


def write_pack(folder: Path, *examples: Mapping[str, str], name: str = "hits.yml", **metric: Any) -> Path:  # noqa: ANN401  # YAML
    """A pack of one counter."""
    return write(folder / name, {"title": "Hits", "metrics": [METRIC | metric], "examples": list(examples)})


def write_config(folder: Path, **keys: Any) -> Path:  # noqa: ANN401  # YAML
    """A config that follows `app.log` from its beginning, with that pack."""
    source = {"name": "app", "files": ["app.log"], "patterns": ["./hits.yml"], "start_at": "beginning"}
    return write(folder / "config.yml", {"sources": [source], "state": "state.db", **keys})
