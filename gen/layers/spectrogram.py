"""Power spectra of a clip's frames (short-time Fourier transform) or from real and imaginary parts, and sums of their
bins in bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from ..core.op import Scratch
from .base import cast


@dataclass(frozen=True, eq=False)
class Spectrogram(Op):
    """Core (samples,) -> (frames, length / 2 + 1): squares of the moduli of each windowed frame's transform.

    Half a frame is reflected at both ends, so that frame t is centred at sample ``t stride``. It needs the whole clip.

    Args:
        window: (length,), length a power of two of 4 and more.
        stride: samples from frame to frame.
    """

    powers: ClassVar[bool] = True

    window: Array
    stride: int

    @property
    def length(self) -> int:
        return len(self.window)

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        return (Scratch(self.length),)

    @property
    def turns(self) -> Array:
        """(length / 2, 2): cosine and sine of ``2 pi k / length``."""
        angle = 2 * np.pi * np.arange(self.length // 2) / self.length
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((1 + (inputs[0][0] or 0) // self.stride, self.length // 2 + 1),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = np.pad(inputs[0], [(0, 0), (self.length // 2,) * 2], mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(x, self.length, axis=1)[:, :: self.stride]
        spectrum = np.fft.rfft(frames * cast(self.window, x), axis=-1)
        return ((spectrum.real**2 + spectrum.imag**2).astype(x.dtype, copy=False),)

    def macs(self, *inputs: Shape) -> int:
        return (1 + (inputs[0][0] or 0) // self.stride) * self.length * int(np.log2(self.length)) * 2


@dataclass(frozen=True, eq=False)
class SquaredModuli(Op):
    """Core (2 bins,) -> (bins,): squared moduli of complex numbers, given as all real and then all imaginary parts."""

    powers: ClassVar[bool] = True

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (((inputs[0][0] or 0) // 2,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        re, im = np.split(inputs[0], 2, axis=1)
        return (re * re + im * im,)


@dataclass(frozen=True, eq=False)
class Bands(Op):
    """Core (bins,) -> (bands,): band b is the sum of ``weights[k] x[first[b] + k - start[b]]`` over its weights, which
    lie from ``start[b]`` to ``start[b + 1]``.

    Args:
        first: int32 (bands,). start: int32 (bands + 1,). weights: those of all bands, one after the other.
    """

    first: Array
    start: Array
    weights: Array

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((len(self.first),),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        parts = [
            x[:, first : first + end - start] @ cast(self.weights, x)[start:end]
            for first, start, end in zip(self.first, self.start[:-1], self.start[1:], strict=True)
        ]
        return (np.stack(parts, axis=1),)

    def macs(self, *inputs: Shape) -> int:
        return len(self.weights)
