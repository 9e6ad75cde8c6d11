"""Loops over blocks of rows, as templates of layers write them: none where there is one block, one unit or one row."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

from .blocks import Blocks


class Loops:
    """What a layer's function knows of its rows. All texts are written at the margin."""

    up: str
    """The layer's identifier in capitals."""
    rows: Blocks | None = None
    """How the rows of its matrices lie, of the last that was asked for; None of a layer without."""

    def sizes(self, inputs: int, units: int, *blocks: Blocks) -> str:
        """The enumeration of a layer's sizes; and of its blocks, where there is a loop over them."""
        sizes = {"INPUTS": inputs, "UNITS": units}
        sizes |= {f"{b.name}BLOCKS": b.count for b in blocks if b.units > 1 and b.count > 1}
        return f"enum {{ {', '.join(f'{self.up}_{name} = {size}' for name, size in sizes.items())} }};"

    def rows_of_gates(self, blocks: Blocks, gates: str) -> str:
        """The enumeration of a block's rows: where those of each gate begin."""
        rows = (f"{self.up}_{gate.upper()} = {k * blocks.units}" for k, gate in enumerate(gates))
        why = "rows of a unit" if blocks.units == 1 else "first row of each gate in a block"
        return f"enum {{ {', '.join(rows)} }}; /* {why} */"

    def gate(self, array: str, blocks: Blocks, gate: str) -> str:
        """The element of an array of rows that belongs to a gate of the unit at hand."""
        row = f"{self.up}_{gate.upper()}"
        return f"{array}[{row}]" if blocks.units == 1 else f"{array}[{row} + j]"

    def many(self, blocks: Blocks) -> str:
        """C's number of blocks, for the first axis of a table."""
        if blocks.count == 1:
            return "1"
        return f"{self.up}_UNITS" if blocks.units == 1 else f"{self.up}_{blocks.name}BLOCKS"

    def over_blocks(self, blocks: Blocks, text: str, scoped: bool = False) -> str:
        """Statements for each block: a loop, or once.

        Args:
            text: of a block, which is ``blocks.block``; written at the margin.
            scoped: whether names of other statements are used again.
        """
        if blocks.count == 1:
            return _indented(f"{{\n{_indented(text, 1)}\n}}" if scoped else text, 1)
        index = blocks.block
        first = f"const int first = block * {blocks.units};\n" if blocks.units > 1 else ""
        head = f"for (int {index} = 0; {index} < {self.many(blocks)}; {index}++) {{"
        return _indented(f"{head}\n{_indented(first + text, 1)}\n}}", 1)

    def over_units(self, blocks: Blocks, text: str, filled: bool = False) -> str:
        """Statements for each unit of a block: a loop, or once.

        Args:
            text: of a unit, which is ``blocks.unit`` among all and row j of each gate; written at the margin.
            filled: whether the rows that fill up the last block are gone over as well, where they do no harm.
        """
        if blocks.units == 1:
            return _indented(text, 0)
        many, before = str(blocks.units), ""
        if blocks.padded and not filled:
            left = f"{self.up}_UNITS" if blocks.count == 1 else f"{self.up}_UNITS - first"
            many = left if blocks.count == 1 else "units"
            before = (
                "" if blocks.count == 1 else f"const int units = {left} < {blocks.units} ? {left} : {blocks.units};\n"
            )
        return f"{before}for (int j = 0; j < {many}; j++) {{\n{_indented(text, 1)}\n}}"

    def placed(self, text: str, pad: str) -> str:
        """Statements at a depth of indentation."""
        return indent(text, pad)

    def over_rows(self, start: int, stop: int, text: Callable[[str], str], gate: str = "") -> str:
        """Statements for rows of a block: a loop, or once.

        Args:
            text: of a row, by its index; written at the margin.
            gate: whose rows they begin with, where they belong to gates.
        """
        if stop - start == 1:
            return _indented(text(f"{self.up}_{gate.upper()}" if gate else str(start)), 0)
        return f"for (int row = {start}; row < {stop}; row++) {{\n{_indented(text('row'), 1)}\n}}"


def _indented(text: str, deep: int) -> str:
    """Lines further in; empty ones, of templates that had nothing to say, are left out."""
    return indent("\n".join(line for line in text.splitlines() if line.strip()), "    " * deep)
