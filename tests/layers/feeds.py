"""What models are fed: a few rows (samples) of each kind, small enough to read in a failure."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ROWS = 6
STEPS = 6
"""Length of sequences whose time axis the model leaves open."""
MASKED = ("", "012", "23", "45", "0145", "012345")
"""Masked steps of each row of a masked feed: none, leading, middle, trailing, both ends, all."""
EDGES = (0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 6.0, 0.3, 1e-6, 1e-3, 9.0, 20.0, 50.0, 88.0)
"""Thresholds of activation functions, values beside zero and far from it; each with both signs."""


def floats(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """Random rows, one of zeros, two that saturate."""
    x = gentle(shape, rng, marker)
    x[4:] *= 25
    return x


def gentle(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """Random rows and one of zeros."""
    del marker
    x = rng.normal(size=(ROWS, *shape))
    x[3] = 0
    return x


def masked(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """Random rows whose steps are the marker where MASKED says so."""
    x = rng.normal(size=(ROWS, *shape))
    for row, steps in enumerate(MASKED):
        for step in steps:
            if int(step) < shape[0]:
                x[row, int(step)] = marker
    return x


def marked(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """As masked; in the last row only some features of a step are the marker."""
    x = masked(shape, rng, marker)
    x[-1] = rng.normal(size=shape)
    x[-1, ..., 0] = marker
    return x


def edges(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """Every edge in the first row (where there is room), others at random."""
    del marker
    values = np.array([*EDGES, *(-e for e in EDGES)])
    x = rng.choice(values, size=(ROWS, *shape))
    x[0] = np.resize(values, shape)
    x[1] = np.resize(values, shape) + 1e-3
    x[2] = rng.normal(size=shape)
    return x


def tokens(shape: tuple[int, ...], rng: np.random.Generator, marker: float) -> Array:
    """Whole numbers from 0 to 8, zeros at the places of MASKED."""
    del marker
    x = rng.integers(1, 9, (ROWS, *shape))
    for row, steps in enumerate(MASKED):
        if not shape:
            x[row] = row
        for step in steps:
            if shape and int(step) < shape[0]:
                x[row, int(step)] = 0
    return x.astype(np.int32)


def only(of: Callable[[Array], Array]) -> Callable[[tuple[int, ...], np.random.Generator, float], Array]:
    """What a function makes of random numbers: rows like each other."""
    return lambda shape, rng, marker: of(rng.normal(size=(ROWS, *shape)))


FEEDS: dict[str, Callable[[tuple[int, ...], np.random.Generator, float], Array]] = {
    "floats": floats,
    "gentle": gentle,
    "masked": masked,
    "marked": marked,
    "edges": edges,
    "tokens": tokens,
    "float32": only(lambda x: x),
    "positive": only(lambda x: np.abs(x) + 0.3),
    "beyond": only(lambda x: np.abs(x) + 1.1),
    "unit": only(lambda x: np.tanh(x) * 0.9),
    "near": only(lambda x: np.linspace(-0.3, 0.3, x.size).reshape(x.shape)),
    "far": only(lambda x: 20_000 * x),
    "int32": only(lambda x: np.round(2 * x)),
    "truth": only(lambda x: x < 0.5),
    "mask": only(lambda x: x < 0.5),
}
DTYPES = {"tokens": "int32", "int32": "int32", "truth": "bool", "mask": "bool"}
"""Of inputs that are not float32."""


def feed(kind: str, shape: tuple[int | None, ...], rng: np.random.Generator, marker: float = 0.0) -> Array:
    """Rows for one input of a model, in the type that Keras takes."""
    x = FEEDS[kind](tuple(n or STEPS for n in shape), rng, marker)
    return x.astype(DTYPES.get(kind, "float32"))
