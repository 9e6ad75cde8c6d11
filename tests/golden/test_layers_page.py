"""docs/layers.md lists what files may hold, as the registry has it. ``make golden`` writes it again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gatesmith.importers.keras.kinds import KINDS, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
HEAD = """# Layers

Every class of layers that is read, from every Keras that has it. This page is made of `gen/importers/keras/layers/`
(`make golden`). Options are those that change what a trained layer computes, under Keras 3's names; earlier names are
understood too. What cannot be translated is refused by name, with a way around it.

| layer | options | also named |
| --- | --- | --- |
"""


def rows() -> Iterator[str]:
    """One a kind, by name."""
    kinds = {id(kind): kind for kind in KINDS.values() if kind.in_files}
    for kind in sorted(kinds.values(), key=lambda kind: kind.name):
        yield f"| {kind.name} | {_options(kind)} | {', '.join(kind.aliases)} |"


def _options(kind: Kind) -> str:
    words = [f"`{option.name}`" for option in kind.options]
    return "; ".join(part for part in (", ".join(words), kind.remark) if part)


def test_page_of_layers() -> None:
    text = HEAD + "\n".join(rows()) + "\n"
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
