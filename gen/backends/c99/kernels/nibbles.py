"""gemv of 4-bit weights with a scale for each group of a row's inputs, two weights a byte."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from ....core.formats import Array
from ....numerics.storage import INT4
from ..blocks import Blocks, Layout
from .base import Ask, IntegerGemv, Product


class Nibbles(IntegerGemv, ABC):
    """By groups of 32 inputs: the scales of all rows, then the weights, each plus 8, as ``joined`` lays them. Names of
    functions end with ``ending``; ``spare`` bytes follow a block's last group."""

    template = "int4.mako"
    ending: ClassVar[str]
    spare: ClassVar[int] = 0

    @abstractmethod
    def joined(self, weights: Array) -> Array:
        """A group's bytes, of uint8 and (block, row, input): (block, ...)."""

    def takes(self, ask: Ask) -> bool:
        return ask.storage == INT4.name and ask.inputs == "int8"

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        assert ask.scales is not None and INT4.group
        each = np.repeat(ask.scales, INT4.group, axis=0)[: len(ask.values)]
        stored, scales = blocks.pack((ask.values // each).astype(np.int8)), blocks.pack(ask.scales).astype(np.uint8)
        halves, parts = (stored + 8).astype(np.uint8), []
        for group in range(scales.shape[1]):
            own = halves[:, group * INT4.group : (group + 1) * INT4.group].transpose(0, 2, 1)
            parts += [scales[:, group], self.joined(own).reshape(len(own), -1)]
        spare = np.zeros((len(stored), self.spare), np.uint8)
        return np.ascontiguousarray(np.concatenate([*parts, spare], axis=1))

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int4_{blocks.rows}_{self.ending}"),)


def filled(weights: Array, inputs: int) -> Array:
    """So many inputs a row; those that were not there have a weight of 0."""
    full = np.full((*weights.shape[:2], inputs), 8, np.uint8)
    full[:, :, : weights.shape[2]] = weights
    return full
