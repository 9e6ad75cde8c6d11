"""Maps each number of an integer matrix to a weight of the Keras model and a factor.

The layouts of old files, folded normalizations and per-feature scales change weights on their way into a matrix. All
of these only move numbers and multiply them by constants, so experiments find the map: weights are multiplied by
factors close to 1 that encode their numbers digit by digit, and the digits are read from the matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import UnsupportedError
from ..core.formats import Array
from ..core.graph import Graph
from ..layers.integer.matrix import Matrix, RealMatrix, matrices

BASE, STEP = 64, 2.0**-12
"""The base of the digits, and the increase of a weight's factor per digit: at most 1.6 % in all, and 2,000 times
float32's rounding."""
CLOSE = 1e-4
"""Largest difference of a matrix from its map's prediction, as a share of its largest number."""

Key = tuple[str, str]
"""The node and the field of a matrix."""


@dataclass(frozen=True, eq=False)
class Source:
    """The Keras weights of a matrix.

    Args:
        layer: the Keras layer.
        matrix: the matrix for the model's own weights.
        index: (inputs, rows): the index of each number among all weights, flattened and concatenated.
        factor: (inputs, rows): the factors of the weights.
    """

    layer: str
    matrix: Matrix
    index: Array
    factor: Array

    @property
    def origin(self) -> RealMatrix:
        assert self.matrix.origin is not None
        return self.matrix.origin


def narrow(graph: Graph) -> Iterator[tuple[Key, str, Matrix]]:
    """The matrices of 8 bits and fewer, with their layers."""
    for node, field, matrix in matrices(graph):
        if matrix.origin is not None and not matrix.wide:
            yield (node.name, field), node.layer, matrix


def _start(values: Sequence[Array]) -> dict[int, Array]:
    """The weights that may be in a matrix, by number, with small values for zeros, which no factor would change."""
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
        UnsupportedError: each number of a matrix is computed from several weights.
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
    flat, noisy = (np.concatenate([v.reshape(-1) for v in weights]) for weights in (times({}), noise))
    plain, shaken, result = kernels(times({})), kernels(noise), {}
    for key, layer, matrix in narrow(graph):
        if np.all(index[key] > 0):  # other matrices are constants of a layer, such as a spectrogram's
            at = np.minimum(index[key], len(flat)) - 1
            factor = plain[key] / flat[at]
            if np.abs(factor * noisy[at] - shaken[key]).max() > CLOSE * np.abs(shaken[key]).max():
                raise UnsupportedError(
                    f'layer "{layer}": each number of its matrix is made of several weights, which cannot be tuned',
                    fix="merge what was added to the layer (LoRA) into its kernel, and save the model again",
                )
            result[key] = Source(layer, matrix, at, factor)
    return result


def _numbers(values: Sequence[Array], kernels: Callable[[Sequence[Array]], dict[Key, Array]]) -> dict[Key, Array]:
    """The numbers, from 1, of each matrix's weights, found digit by digit; 0 for a constant.

    Args:
        kernels: returns the matrices of weights that are multiplied by factors.
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
