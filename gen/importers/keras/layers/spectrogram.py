"""STFTSpectrogram, a pair of strided convolutions, and MelSpectrogram of a clip.

Keras 3 ``keras/src/layers/preprocessing/{stft_spectrogram,mel_spectrogram}.py``, ``keras/src/backend/config.py``
(``epsilon`` 1e-7) and ``keras/src/backend/tensorflow/math.py`` (``stft``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....core.functions import LINEAR
from ....core.graph import shape_text
from ....layers.normalize import Normalize
from ....layers.reshape import Reshape
from ....layers.spectrogram import Bands, Spectrogram, SquaredModuli
from ..dialect.build import by_options
from ..dialect.config import FIRST, Option
from ..dialect.kinds import Config, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from ..dialect.spec import FloatArray
from .base import Builder, Spec, Value, one_input
from .canonical import FORMAT
from .convolution import add_convolution
from .expression import formula
from .permute import permuted
from .spatial import PADDING, read_windows

EPSILON = 1e-7


def without(mode: str) -> Callable[[Config], bool]:
    """Whether a mode needs a kernel: all but ``imag`` need the cosines, all but ``real`` the sines."""
    return lambda config: bool(config["mode"] != mode)


def settle_stft(read: Ledger, context: Context, site: Site) -> None:
    if read["data_format"] == FIRST:
        raise site.unsupported(
            "has data_format=channels_first", "samples come before channels here", "use channels_last"
        )


@one_input(
    "STFTSpectrogram",
    options=(
        Option("mode", "word", "log", values=("log", "magnitude", "psd", "real", "imag", "stft")),
        Option("frame_length", "size", 256),
        Option("frame_step", "size?", None),
        PADDING,
        FORMAT,
        Option("expand_dims", "flag", False),
    ),
    neutral=("fft_length", "window", "periodic", "scaling"),  # the kernels are made by them
    weights=(Weight("real_kernel", when=without("imag")), Weight("imag_kernel", when=without("real"))),
    describe=by_options(settle_stft),
)
def read_stft(builder: Builder, spec: Spec, value: Value) -> Value:
    """Transforms channel by channel, each a sequence of samples."""
    config = spec.config
    shape = builder.shape(value)
    if len(shape) != 2:
        raise builder.broken(f"needs an input of samples and channels, and is given {shape}")
    channels = int(shape[1] or 1)
    kernels = [spec.weights[name] for name in ("real_kernel", "imag_kernel") if name in spec.weights]
    if any(one.shape != (config["frame_length"], *kernels[0].shape[1:]) for one in kernels):
        shapes = " and ".join(shape_text(one.shape) for one in kernels)
        raise builder.broken(f"has kernels of shape {shapes}, and frame_length={config['frame_length']}")
    bins = kernels[0].shape[-1]
    kernel = np.concatenate(kernels, axis=-1)
    step = int(config["frame_step"] or config["frame_length"] // 2)
    if channels > 1:
        turned = permuted(builder, value.tensor, [1, 0])
        (turned,) = builder.add(Reshape((shape[0], 1)), [turned], lead=1, suffix="_samples")
        with builder.deeper():
            tensor = _transformed(builder, turned, kernel, bins, step, config).tensor
        if config["expand_dims"]:
            return Value(permuted(builder, tensor, [1, 2, 0]))
        tensor = permuted(builder, tensor, [1, 0, 2])
        wide = channels * int(builder.shape(tensor)[-1] or 1)
        return builder.node(Reshape((wide,)), tensor, lead=1, suffix="_flat")
    spectrum = _transformed(builder, value.tensor, kernel, bins, step, config)
    if config["expand_dims"]:
        return builder.node(Reshape((builder.shape(spectrum)[-1], 1)), spectrum, lead=1, suffix="_channel")
    return spectrum


def _transformed(builder: Builder, tensor: int, kernel: FloatArray, bins: int, step: int, config: Config) -> Value:
    """The spectrum of one channel: (samples, 1) -> (frames, values)."""
    mode = config["mode"]
    windows = read_windows(builder, builder.shape(tensor), [len(kernel)], [step], config["padding"])
    products = add_convolution(builder, Value(tensor), kernel, None, windows, 1, LINEAR)
    if mode not in ("psd", "magnitude", "log"):
        return Value(products.tensor)
    (power,) = builder.add(SquaredModuli(), [products.tensor], lead=1, suffix="_power")
    if mode == "psd":
        twice = np.full(bins, 2, np.float32)
        twice[[0, -1]] = 1
        return builder.node(Normalize(None, twice, None), power, lead=1, suffix="_density")
    text = "sqrt(maximum(power, least))" if mode == "magnitude" else "log(maximum(power, least)) / 2"
    return formula(builder, text, power=Value(power), least=EPSILON)


def settle_mel(read: Ledger, context: Context, site: Site) -> None:
    length = read["fft_length"]
    if length & (length - 1) or length < 4:
        raise site.unsupported(f"has fft_length={length}", "a power of two of 4 or more is read")
    read["sequence_length"] = read["sequence_length"] or length
    if read["sequence_length"] > length:
        raise site.broken("has a window that is longer than its transform")
    if read["power_to_db"]:
        context.note(
            "MelSpectrogram: decibels are floored by the loudest of a clip; Keras takes the loudest of a batch"
        )


@one_input(
    "MelSpectrogram",
    options=(
        Option("fft_length", "size", 2048),
        Option("sequence_stride", "size", 512),
        Option("sequence_length", "size?", None),
        Option("window", "any", "hann", values=("hann", "hamming", None)),
        Option("sampling_rate", "float", 16000),
        Option("num_mel_bins", "size", 128),
        Option("min_freq", "float", 20.0),
        Option("max_freq", "float?", None),
        Option("power_to_db", "flag", True),
        Option("top_db", "float", 80.0),
        Option("mag_exp", "float", 2.0),
        Option("min_power", "float", 1e-10),
        Option("ref_power", "float", 1.0),
    ),
    describe=by_options(settle_mel, arrays=False),
)
def read_mel(builder: Builder, spec: Spec, value: Value) -> Value:
    """(samples,) -> (bands, frames)."""
    config = spec.config
    shape = builder.shape(value)
    if len(shape) != 1:
        raise builder.refuse(f"is given {shape}, where a clip of one channel, (samples,), is read")
    if builder.lengths(value, "transforms")[0] <= config["fft_length"] // 2:
        raise builder.broken(f"reflects {config['fft_length'] // 2} samples of a clip of {shape[0]}")
    power = builder.node(Spectrogram(window(config), config["sequence_stride"]), value, suffix="_power")
    if config["mag_exp"] != 2:
        power = formula(builder, "power ** exponent", power=power, exponent=config["mag_exp"] / 2)
    bands = builder.node(_bands(builder, config), power, lead=1, suffix="_bands")
    if config["power_to_db"]:
        least = config["min_power"]
        reference = 10 * np.log10(max(abs(config["ref_power"]), least))
        text = "level = log(maximum(power, least)) * (10 / ln10)"
        text += "; level = level - reference" if reference else ""
        text += "; maximum(level, max(level, [1, 2], True) - range)"
        bands = formula(builder, text, power=bands, least=least, reference=reference, range=config["top_db"])
    return Value(permuted(builder, bands.tensor, [1, 0]))


def window(config: Config) -> FloatArray:
    """The window, periodic, in the middle of the frame; without one, TensorFlow's frame is as long as the transform."""
    length, samples = config["fft_length"], config["sequence_length"]
    if config["window"] is None:
        return np.ones(length, np.float32)
    angle = 2 * np.pi * np.arange(samples) / samples
    shapes = {"hann": 0.5 - 0.5 * np.cos(angle), "hamming": 0.54 - 0.46 * np.cos(angle)}
    left = (length - samples) // 2
    return np.pad(shapes[config["window"]], (left, length - samples - left)).astype(np.float32)


def _bands(builder: Builder, config: Config) -> Bands:
    """Triangles with a peak of 1 on HTK's mel scale, 1127 ln(1 + f / 700), without the first bin; in float32, as Keras
    computes them."""

    def mel(hertz: FloatArray) -> FloatArray:
        return np.asarray((np.float32(1127) * np.log(np.float32(1) + hertz / np.float32(700))).astype(np.float32))

    count, rate = config["num_mel_bins"], float(config["sampling_rate"])
    high = float(config["max_freq"] or rate / 2)
    bins = config["fft_length"] // 2 + 1
    at = mel(np.linspace(0, rate / 2, bins, dtype=np.float32)[1:])[:, None]
    edges = mel(np.asarray([config["min_freq"], high], np.float32))
    triples = np.linspace(edges[0], edges[1], count + 2, dtype=np.float32)
    low, center, up = triples[:-2], triples[1:-1], triples[2:]
    with np.errstate(all="ignore"):
        matrix = np.maximum(0, np.minimum((at - low) / (center - low), (up - at) / (up - center)))
    matrix = np.pad(matrix, [(1, 0), (0, 0)]).astype(np.float32)
    if not np.isfinite(matrix).all():
        raise builder.broken(f"has mel bands from {config['min_freq']} to {high} Hz")
    first, start, weights = [], [0], []
    for band in matrix.T:
        places = np.flatnonzero(band)
        one, end = (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 1)
        first.append(one)
        weights.append(band[one:end])
        start.append(start[-1] + end - one)
    return Bands(np.asarray(first, np.int32), np.asarray(start, np.int32), np.concatenate(weights))
