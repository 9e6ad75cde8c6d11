"""LayerNormalization (Ba et al. 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta over trailing axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..graph import Array, Op, Shape, count, known
from .base import Builder, Spec, Value, cast, only, reads, rows
from .cases import case


@dataclass(frozen=True, eq=False)
class LayerNorm(Op):
    """The whole core is normalised; gamma and beta have its shape. ``rms``: the mean is not
    subtracted (Keras's rms_scaling still divides by the deviation from the mean)."""

    kind: ClassVar[str] = "layer_norm"

    epsilon: float
    rms: bool
    gamma: Array | None
    beta: Array | None

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0])
        variance = x.var(axis=1, keepdims=True)
        if not self.rms:
            x = x - x.mean(axis=1, keepdims=True)
        y = x / (variance + x.dtype.type(self.epsilon)) ** 0.5
        if self.gamma is not None:
            y = y * cast(self.gamma, x).reshape(-1)
        if self.beta is not None:
            y = y + cast(self.beta, x).reshape(-1)
        return (y.reshape(inputs[0].shape),)


@reads("LayerNormalization")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Keras 3, ``keras/src/layers/normalization/layer_normalization.py``."""
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    axis = spec.config["axis"]
    axes = sorted(a + len(shape) if a < 0 else a - 1 for a in (axis if isinstance(axis, (list, tuple)) else [axis]))
    lead = len(shape) - len(axes)
    if axes != list(range(lead, len(shape))) or not known(shape[lead:]):
        raise builder.refuse(f"normalises axes {axis} of {shape}; only trailing axes of fixed length are translated")
    for weight in (spec.weights.get("gamma"), spec.weights.get("beta")):
        if weight is not None and weight.size != count(shape[lead:]):
            raise builder.broken(f"has weights of shape {weight.shape} and is given {shape}")
    op = LayerNorm(
        float(spec.config["epsilon"]),
        bool(spec.config["rms_scaling"]),
        spec.weights.get("gamma"),
        spec.weights.get("beta"),
    )
    (out,) = builder.add(op, [value.tensor], lead=lead)
    return [Value(out, value.mask)]


CASES = (
    *(
        case("LayerNormalization", (6, 3), **options)
        for options in ({}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.1})
    ),
    *(
        case("LayerNormalization", shape, axis=axis)
        for shape, axis in (((5,), -1), ((6, 3), [1, 2]), ((2, 4, 3), [-1]), ((2, 4, 3), [-2, -1]), ((None, 3), 2))
    ),
    case("LayerNormalization", (6, 3), rms_scaling=True, only="keras"),
    case("LayerNormalization", (6, 3), feed="masked"),
    case("LayerNormalization", (6, 3), axis=1, refused="trailing axes"),
)
