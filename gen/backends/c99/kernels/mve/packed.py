"""gemv of weights of less than 8 bits by Helium: one load reads a row's weights of a group, which are unpacked in
registers."""

from __future__ import annotations

from .....core.formats import Array
from .....numerics.storage import PACKED, Storage
from ...blocks import Blocks, Layout
from ..packed import PackedGemv

ROWS = 32
"""Largest number of rows of a block: the inputs of a group stay in registers for all of them."""


class HeliumPackedGemv(PackedGemv):
    """For each row, the bytes of a group, with the first inputs in the lowest bits; a shorter last group has fewer. A
    load of the last row also reads the bytes after it, which are multiplied with zeros; they number one less than a
    group's."""

    ending = "mve"

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        assert storage.group
        self.lanes = storage.group * storage.bits // 8
        self.spare = self.lanes - 1

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        count = -(-units // max(1, ROWS // gates))
        return Blocks(units, -(-units // count), gates)

    def packed(self, levels: Array) -> Array:
        return super().packed(levels)[:, :, : levels.shape[2]]


KERNELS = tuple(HeliumPackedGemv(storage) for storage in PACKED)
