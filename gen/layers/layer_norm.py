"""LayerNormalization (Ba et al. 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta over trailing axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.graph import Array
from ..core.op import Inside, States
from .base import SameCore, cast, rows


@dataclass(frozen=True, eq=False)
class LayerNorm(SameCore):
    """Normalises the whole core; gamma and beta have its shape. With ``rms`` the mean is not subtracted, but values are
    still divided by the deviation from the mean, as with Keras's rms_scaling."""

    epsilon: float
    rms: bool
    gamma: Array | None
    beta: Array | None
    centered: bool = True
    """Whether means are subtracted; otherwise values are divided by the root of their mean square."""

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
