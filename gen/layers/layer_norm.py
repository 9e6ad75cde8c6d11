"""LayerNormalization (Ba et al. 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta over trailing axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.graph import Array
from ..core.op import Inside, States
from .base import SameCore, cast, rows
from .cases import case, cases, each, layer


@dataclass(frozen=True, eq=False)
class LayerNorm(SameCore):
    """The whole core is normalised; gamma and beta have its shape. ``rms``: the mean is not
    subtracted (Keras's rms_scaling still divides by the deviation from the mean)."""

    epsilon: float
    rms: bool
    gamma: Array | None
    beta: Array | None
    centered: bool = True
    """Whether means are taken out; without it, values are divided by the root of their mean square."""

    @property
    def whole(self) -> str:
        return "its mean and variance are those of all steps"

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        inside.value("normal", replace(self, gamma=None, beta=None).apply(*inputs)[0])
        return self.run(inputs, carried)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0])
        variance = x.var(axis=1, keepdims=True) if self.centered else np.mean(x * x, axis=1, keepdims=True)
        if self.centered and not self.rms:
            x = x - x.mean(axis=1, keepdims=True)
        y = x / (variance + x.dtype.type(self.epsilon)) ** 0.5
        if self.gamma is not None:
            y = y * cast(self.gamma, x).reshape(-1)
        if self.beta is not None:
            y = y + cast(self.beta, x).reshape(-1)
        return (y.reshape(inputs[0].shape),)


SCALED = (*each(center=(..., False), scale=(..., False)), {"epsilon": 0.1})
GROUPS = (
    *each(groups=(-1, 1, 2, 4)),
    {"groups": 2, "center": False, "epsilon": 0.1},
    {"groups": 2, "scale": False},
    {"groups": 3, "axis": 1},
)
CASES = (
    *cases("LayerNormalization", (6, 3), options=SCALED),
    case("LayerNormalization", (5,), axis=-1),
    case("LayerNormalization", (None, 3), axis=2),
    *cases("LayerNormalization", (6, 3), options=each(axis=(1, [1, 2]))),
    *cases("LayerNormalization", (2, 4, 3), options=each(axis=([-1], [-2, -1], 1, [1, 3], [2], [3, 2]))),
    case("LayerNormalization", (6, 3), rms_scaling=True, only="keras"),
    *cases("LayerNormalization", (6, 3), options=each(axis=(..., 1)), feeds=["masked"]),
    *cases("RMSNormalization", (5,), (6, 3), axis=-1, only="keras"),
    case("RMSNormalization", (6, 3), axis=[1, 2], epsilon=0.1, only="keras"),
    case("RMSNormalization", (2, 4, 3), axis=[2, 3], only="keras"),
    case("RMSNormalization", (None, 3), axis=2, only="keras"),
    case("RMSNormalization", (6, 3), feed="masked", only="keras"),
    *cases("GroupNormalization", (6, 4), options=GROUPS),
    *cases("GroupNormalization", (4,), (3, 2, 4), groups=2),
    case("GroupNormalization", (4, 3, 2), groups=2, axis=1),
    case("GroupNormalization", (6, 4), groups=2, feed="masked", only="keras"),
    case("GroupNormalization", (None, 4), groups=2, refused="not fixed"),
    *(
        case("SpectralNormalization", shape, layer=inner, only="keras", feed="gentle")
        for shape, inner in (
            ((6, 3), layer("Dense", units=4, activation="tanh")),
            ((6, 3), layer("Conv1D", filters=4, kernel_size=3)),
            ((6, 5, 2), layer("Conv2D", filters=4, kernel_size=2, use_bias=False)),
        )
    ),
    case("LayerNormalization", (None, 3), axis=1, center=False, scale=False, refused="not fixed"),
)
