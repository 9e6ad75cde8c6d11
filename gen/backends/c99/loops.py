"""Loops over blocks of rows in layers' templates; there is no loop over one block, one unit or one row."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

from .blocks import Blocks


class Loops:
    """The part of a layer's function for its rows. Texts are indented at the end (``text.indented``)."""

    up: str
    """The layer's identifier in capitals."""
    rows: Blocks | None = None
    """The layout of the rows of its last matrix; None for a layer without matrices."""

    def sizes(self, inputs: int, units: int, *blocks: Blocks) -> str:
        """The enumeration of a layer's sizes, and of its blocks if there is a loop over them."""
        sizes = {"INPUTS": inputs, "UNITS": units}
        sizes |= {f"{b.name}BLOCKS": b.count for b in blocks if b.units > 1 and b.count > 1}
        return f"enum {{ {', '.join(f'{self.up}_{name} = {size}' for name, size in sizes.items())} }};"

    def rows_of_gates(self, blocks: Blocks, gates: str) -> str:
        """The enumeration of a block's rows: the first of each gate."""
        rows = (f"{self.up}_{gate.upper()} = {k * blocks.units}" for k, gate in enumerate(gates))
        why = "rows of a unit" if blocks.units == 1 else "first row of each gate in a block"
        return f"enum {{ {', '.join(rows)} }}; /* {why} */"

    def gate(self, array: str, blocks: Blocks, gate: str) -> str:
        """The element of an array of rows for a gate of the current unit."""
        row = f"{self.up}_{gate.upper()}"
        return f"{array}[{row}]" if blocks.units == 1 else f"{array}[{row} + j]"

    def block_count(self, blocks: Blocks) -> str:
        """C's number of blocks, for the first axis of a table."""
        if blocks.count == 1:
            return "1"
        return f"{self.up}_UNITS" if blocks.units == 1 else f"{self.up}_{blocks.name}BLOCKS"

    def rows_left(self, blocks: Blocks) -> str:
        """C's number of rows of the current block without padding, for a layer without gates."""
        if not blocks.padded or blocks.count == 1:
            return str(min(blocks.units, blocks.total))
        return f"{self.up}_UNITS - first < {blocks.units} ? {self.up}_UNITS - first : {blocks.units}"

    def over_blocks(self, blocks: Blocks, text: str, scoped: bool = False) -> str:
        """Statements for each block: a loop, or once.

        Args:
            text: statements for a block, with the index ``blocks.block``.
            scoped: whether they reuse names of other statements.
        """
        if blocks.count == 1:
            return f"{{\n{text}\n}}" if scoped else text
        first = f"const int first = block * {blocks.units};\n" if blocks.units > 1 else ""
        return loop(blocks.block, 0, self.block_count(blocks), first + text)

    def over_units(self, blocks: Blocks, text: str, filled: bool = False) -> str:
        """Statements for each unit of a block: a loop, or once.

        Args:
            text: statements for a unit, with the index ``blocks.unit`` among all, and row j of each gate.
            filled: whether the loop includes the padding rows of the last block, if they do no harm.
        """
        if blocks.units == 1:
            return text
        if filled or not blocks.padded:
            return loop("j", 0, blocks.units, text)
        if blocks.count == 1:
            return loop("j", 0, f"{self.up}_UNITS", text)
        return f"const int units = {self.rows_left(blocks)};\n{loop('j', 0, 'units', text)}"

    def over_rows(self, start: int, stop: int, text: Callable[[str], str], gate: str = "") -> str:
        """Statements for rows of a block: a loop, or once.

        Args:
            text: statements for a row, from its index.
            gate: the gate of the first row, if they belong to gates.
        """
        if stop - start == 1:
            return text(f"{self.up}_{gate.upper()}" if gate else str(start))
        return loop("row", start, stop, text("row"))


def over(index: str, stop: int | str, *statements: str, start: int | str = 0, step: int = 1) -> str:
    """A loop around few statements; ``index`` is declared, as ``int k``, or continues from its value, as ``k``."""
    name, begin = index.rsplit(maxsplit=1)[-1], f"{index} = {start}" if " " in index else ""
    body, on = "\n".join(statements), f"{name}++" if step == 1 else f"{name} += {step}"
    return f"for ({begin}; {name} < {stop}; {on}) {{\n{indent(body, '    ')}\n}}"


def loop(index: str, start: int, stop: int | str, text: str) -> str:
    """A loop over statements."""
    return f"for (int {index} = {start}; {index} < {stop}; {index}++) {{\n{text}\n}}"
