"""What tuning learns from: calibration inputs, some held out to decide, and noisy copies of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array
from ..core.graph import Graph
from ..quantization.markers import markers

HELD = 5
"""Every so many samples, one is held out."""
COPIES = 4
"""Noisy copies of each sample that is held out: few samples say little."""
NOISE = 0.1
"""Of noisy copies, at most, in standard deviations of each feature."""
MIXED = 0.25
"""The share of copies that are mixed with another sample: the float model answers to these too (Beyer et al. 2022)."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs, and how noise may be added to them.

    Args:
        inputs: (samples, ...) for each.
        spread: standard deviation of each feature; None for indices and whole numbers, which get no noise.
        marks: the value that marks masked steps, which stay as they are; None where there is none.
        rng: makes the noise.
    """

    inputs: list[Array]
    spread: list[Array | None]
    marks: list[float | None]
    rng: np.random.Generator

    @property
    def held(self) -> Array:
        """Which samples are held out."""
        return np.asarray(np.arange(len(self.inputs[0])) % HELD == HELD - 1)

    def noisy(self, which: Array) -> list[Array]:
        """Copies of some samples, each with its own size of noise."""
        size = NOISE * self.rng.random(len(which))
        copies = []
        for x, spread, mark in zip(self.inputs, self.spread, self.marks, strict=True):
            some = x[which]
            if spread is not None:
                noise = size.reshape(-1, *(1,) * (x.ndim - 1)) * spread * self.rng.standard_normal(some.shape)
                live = 1.0 if mark is None else np.any(some != mark, axis=-1, keepdims=True)
                some = some + live * noise
            copies.append(some.astype(x.dtype))
        return copies

    def mixed(self, which: Array) -> list[Array]:
        """Noisy copies of some samples, a share of them somewhere between two samples."""
        copies, others = self.noisy(which), self.noisy(self.rng.permutation(which))
        if any(spread is None for spread in self.spread):
            return copies
        way = self.rng.random(len(which)) * (self.rng.random(len(which)) < MIXED)
        for number, (x, y, mark) in enumerate(zip(copies, others, self.marks, strict=True)):
            live = 1.0 if mark is None else np.all([np.any(z != mark, -1, keepdims=True) for z in (x, y)], axis=0)
            between = x + live * way.reshape(-1, *(1,) * (x.ndim - 1)) * (y - x)
            copies[number] = between.astype(x.dtype)
        return copies

    def judging(self) -> list[Array]:
        """The samples held out and noisy copies of them."""
        held = np.flatnonzero(self.held)
        parts = [[x[held] for x in self.inputs], *(self.noisy(held) for _ in range(COPIES))]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def samples(inputs: Sequence[Array], plain: Graph, integers: Graph, seed: int = 1) -> Samples:
    """Samples of a model.

    Args:
        plain, integers: its graph in floats and in integers.
    """
    marks = markers(plain)
    spread: list[Array | None] = []
    for port, x in zip(integers.inputs, inputs, strict=True):
        form = integers.tensor(port.tensor).format
        spread.append(None if form.raw or form.whole else x.std(axis=tuple(range(x.ndim - 1)), keepdims=True))
    given = [x if s is None else x.astype(np.float32) for x, s in zip(inputs, spread, strict=True)]
    return Samples(given, spread, [marks.get(port.tensor) for port in plain.inputs], np.random.default_rng(seed))
