"""Fixed per-channel scaling: BatchNormalization at inference, Normalization, Rescaling.

    y = (x - center) scale + offset

The centre is subtracted first, as Keras does: folding it into the offset would lose digits where the mean is large
beside the deviation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape, known
from .activation import frames
from .base import Builder, FloatArray, Spec, Value, cast, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Normalize(Op):
    """Each of center, scale, offset broadcasts to the core; None where it does nothing."""

    kind: ClassVar[str] = "normalize"

    center: Array | None
    scale: Array | None
    offset: Array | None

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if self.center is not None:
            x = x - cast(self.center, x)
        if self.scale is not None:
            x = x * cast(self.scale, x)
        if self.offset is not None:
            x = x + cast(self.offset, x)
        return (x,)

    def macs(self, *inputs: Shape) -> int:
        return int(np.prod([axis or 1 for axis in inputs[0]])) if known(inputs[0]) else 0


def trim(values: FloatArray | None, neutral: float) -> FloatArray | None:
    """None for values that change nothing."""
    return None if values is None or np.all(values == neutral) else values


def add_normalize(
    builder: Builder, value: Value, center: FloatArray | None, scale: FloatArray | None, offset: FloatArray | None
) -> Value:
    """Parameters have the rank of the input (as the layer sees it), 1 on axes they do not vary over."""
    shape = builder.shape(value)
    center, scale, offset = trim(center, 0), trim(scale, 1), trim(offset, 0)
    given = [p for p in (center, scale, offset) if p is not None]
    if not given:
        return value
    if not all(np.all(np.isfinite(p)) for p in given):
        raise builder.broken("scales or shifts by a value that is not finite: is a variance negative or zero?")
    for p in given:
        if p.ndim != len(shape) or any(own not in (1, full) for own, full in zip(p.shape, shape, strict=True)):
            raise builder.broken(f"has parameters for {tuple(p.shape)} and is given {shape}")
    lead = frames(shape) if all(p.shape[0] == 1 for p in given) else 0
    parts = [None if p is None else (p[0] if lead else p) for p in (center, scale, offset)]
    if not known(shape[lead:]):
        raise builder.refuse(f"normalises along an axis whose length is not fixed in {shape}")
    (out,) = builder.add(Normalize(*parts), [value.tensor], lead=lead)
    return Value(out, value.mask)


def spread(builder: Builder, values: FloatArray, axes: Sequence[int], rank: int) -> FloatArray:
    """Shape parameters given for some axes (batch axis counted, or negative) to the input's rank."""
    plain = [axis + rank if axis < 0 else axis - 1 for axis in axes]
    if any(not 0 <= axis < rank for axis in plain) or values.ndim not in (1, len(plain)):
        raise builder.broken(f"axis {list(axes)} does not fit an input of rank {rank}")
    shape = [1] * rank
    sizes = values.shape if values.ndim == len(plain) else (values.size,)
    for axis, size in zip(plain, sizes, strict=True):
        shape[axis] = size
    order = np.argsort(plain)
    return np.ascontiguousarray(np.transpose(values, order) if values.ndim > 1 else values).reshape(shape)


@reads("BatchNormalization")
def read_batch(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, with the moving statistics."""
    del initial
    value = only(builder, inputs)
    rank = len(builder.shape(value))
    weights = spec.weights
    with np.errstate(all="ignore"):  # what is not finite is refused below
        deviation = np.sqrt(weights["moving_variance"].astype(np.float64) + spec.config["epsilon"])
        scale = (weights.get("gamma", np.float32(1)) / deviation).astype(np.float32)

    def at(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else spread(builder, values, [spec.config["axis"]], rank)

    return [add_normalize(builder, value, at(weights["moving_mean"]), at(scale), at(weights.get("beta")))]


@reads("Normalization")
def read_normalization(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """(x - mean) / max(sqrt(variance), 1e-7), or its inverse; Keras 3 ``layers/preprocessing/normalization.py``."""
    del initial
    value = only(builder, inputs)
    rank = len(builder.shape(value))
    axis = spec.config["axis"]
    axes = [] if axis is None else list(axis) if isinstance(axis, (list, tuple)) else [axis]
    mean, variance = (np.asarray(spec.weights[k], np.float32) for k in ("mean", "variance"))
    with np.errstate(invalid="ignore"):  # what is not finite is refused below
        deviation = np.maximum(np.sqrt(variance), np.float32(1e-7))

    def at(values: FloatArray) -> FloatArray:
        squeezed = values.reshape([n for n in values.shape if n != 1] or [1]) if values.ndim > len(axes) else values
        if squeezed.size == 1:
            return squeezed.reshape([1] * rank)
        return spread(builder, squeezed, axes, rank)

    if spec.config["invert"]:
        return [add_normalize(builder, value, None, at(deviation), at(mean))]
    return [add_normalize(builder, value, at(mean), at((1 / deviation.astype(np.float64)).astype(np.float32)), None)]


@reads("Rescaling")
def read_rescaling(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """x scale + offset."""
    del initial
    value = only(builder, inputs)
    rank = len(builder.shape(value))

    def at(number: object) -> FloatArray:
        values = np.asarray(number, np.float32)
        return values.reshape([1] * (rank - values.ndim) + list(values.shape))

    return [add_normalize(builder, value, None, at(spec.config["scale"]), at(spec.config["offset"]))]


CASES = (
    *(
        case("BatchNormalization", (6, 3), **options)
        for options in ({}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.1})
    ),
    *(
        case("BatchNormalization", shape, axis=axis)
        for shape, axis in (((5,), -1), ((6, 3), 1), ((6, 3), 2), ((2, 4, 3), -1), ((2, 4, 3), 2), ((None, 3), -1))
    ),
    case("BatchNormalization", (6, 3), feed="masked"),
    *(
        case("Normalization", shape, axis=axis, mean=mean, variance=variance, **options)
        for shape, axis, mean, variance in (
            ((5,), -1, [1.0, 2.0, 0.0, -1.0, 0.5], [1.0, 4.0, 0.25, 0.0, 2.0]),
            ((6, 3), -1, [1.0, 2.0, 0.0], [1.0, 4.0, 0.25]),
            ((6, 3), None, 0.5, 4.0),
            ((6, 2), (1, 2), [[0.1 * k, -k] for k in range(6)], [[0.5 + k, 1.0] for k in range(6)]),
            ((3, 2), 1, [1.0, 2.0, 0.0], [1.0, 4.0, 0.25]),
        )
        for options in ({}, {"invert": True})
    ),
    *(
        case("Rescaling", shape, **options)
        for shape in ((5,), (6, 5))
        for options in (
            {"scale": 0.5},
            {"scale": 0.5, "offset": -1.0},
            {"scale": [1.0, 2.0, 3.0, 4.0, 5.0], "offset": [0.0, 1.0, 0.0, -1.0, 0.5]},
            {"scale": 1.0},
        )
    ),
)
