"""Attention in integers: scores in 32 bits, e^x by a table, and a mean over the sum of the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op
from ...core.op import Scratch
from ...numerics.fixed import (
    ACCUMULATOR,
    EXP_SOURCE,
    TANH_SOURCE,
    UNIT,
    Rescale,
    bit_length,
    exp16,
    reciprocal,
    rescale,
    round_shift,
    round_shift_by,
    saturate,
    share,
    short_exp16,
    short_tanh16,
    tanh16,
)
from ..attention import ZEROED, Attention
from .base import Task, quantizes
from .elementwise import sum_multipliers

LARGEST = 1 << 14
"""Most keys: their sums of 15-bit e^x, and of products of these with values, must fit 32 bits."""
FINEST = 2.0**-12
"""Least ratio of the output's scale to the values': a smaller one would need products to be shifted up."""
ONE = 32767
"""e^0."""
NOTHING = Rescale(0, np.zeros(1, np.int64), 0)


@dataclass(frozen=True, eq=False)
class IntegerAttention(Attention):
    """For each query and head, over the allowed keys:

        score  = sum of round_shift((q - zero) (k - zero), shift), or, with ``sums``,
                 sum of round_shift(factor tanh(sat16(round_shift((q - zero) m0 + (k - zero) m1, post))), shift)
        e      = exp(-sat16(enter(largest score - score)))
        t      = sat16(round_shift(sum of round_shift(e (v - zero), under), bits of the sum of e + extra_shift))
        y      = sat(round_shift(t inverse, places) + zero)

    ``inverse``, of 15 bits, is ``mantissa 2^16`` over the first 16 bits of the sum of e, so that y is the mean of the
    values weighted by e, at the scale of the output. Scores stay below 2^29, all else below 2^30.

    Args:
        factor: with ``sums``, int16, in a unit that ``enter`` compensates; shape (0,) without.
        brief: whether exp and tanh use short tables.
        negative: whether scores are negated.
        pair: with ``sums``: m0, m1 and post.
        shift, under: shifts of products.
        enter: from a difference of two scores to the source of exp.
        mantissa, exponent: ``mantissa 2^exponent`` is ``2^under`` times the ratio of v's scale to y's.
        leave: from shares in units of 2^-15 to the output weights; None if these have that unit or are no output.
        sources: formats of query, key and value.
        result, shared: formats of the outputs.
    """

    brief: bool = False
    negative: bool = False
    pair: tuple[int, int, int] = (0, 0, 0)
    shift: int = 0
    under: int = 0
    enter: Rescale = NOTHING
    mantissa: int = 0
    exponent: int = 0
    leave: Rescale | None = None
    sources: tuple[Format, ...] = ()
    result: Format = UNIT
    shared: Format = UNIT

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        return (Scratch(self.keys, Format("int32")),)

    @property
    def extra_shift(self) -> int:
        """The shift of the sum of e v, less the bits of the sum of e."""
        return (self.sources[2].reach - 1).bit_length() - 15 - self.under

    @property
    def places(self) -> int:
        """The last shift, if the inverse was not halved."""
        return -self.exponent - self.extra_shift

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        q, k, v = self.by_heads([x - source.zero for x, source in zip(inputs, self.sources, strict=False)])
        masks = dict(zip(self.masks, inputs[3:], strict=True))
        visible, alone = (one[:, :, None] for one in self.visible_keys(masks, q.shape[1], len(q)))
        scores = np.stack([self._scores(q, k[:, j : j + 1]) for j in range(self.keys)], axis=-1)
        scores = -scores if self.negative else scores
        scores = np.where(alone, 0, np.where(visible, scores, -(1 << 40)))
        distance = self.enter(scores.max(axis=-1, keepdims=True) - scores)
        e = np.where(visible | alone, (short_exp16 if self.brief else exp16)(saturate(distance, 16)), 0)
        e = np.where(alone, ONE, e)
        total = e.sum(axis=-1, keepdims=True)
        sums = np.stack(
            [round_shift(e * v[:, None, :, :, c].swapaxes(2, 3), self.under).sum(axis=-1) for c in range(v.shape[-1])],
            axis=-1,
        )
        inverse, shift = reciprocal(total, self.mantissa)
        before = bit_length(total) + self.extra_shift
        t = saturate(round_shift_by(sums, before), 16)
        places = 16 + shift - self.exponent - before
        y = np.where(places > 30, 0, round_shift_by(t * inverse, np.clip(places, 0, 30)))
        hidden = alone if self.blank else np.zeros_like(alone)
        y = np.where(hidden, 0, y).reshape(*q.shape[:2], -1)
        if ZEROED in masks:
            y = y * (masks[ZEROED] != 0)[..., None]
        y = self.result.saturated(y)
        if not self.weights:
            return (y,)
        w = np.where(hidden, 0, share(e, total)).swapaxes(1, 2)
        w = w if self.leave is None else self.leave(w)
        return y, self.shared.saturated(w)

    def _scores(self, q: Array, k: Array) -> Array:
        """The scores of one key: (samples, queries, heads)."""
        if self.sums is None:
            return np.asarray(round_shift(q * k, self.shift).sum(axis=-1))
        m0, m1, post = self.pair
        source = saturate(round_shift(q * m0 + k * m1, post), 16)
        values = (short_tanh16 if self.brief else tanh16)(source)
        return np.asarray(round_shift(values * self.factor.astype(np.int64), self.shift).sum(axis=-1))


def _product_shift(bound: int, count: int, limit: int) -> int:
    """The shift of each product that keeps the sum of ``count`` products within a limit."""
    shift = 0
    while count * (((bound + (1 << shift >> 1)) >> shift) + 1) > limit:
        shift += 1
    return shift


@quantizes(Attention)
def attention(op: Attention, task: Task) -> tuple[Op, Sequence[Format]]:
    sources, result = tuple(task.inputs[:3]), task.output_format()
    if op.keys > LARGEST:
        raise task.refuse(f"it attends to {op.keys} keys at once, and integers allow {LARGEST}")
    query, key, value = sources
    width = (task.cores[0][1] or 0) // op.heads
    result = replace(result, scale=max(result.scale, float(np.float32(value.scale * FINEST))))
    pair, factor, negative = (0, 0, 0), np.zeros(0, np.int16), False
    if op.sums is None:
        bound, number = query.reach * key.reach, float(op.factor[0])
        unit, negative = query.scale * key.scale * abs(number), number < 0
    else:
        gains = [source.scale * abs(op.sums) / TANH_SOURCE.scale for source in (query, key)]
        (m0, m1), post = sum_multipliers(gains, (query, key))
        if post < 0:
            raise task.refuse("its queries and keys are too large for 32-bit sums")
        pair = m0, m1, post
        largest = float(np.abs(op.factor).max(initial=0.0)) or 1.0
        factor = np.round(op.factor.astype(np.float64) / largest * 32767).astype(np.int16)
        bound, unit, negative = 32767 * 32767, UNIT.scale * largest / 32767, op.sums < 0
    shift = _product_shift(bound, width, ACCUMULATOR >> 1)
    most = 2 * width * (((bound + (1 << shift >> 1)) >> shift) + 1)
    enter = rescale(unit * 2.0**shift / EXP_SOURCE.scale, most, 32768)
    under = _product_shift(ONE * value.reach, op.keys, ACCUMULATOR)
    gain = value.scale / result.scale * 2.0**under
    exponent = int(np.floor(np.log2(gain))) - 14
    mantissa = min(round(gain / 2.0**exponent), 32767)
    formats: list[Format] = [result]
    shared, leave = UNIT, None
    if op.weights:
        shared = UNIT if task.wide[1] or task.dtype == "int16" else task.output_format(1)
        leave = None if shared == UNIT else rescale(UNIT.scale / shared.scale, 32768, 1 << shared.bits)
        formats.append(shared)
    form = IntegerAttention(
        op.heads, op.groups, op.keys, factor, op.sums, op.causal, op.window, op.masks, op.weights, op.blank,
        task.numeric.brief, negative, pair, shift, under, enter, mantissa, exponent, leave, sources, result, shared,
    )  # fmt: skip
    return form, formats
