"""gemv of weights of less than 8 bits, several per byte, with a scale for each group of a row's inputs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ....core.formats import Array
from ....numerics.storage import Storage
from ..blocks import Blocks, Layout
from .base import Ask, IntegerGemv, Product, block


class PackedGemv(IntegerGemv):
    """By groups of inputs: the scales of all rows, then the weights, each plus ``storage.offset``. The weights of
    ``turn`` rows alternate in ``run`` bytes each; 0 means all bytes of a row. Names of functions end with ``ending``;
    ``spare`` bytes follow a block's last group."""

    lanes: int = 1
    """Number of words that are read at once, each of ``word`` bits (``Storage.pack``)."""
    word: ClassVar[int] = 8
    run: ClassVar[int] = 0
    spare: int = 0

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def takes(self, ask: Ask) -> bool:
        return ask.storage == self.storage.name and ask.inputs == "int8"

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        assert ask.scales is not None and self.storage.group
        levels, scales, size = blocks.pack(ask.values), blocks.pack(ask.scales).astype(np.uint8), self.storage.group
        parts = []
        for group in range(scales.shape[1]):
            part = levels[:, group * size : (group + 1) * size].transpose(0, 2, 1)
            parts.append(self.joined(scales[:, group], self.packed(part)).reshape(len(part), -1))
        spare = np.zeros((len(levels), self.spare), np.uint8)
        return np.ascontiguousarray(np.concatenate([*parts, spare], axis=1))

    def packed(self, levels: Array) -> Array:
        """A group's weights, (block, row, input), packed as (block, row, byte)."""
        return self.storage.pack(levels, 2, self.lanes, self.word)

    def joined(self, scales: Array, weights: Array) -> Array:
        """A group's scales (block, row) and weights (block, row, byte) in their layout, (block, ...)."""
        count, rows, size = weights.shape
        run, turn = self.run or size, self.turn(rows)
        turns = weights.reshape(count, rows // turn, turn, size // run, run).swapaxes(2, 3)
        return np.concatenate([scales, turns.reshape(count, -1)], axis=1)

    def turn(self, rows: int) -> int:
        """Number of rows that alternate, for a block of ``rows``."""
        return rows

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_{self.storage.name}_{blocks.rows}_{self.ending}"),)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        run = f"{self.run} bytes each in turn" if self.run else "each row's bytes"
        order = f"the first {self.lanes} in the lowest bits" if self.lanes > 1 else "from the lowest bits on"
        what = f"{self.word // self.storage.bits} weights in {self.word} bits, {order}, each plus {self.storage.offset}"
        return f"{block(blocks)}[{self.storage.group} inputs][scales of {rows}, then {run}: {what}]"
