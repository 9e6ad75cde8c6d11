"""docs/layers.md lists what files may hold, as the registry has it. ``make golden`` writes it again."""

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

from gatesmith.importers.keras.dialect import refusals
from gatesmith.importers.keras.dialect.kinds import KINDS, Kind
from gatesmith.importers.keras.layers.operators import OPERATORS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
HEAD = """# Layers

Every class of layers that is read, from every Keras that has it. This page is made of `gen/importers/keras/layers/`
(`make golden`). Options are those that change what a trained layer computes, under Keras 3's names; earlier names are
understood too. What cannot be translated is refused by name, with a way around it: [below](#not-read).

| layer | options | also named |
| --- | --- | --- |
"""
OPERATIONS = """
## Operators

Bare operations of functional models, by Keras 3's class names: `ops.max` is `Max`. TensorFlow's, which
tf.keras writes, are read as these.

"""
NOT_READ = """
## Not read

| {} | why | instead |
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


def _refused(groups: tuple[refusals.Refusal, ...]) -> Iterator[str]:
    """A row a reason."""
    for group in groups:
        yield f"| {', '.join(group.classes)} | {group.why} | {group.fix} |"


def _page() -> str:
    operators = "\n".join(textwrap.wrap(", ".join(sorted(OPERATORS)), 118))
    layers, others = ("\n".join(_refused(groups)) for groups in (refusals.LAYERS, refusals.OPERATORS))
    heads = NOT_READ.format("layers"), NOT_READ.format("operators").replace("## Not read\n\n", "")
    return f"{HEAD}{chr(10).join(rows())}\n{OPERATIONS}{operators}\n{heads[0]}{layers}\n{heads[1]}{others}\n"


def test_page_of_layers() -> None:
    text = _page()
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
