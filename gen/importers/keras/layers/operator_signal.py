"""Fourier transforms as products with a matrix of cosines and sines, and the complex results of TensorFlow's.

Sources: Keras 3.15 ``keras/src/ops/math.py`` and ``keras/src/backend/tensorflow/math.py``, TensorFlow 2.21
``tensorflow/python/ops/signal/spectral_ops.py``.
"""

from __future__ import annotations

import numpy as np

from ....core.formats import Array
from ....core.functions import LINEAR
from ....layers.reshape import Reshape
from .base import Complex, Value
from .convolution import add_convolution
from .expression import formula
from .operator_composed import number
from .operator_elementwise import applied, combined
from .operator_reduce import with_dims
from .operator_shape import fixed_length
from .operators import Use, operator
from .parts import joined, pieces, taken
from .spatial import read_windows
from .spectrogram import window


def waves(rows: int, length: int) -> Array:
    """(rows, 2 bins): the factors of the first values in a transform of ``length`` values, cosines first."""
    angle = 2 * np.pi * (np.outer(np.arange(rows), np.arange(length // 2 + 1)) % length) / length
    return np.concatenate([np.cos(angle), -np.sin(angle)], axis=1).astype(np.float32)


def halves(use: Use, spectrum: Value) -> list[Value]:
    """The two halves of the last axis."""
    shape = use.builder.shape(spectrum)
    bins = int(shape[-1] or 0) // 2
    return pieces(use.builder, spectrum, len(shape) - 1, (0, 1, bins), (bins, 1, bins))


def transformed(use: Use, x: Value, frame: Array, length: int, step: int) -> list[Value]:
    """Frames of a sequence along the last axis, multiplied by ``frame`` and transformed: (..., frames, bins) twice."""
    shape = use.builder.shape(x)
    if len(shape) > 1:
        with use.builder.deeper():
            return transformed(use, x, frame, length, step)
    (samples,) = use.builder.add(Reshape((1,)), [x.tensor], lead=1, suffix="_samples")
    kernel = (waves(len(frame), length) * frame[:, None]).astype(np.float32)[:, None]
    windows = read_windows(use.builder, shape, [len(frame)], [step], "valid")
    return halves(use, add_convolution(use.builder, Value(samples), kernel, None, windows, 1, LINEAR))


def reflected(use: Use, x: Value, by: int) -> Value:
    """A sequence extended by its mirrored ends."""
    axis = len(use.builder.shape(x)) - 1
    n = fixed_length(use, use.builder.shape(x), axis)
    if n <= by:
        raise use.builder.broken(f"reflects {by} samples of a sequence of {n}")
    if not by:
        return x
    parts = pieces(use.builder, x, axis, (by, -1, by), (0, 1, n), (n - 2, -1, by))
    return joined(use.builder, parts, axis)


@operator("RFFT")
def read_transform(use: Use, x: Value) -> list[Value]:
    """The transform of the whole last axis."""
    n = use.builder.lengths(use.builder.shape(x)[-1:], "transforms")[0]
    length = use.whole("fft_length", n)
    if length < 1:
        raise use.builder.broken(f"transforms {length} samples")
    parts = transformed(use, x, np.ones(min(n, length), np.float32), length, length)
    return [without_frames(use, part) for part in parts]


def without_frames(use: Use, x: Value) -> Value:
    """The first frame of a transform; values after it are not part of the result."""
    shape, axis = use.builder.shape(x), len(use.builder.shape(x)) - 2
    return with_dims(use, taken(use.builder, x, {axis: (0, 1, 1)}), shape, [axis], keep=False)


@operator("STFT")
def read_frames(use: Use, x: Value, fft_length: int, sequence_length: int, sequence_stride: int) -> list[Value]:
    how = use.arguments.get("window")
    if not 1 <= sequence_length <= fft_length or sequence_stride < 1:
        frames = f"frames of {sequence_length} every {sequence_stride} samples"
        raise use.builder.broken(f"takes {frames}, transformed as {fft_length}")
    if how not in ("hann", "hamming", None):
        raise use.builder.refuse(f"has window={how!r}", fix="use hann, hamming or None")
    frame: Array = np.ones(fft_length, np.float32)
    if how is not None:
        frame = window({"fft_length": fft_length, "sequence_length": sequence_length, "window": how})
    if use.flag("center", True):
        x = reflected(use, x, fft_length // 2)
    return transformed(use, x, frame, fft_length, sequence_stride)


FRAMES = ("signals", "frame_length", "frame_step", "fft_length", "window_fn", "pad_end")


@operator("SignalSTFT", parameters=FRAMES, function=FRAMES)
def read_tensorflow_frames(use: Use, signals: Value, frame_length: int, frame_step: int) -> list[Value]:
    """``tf.signal.stft`` with its default window, Hann's; frames shorter than the transform are padded at the end."""
    fft_length = use.whole("fft_length", 1 << (frame_length - 1).bit_length())
    if use.flag("pad_end") or not 1 <= frame_length <= fft_length:
        raise use.builder.refuse(
            f"takes frames of {frame_length} in transforms of {fft_length}, or fills the last", fix="pad before"
        )
    frame = window({"fft_length": frame_length, "sequence_length": frame_length, "window": "hann"})
    real, imaginary = transformed(use, signals, frame, fft_length, frame_step)
    return [Complex(real.tensor, None, imaginary.tensor)]


def parts(use: Use) -> tuple[Value, Value | None]:
    """The real and the imaginary part of an argument; the latter is None for real numbers."""
    x = use.arguments["x"]
    return (Value(x.tensor), Value(x.imaginary)) if isinstance(x, Complex) else (use.tensor("x"), None)


@operator("Real", "Imag", "Conj", "Conjugate", "Angle", function=("x",))
def read_part(use: Use) -> list[Value]:
    """A part of complex numbers, or of real ones."""
    real, imaginary = parts(use)
    if use.name == "Angle":
        if imaginary is None:
            return [formula(use.builder, "(x < 0.0) * pi", x=real)]
        return [formula(use.builder, "arctan2(y, x)", y=imaginary, x=real)]
    if use.name == "Real":
        return [real]
    if use.name == "Imag":
        return [combined(use, "multiply", real, number(0)) if imaginary is None else imaginary]
    if imaginary is None:
        return [real]
    return [Complex(real.tensor, None, combined(use, "multiply", imaginary, number(-1)).tensor)]


@operator("Absolute", "Abs", function=("x",))
def read_size(use: Use) -> list[Value]:
    real, imaginary = parts(use)
    if imaginary is None:
        return [applied(use, "abs", real)]
    return [formula(use.builder, "sqrt(square(x) + square(y))", x=real, y=imaginary)]
