"""gemv of weights of less than 8 bits by 16-bit pairs: a word of each row in turn, whose halves hold pairs of weights
that a mask leaves where SMLAD finds them."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from .....numerics.storage import PACKED
from ...blocks import Blocks
from ..base import Ask
from ..packed import PackedGemv

ORDER = np.array([0, 2, 1, 3])
"""Of four inputs, which are pairs once SXTB16 has widened them."""


class PairsPackedGemv(PackedGemv):
    """What the offset of each weight adds to sums is as many times the sum of the inputs, the same for all rows."""

    ending = "dsp"
    lanes, word, run = 2, 16, 4

    def packed(self, levels: Array) -> Array:
        full = np.zeros((*levels.shape[:2], -(-levels.shape[2] // 4), 4), levels.dtype)
        full.reshape(*levels.shape[:2], -1)[:, :, : levels.shape[2]] = levels
        return super().packed(full[..., ORDER].reshape(*levels.shape[:2], -1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{super().layout_comment(ask, blocks, rows)}; of four inputs 0 and 2 are a pair, then 1 and 3"

    def helpers(self, ask: Ask) -> tuple[str, ...]:
        return ("odd_bytes",)


KERNELS = tuple(PairsPackedGemv(storage) for storage in PACKED)
