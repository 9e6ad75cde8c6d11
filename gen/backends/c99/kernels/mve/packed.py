"""gemv of weights of less than 8 bits by Helium: a load brings a row's weights of a group, which are unpacked in
registers."""

from __future__ import annotations

from .....core.formats import Array
from .....numerics.storage import PACKED, Storage
from ...blocks import Blocks, Layout
from ..packed import PackedGemv

ROWS = 32
"""Most rows of a block: the inputs of a group stay in registers for all of them."""


class HeliumPackedGemv(PackedGemv):
    """Of each row the bytes of a group, whose lowest bits are the first inputs; fewer where the last group has fewer. A
    load of the last row reads what follows it, which meets zeros: as many bytes but one lie there."""

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
