"""Which weight of a Keras model each number of an integer matrix is, and by what factor.

Between a file and a matrix lie the layouts of old files, folded normalizations, features with scales of their own. All
of them only move numbers and multiply them by constants, so they are found out by trial: weights are multiplied by
factors close to 1 that spell their numbers digit by digit, and the digits are read off the matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import UnsupportedError
from ..core.formats import Array
from ..core.graph import Graph
from ..layers.integer.matrix import Matrix, Origin, matrices

BASE, STEP = 64, 2.0**-12
"""Digits, and what one adds to the factor of a weight: at most 1.6 %, and 2,000 times what float32 rounds."""
CLOSE = 1e-4
"""How far a matrix may be, as a share of its largest number, from what its map says."""

Key = tuple[str, str]
"""The node and the field of a matrix."""


@dataclass(frozen=True, eq=False)
class Source:
    """Where a matrix comes from.

    Args:
        layer: the Keras layer.
        matrix: as it is for the model's own weights.
        index: (inputs, rows): the place of each number among all weights, flat, one behind the other.
        factor: (inputs, rows): what the weight is multiplied by.
    """

    layer: str
    matrix: Matrix
    index: Array
    factor: Array

    @property
    def origin(self) -> Origin:
        assert self.matrix.origin is not None
        return self.matrix.origin


def narrow(graph: Graph) -> Iterator[tuple[Key, str, Matrix]]:
    """The matrices of 8 bits and fewer, with their layers."""
    for node, field, matrix in matrices(graph):
        if matrix.origin is not None and not matrix.wide:
            yield (node.name, field), node.layer, matrix


def _start(values: Sequence[Array]) -> dict[int, Array]:
    """The weights that may be of a matrix, by their numbers, without zeros, which no factor would change."""
    start = {}
    for n, value in enumerate(values):
        if value.dtype.kind == "f" and value.ndim > 1:
            start[n] = np.where(value == 0, 1e-3 * (np.abs(value).max(initial=0.0) or 1.0), value)
    return start


def sources(graph: Graph, values: Sequence[Array], quantized: Callable[[Sequence[Array]], Graph]) -> dict[Key, Source]:
    """The sources of all matrices of 8 bits and fewer whose numbers are weights times constants.

    Args:
        graph: the integer graph of the weights.
        values: the weights.
        quantized: the integer graph of other weights, with the same ranges.

    Raises:
        UnsupportedError: the numbers of a matrix are made of several weights each.
    """
    start, rng = _start(values), np.random.default_rng(0)
    if not start:
        return {}

    def times(factors: Mapping[int, Array]) -> list[Array]:
        return [(start.get(n, v) * factors.get(n, 1.0)).astype(v.dtype) for n, v in enumerate(values)]

    def kernels(weights: Sequence[Array]) -> dict[Key, Array]:
        return {key: m.origin.kernel for key, _, m in narrow(quantized(weights)) if m.origin is not None}

    index = _numbers(values, lambda factors: kernels(times({n: factors[n] for n in start})))
    noise = times({n: 1 + STEP * BASE * rng.random(values[n].shape) for n in start})
    flat, other = (np.concatenate([v.reshape(-1) for v in weights]) for weights in (times({}), noise))
    plain, shaken, found = kernels(times({})), kernels(noise), {}
    for key, layer, matrix in narrow(graph):
        if np.all(index[key] > 0):  # others are constants of the layer itself, such as a spectrogram's
            at = np.minimum(index[key], len(flat)) - 1
            factor = plain[key] / flat[at]
            if np.abs(factor * other[at] - shaken[key]).max() > CLOSE * np.abs(shaken[key]).max():
                raise UnsupportedError(
                    f'layer "{layer}": each number of its matrix is made of several weights, which cannot be tuned',
                    fix="merge what was added to the layer (LoRA) into its kernel, and save the model again",
                )
            found[key] = Source(layer, matrix, at, factor)
    return found


def _numbers(values: Sequence[Array], kernels: Callable[[Sequence[Array]], dict[Key, Array]]) -> dict[Key, Array]:
    """The numbers, from 1, of the weights that each matrix consists of, digit by digit; 0 of a constant.

    Args:
        kernels: the matrices whose weights are multiplied by factors.
    """
    ends = np.cumsum([0, *(value.size for value in values)])
    number = [1 + start + np.arange(v.size).reshape(v.shape) for start, v in zip(ends[:-1], values, strict=True)]
    plain = kernels([np.ones(v.shape) for v in values])
    index = {key: np.zeros(kernel.shape, np.int64) for key, kernel in plain.items()}
    for place in range(int(np.ceil(np.log(ends[-1] + 1) / np.log(BASE)))):
        moved = kernels([1 + STEP * (n // BASE**place % BASE) for n in number])
        for key, kernel in plain.items():
            ratio = np.divide(moved[key], kernel, out=np.ones_like(kernel), where=kernel != 0)
            index[key] += np.round((ratio - 1) / STEP).astype(np.int64) * BASE**place
    return index
