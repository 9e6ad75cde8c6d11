"""Power spectra in integers: samples of 16 bits, transforms of 32 bits with room for their growth, powers of 31."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op
from ...core.op import Scratch
from ...numerics.fixed import round_shift
from ..spectrogram import Bands, Spectrogram, SquaredModuli
from .base import Task, quantizes
from .long import TOP, long_format

TURN_BITS = 14
"""Binary digits after the point of cosines and sines, in which 1 is exact."""
LARGEST = 1 << 29
"""Largest sum over a frame; the result is computed from twice such sums."""


@dataclass(frozen=True, eq=False)
class IntegerSpectrogram(Spectrogram):
    """A transform of half as many complex numbers as :class:`Spectrogram` has samples, with each butterfly rounded.
    Then ``y = sat(round_shift(re^2 + im^2, shift))`` with twice the real and the imaginary part of the spectrum.

    Args:
        window: int16.
        down: the right shift of windowed samples: sums over a frame then have 30 bits.
        shift: the right shift of squares, 0 to 60.
    """

    down: int
    shift: int

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        return (Scratch(self.length, Format("int32")),)

    @property
    def reach(self) -> tuple[int, int]:
        """Bounds of the numbers at any stage: the largest sum over a frame, plus 1 % and 1 per sample for roundings."""
        most = int(1.01 * 2**15 * float(np.abs(self.window.astype(np.int64)).sum()) / 2**self.down) + self.length
        return -most, most

    @property
    def turns(self) -> Array:
        angle = 2 * np.pi * np.arange(self.length // 2) / self.length
        return np.asarray(np.round(np.stack([np.cos(angle), np.sin(angle)], axis=1) * 2**TURN_BITS).astype(np.int16))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        half = self.length // 2
        x = np.pad(inputs[0].astype(np.int64), [(0, 0), (half, half)], mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(x, self.length, axis=1)[:, :: self.stride]
        z = round_shift(frames * self.window.astype(np.int64), self.down)
        bits = half.bit_length() - 1
        order = [sum((k >> bit & 1) << (bits - 1 - bit) for bit in range(bits)) for k in range(half)]
        re, im = z[..., ::2][..., order], z[..., 1::2][..., order]
        cos, sin = self.turns.astype(np.int64).T
        size = 1
        while size < half:
            (a, b), (c, d) = (np.moveaxis(x.reshape(*x.shape[:-1], -1, 2, size), -2, 0) for x in (re, im))
            u, v = _turned(b, d, cos[:: half // size], sin[:: half // size])
            re, im = (np.stack(pair, axis=-2).reshape(z[..., ::2].shape) for pair in ((a + u, a - u), (c + v, c - v)))
            size *= 2
        mirrored = -np.arange(half) % half
        u, v = _turned(im + im[..., mirrored], re[..., mirrored] - re, cos, sin)
        power = (re + re[..., mirrored] + u) ** 2 + (im - im[..., mirrored] + v) ** 2
        last = (2 * (re[..., :1] - im[..., :1])) ** 2
        return (np.minimum(round_shift(np.concatenate([power, last], axis=-1), self.shift), TOP),)


def _turned(re: Array, im: Array, cos: Array, sin: Array) -> tuple[Array, Array]:
    """Complex numbers times ``cos - i sin``: turned by a negative angle."""
    return round_shift(re * cos + im * sin, TURN_BITS), round_shift(im * cos - re * sin, TURN_BITS)


@quantizes(Spectrogram, wide=True)
def spectrogram(op: Spectrogram, task: Task) -> tuple[Op, Sequence[Format]]:
    source = task.input_format(0, "int16")
    step = float(np.abs(op.window).max()) / 32767 or 1.0
    window = np.round(op.window / step).astype(np.int16)
    down = max(0, int(np.ceil(np.log2(max(1.0, float(np.abs(window.astype(np.int64)).sum())) * 32768 / LARGEST))))
    unit = (source.scale * step * 2.0**down / 2) ** 2
    shift = _places(task.outputs[0][1] / unit)
    return IntegerSpectrogram(window, op.stride, down, shift), [long_format(unit * 2.0**shift)]


def _places(reach: float) -> int:
    """The right shift that brings a sum to 30 bits."""
    return max(0, int(np.ceil(np.log2(max(reach, 1.0) / TOP))))


@dataclass(frozen=True, eq=False)
class IntegerBands(Bands):
    """``y = sat(round_shift(sums, shift))`` with int16 weights."""

    shift: int

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        (sums,) = super().apply(inputs[0].astype(np.int64))
        return (np.minimum(round_shift(sums, self.shift), TOP),)


@quantizes(Bands, wide=True, long=True)
def bands(op: Bands, task: Task) -> tuple[Op, Sequence[Format]]:
    source = task.inputs[0] if task.inputs[0].dtype == "int32" else task.input_format(0, "int16")
    step = float(np.abs(op.weights).max(initial=0.0)) / 32767 or 1.0
    weights = np.round(op.weights / step).astype(np.int16)
    shift = _places(task.outputs[0][1] / (source.scale * step))
    return IntegerBands(op.first, op.start, weights, shift), [long_format(source.scale * step * 2.0**shift)]


@dataclass(frozen=True, eq=False)
class IntegerSquaredModuli(SquaredModuli):
    """Half the squared moduli, rounded: those of 16-bit parts then fit 31 bits."""

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        (squares,) = super().apply(inputs[0].astype(np.int64))
        return (round_shift(squares, 1),)


@quantizes(SquaredModuli, wide=True, deep=True)
def squared_moduli(op: SquaredModuli, task: Task) -> tuple[Op, Sequence[Format]]:
    return IntegerSquaredModuli(), [long_format(2 * task.input_format(0, "int16").scale ** 2)]
