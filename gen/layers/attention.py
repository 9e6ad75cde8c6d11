"""Attention (Luong 2015, Bahdanau 2015, Vaswani 2017): for each query a mean of values, weighted by its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import MASK, Format
from ..core.graph import Array, Op, Shape
from ..core.op import Scratch
from .base import cast

KEYS, QUERIES, PAIRS, ZEROED = "keys", "queries", "pairs", "zeroed"


@dataclass(frozen=True, eq=False)
class Attention(Op):
    """Cores: queries (n, heads * width), keys (keys, groups * width), values (keys, groups * depth), then a mask for
    each of ``masks``. Outputs: (n, heads * depth) and, if ``weights``, the weights (heads, n, keys).

    Head h reads group ``h // (heads // groups)`` of keys and values. A query for which no key is allowed gets the plain
    mean of all values, as Keras's softmax of equal scores, or 0.

    Args:
        factor: without ``sums``, the factor of the products: (1,); with it, the factor of each tanh: (1,) or (width,).
        sums: None for ``score = factor q . k``; else ``score = sum of factor tanh(sums (q + k))``.
        causal: whether query i sees keys 0 to i only.
        window: query i sees keys less than ``window`` positions away; None: all.
        masks: ``keys`` (keys,): 1 for allowed keys; ``queries`` (n,): 1 for queries that see any key; ``pairs``
            (n, keys) or (1, keys): 1 for allowed pairs; ``zeroed`` (n,): 0 for queries whose output is 0.
        weights: whether the weights are an output too.
        blank: whether a query for which no key is allowed gets 0.
    """

    heads: int
    groups: int
    keys: int
    factor: Array
    sums: float | None = None
    causal: bool = False
    window: int | None = None
    masks: tuple[str, ...] = ()
    weights: bool = False
    blank: bool = False

    @property
    def raw(self) -> Mapping[int, Format]:
        return {3 + index: MASK for index in range(len(self.masks))}

    @property
    def whole(self) -> str:
        return "every step looks at all steps" if not self.causal else "every step looks at all steps before it"

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        return (Scratch(self.keys),)

    @property
    def lonely(self) -> bool:
        """Whether there can be a query for which no key is allowed."""
        return self.window is not None or bool({KEYS, QUERIES, PAIRS} & set(self.masks))

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        depth = (inputs[2][1] or 0) // self.groups
        output = (inputs[0][0], self.heads * depth)
        return (output, (self.heads, inputs[0][0], self.keys)) if self.weights else (output,)

    def allowed(self, count: int) -> Array:
        """The keys that each of ``count`` queries may see by their positions alone: (count, keys)."""
        distance = np.arange(count)[:, None] - np.arange(self.keys)
        allowed = np.ones(distance.shape, bool)
        if self.causal:
            allowed &= distance >= 0
        return allowed if self.window is None else allowed & (np.abs(distance) < self.window)

    def visible_keys(self, masks: Mapping[str, Array], count: int, samples: int) -> tuple[Array, Array]:
        """The keys that each query sees, (samples, queries, keys), and the queries without keys, (samples, queries, 1).

        Args:
            masks: by their names in ``masks``, samples first.
            count: number of queries.
        """
        visible = np.broadcast_to(self.allowed(count), (samples, count, self.keys)).copy()
        for name, axis in ((KEYS, 1), (QUERIES, 2)):
            if name in masks:
                visible &= np.expand_dims(masks[name] != 0, axis)
        if PAIRS in masks:
            visible &= masks[PAIRS] != 0
        return visible, ~np.any(visible, axis=2, keepdims=True)

    def by_heads(self, inputs: Sequence[Array]) -> Iterator[Array]:
        """Queries, keys and values: (samples, their number, heads, ...)."""
        for x, parts in zip(inputs, (self.heads, self.groups, self.groups), strict=False):
            yield np.repeat(x.reshape(*x.shape[:2], parts, -1), self.heads // parts, axis=2)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        q, k, v = self.by_heads(inputs)
        factor = cast(self.factor, q)
        if self.sums is None:
            scores = np.einsum("bqhd,bkhd->bhqk", q, k) * factor
        else:
            sums = np.tanh(q.dtype.type(self.sums) * (q[:, :, None] + k[:, None]))
            scores = np.moveaxis((sums * factor).sum(axis=-1), 3, 1)
        masks = dict(zip(self.masks, inputs[3:], strict=True))
        visible, alone = self.visible_keys(masks, q.shape[1], len(q))
        scores = np.where((visible | alone)[:, None], np.where(alone[:, None], scores.dtype.type(0), scores), -np.inf)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights = weights / weights.sum(axis=-1, keepdims=True)
        if self.blank:
            weights = weights * ~alone[:, None]
        y = np.einsum("bhqk,bkhd->bqhd", weights, v).reshape(*q.shape[:2], -1)
        if ZEROED in masks:
            y = y * (masks[ZEROED] != 0)[..., None]
        y = y.astype(inputs[0].dtype, copy=False)
        return (y, weights.astype(y.dtype, copy=False)) if self.weights else (y,)

    def macs(self, *inputs: Shape) -> int:
        count, depth = inputs[0][0] or 1, (inputs[0][1] or 0) + self.heads * ((inputs[2][1] or 0) // self.groups)
        return count * self.keys * depth
