"""The samples of tuning: calibration inputs, some of them held out to decide, and noisy copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array
from ..core.graph import Graph
from ..quantization.markers import markers

HELD = 5
"""One of this many samples is held out."""
COPIES = 4
"""Noisy copies of each held-out sample, since few samples alone would decide little."""
NOISE = 0.1
"""Largest noise of a copy, in standard deviations of each feature."""
MIXED = 0.25
"""The share of copies that are mixed with another sample; the float model has outputs for these too (Beyer et al.
2022)."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs, and the noise that may be added to them.

    Args:
        inputs: (samples, ...) for each input.
        spread: standard deviation of each feature; None for indices and integers, which get no noise.
        marks: the value that marks masked steps, which stay unchanged; None if there is none.
        rng: the generator of the noise.
    """

    inputs: list[Array]
    spread: list[Array | None]
    marks: list[float | None]
    rng: np.random.Generator

    @property
    def held_out(self) -> Array:
        """(samples,): whether each sample is held out."""
        return np.asarray(np.arange(len(self.inputs[0])) % HELD == HELD - 1)

    def noisy(self, indices: Array) -> list[Array]:
        """Copies of the samples with these indices, each with its own size of noise."""
        size = NOISE * self.rng.random(len(indices))
        copies = []
        for x, spread, mark in zip(self.inputs, self.spread, self.marks, strict=True):
            copy = x[indices]
            if spread is not None:
                noise = size.reshape(-1, *(1,) * (x.ndim - 1)) * spread * self.rng.standard_normal(copy.shape)
                live = 1.0 if mark is None else np.any(copy != mark, axis=-1, keepdims=True)
                copy = copy + live * noise
            copies.append(copy.astype(x.dtype))
        return copies

    def mixed(self, indices: Array) -> list[Array]:
        """Noisy copies of the samples with these indices; a share of them are between two samples."""
        copies, others = self.noisy(indices), self.noisy(self.rng.permutation(indices))
        if any(spread is None for spread in self.spread):
            return copies
        weight = self.rng.random(len(indices)) * (self.rng.random(len(indices)) < MIXED)
        for number, (x, y, mark) in enumerate(zip(copies, others, self.marks, strict=True)):
            live = 1.0 if mark is None else np.all([np.any(z != mark, -1, keepdims=True) for z in (x, y)], axis=0)
            between = x + live * weight.reshape(-1, *(1,) * (x.ndim - 1)) * (y - x)
            copies[number] = between.astype(x.dtype)
        return copies

    def judging(self) -> list[Array]:
        """The held-out samples and noisy copies of them."""
        indices = np.flatnonzero(self.held_out)
        parts = [[x[indices] for x in self.inputs], *(self.noisy(indices) for _ in range(COPIES))]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def samples(inputs: Sequence[Array], plain: Graph, integers: Graph, seed: int = 1) -> Samples:
    """The samples of tuning for a model.

    Args:
        plain, integers: its graph in floats and in integers.
    """
    marks = markers(plain)
    spread: list[Array | None] = []
    for port, x in zip(integers.inputs, inputs, strict=True):
        form = integers.tensor(port.tensor).format
        spread.append(None if form.raw or form.whole else x.std(axis=tuple(range(x.ndim - 1)), keepdims=True))
    floats = [x if s is None else x.astype(np.float32) for x, s in zip(inputs, spread, strict=True)]
    return Samples(floats, spread, [marks.get(port.tensor) for port in plain.inputs], np.random.default_rng(seed))
