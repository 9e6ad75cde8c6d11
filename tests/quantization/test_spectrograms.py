"""Spectrograms in integers: as near to their definition as their bits allow, and keyword models beside Keras on clips
that they were not calibrated on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
import toolchain
from layers import integers
from numeric_types import INTEGERS, measured

from gatesmith import passes
from gatesmith.backends import micropython
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.formats import Array
from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.layers.activation import Activation
from gatesmith.layers.normalize import Normalize
from gatesmith.layers.spectrogram import Bands, Spectrogram
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.quantization.prepare import quantized

RATE, SAMPLES = 8000, 2000
LEAST = {"int8": 22.0, "int8w4": 5.0, "int8w2": 5.0, "int16w8": 38.0, "int16": 41.0}
"""Decibels of what inputs decide. Measured of the three models: 33.7, 23.8, 35.2; 24.7, 6.2, 28.4; 13.9, 6.2, 11.6;
50.1, 40.1, 42.0; 53.8, 54.7, 42.5."""


def clips(seed: int, count: int) -> Array:
    """Clips of three tones that fade, in noise 40 to 80 dB below full scale."""
    rng, t = np.random.default_rng(seed), np.arange(SAMPLES) / RATE
    sounds = rng.normal(size=(count, SAMPLES)) * 10 ** rng.uniform(-4, -2, (count, 1))
    for _ in range(3):
        size, pitch, at, width = (
            rng.uniform(low, high, (count, 1)) for low, high in ((-2.5, -0.5), (100, 3500), (0, 0.25), (0.02, 0.1))
        )
        sounds += 10**size * np.sin(2 * np.pi * pitch * t) * np.exp(-(((t - at) / width) ** 2))
    return sounds.clip(-1, 1).astype(np.float32)


def mel(keras: Any) -> Any:
    decibels = keras.layers.Permute((2, 1))(_mel(keras, x := keras.Input((SAMPLES,))))
    return keras.layers.Rescaling(1 / 20, 1)(decibels), x


def logarithm_of_ones_own(keras: Any) -> Any:
    x = keras.Input((SAMPLES,))
    power = keras.layers.Permute((2, 1))(_mel(keras, x, power_to_db=False))
    return keras.ops.log(power + 1e-4), x


def stft(keras: Any) -> Any:
    x = keras.Input((SAMPLES, 1))
    frames = {"frame_length": 128, "frame_step": 64, "fft_length": 128, "window": None, "scaling": None}
    return keras.layers.STFTSpectrogram(mode="log", **frames)(x), x


def _mel(keras: Any, x: Any, **options: Any) -> Any:
    defaults = {"fft_length": 256, "sequence_stride": 128, "sampling_rate": RATE, "num_mel_bins": 20, "max_freq": 4000}
    return keras.layers.MelSpectrogram(**defaults, **options)(x)


@pytest.mark.parametrize("build", [mel, logarithm_of_ones_own, stft], ids=lambda build: build.__name__)
def test_keywords_are_told_apart_in_integers(build: Callable[[Any], Any], tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    features, x = build(keras)
    h = keras.layers.Conv1D(12, 3, strides=2, activation="relu")(features)
    y = keras.layers.Dense(4, activation="softmax")(keras.layers.GlobalAveragePooling1D()(h))
    model = keras.Model(x, y)
    model.save(tmp_path / "model.keras")
    graph = load(tmp_path / "model.keras", Settings()).graph
    calibration, test = (clips(seed, 64).reshape(-1, *model.input_shape[1:]) for seed in (1, 2))
    one_by_one = (np.asarray(model(clip[None]), np.float64) for clip in test)  # decibels below the loudest of a batch
    wanted = np.concatenate([*one_by_one])
    models = {name: integers.convert(graph, [[calibration]], NUMERICS[name], f"model_{name}") for name in INTEGERS}
    libraries = integers.compile_all([one.code for one in models.values()], tmp_path)
    gains = {}
    for name, one in models.items():
        one.library = libraries[one.code.name]
        integers.same(one, [[test[:4]]])
        assert "float" not in one.code.files[f"{one.code.name}.c"], "a model in integers has no floats"
        (got,) = evaluate(one.graph, [test])
        decided = np.mean((wanted - wanted.mean(axis=0)) ** 2)
        gains[name] = 10 * float(np.log10(decided / np.mean((got - wanted) ** 2)))
    assert all(gains[name] >= measured(name, LEAST) for name in gains), gains


@pytest.mark.parametrize("silent", [False, True])
def test_a_calibration_without_silence_is_told(silent: bool, tmp_path: Path) -> None:
    """Such a model answered a silent clip with -11 dB in int8; with a silent clip among 64 it has 20 and more."""
    import keras

    keras.utils.set_random_seed(5)
    features, x = mel(keras)
    h = keras.layers.Conv1D(12, 3, strides=2, activation="relu")(features)
    model = keras.Model(x, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling1D()(h)))
    model.save(tmp_path / "model.keras")
    calibration, quiet = clips(1, 64), np.zeros((1, SAMPLES), np.float32)
    calibration[:1] *= not silent
    np.save(tmp_path / "data.npy", calibration)
    settings = Settings(numeric="int8", calibration=str(tmp_path / "data.npy"))
    whole = quantized(load(tmp_path / "model.keras", settings), settings, NUMERICS["int8"])
    assert any("silent" in note for note in whole.graph.notes) is not silent
    if silent:
        wanted, (got,) = np.asarray(model(quiet), np.float64), evaluate(whole.graph, [quiet])
        assert 10 * np.log10(np.var(np.asarray(model(calibration)), axis=0).mean() / np.mean((got - wanted) ** 2)) > 20


def spectrum(length: int) -> Graph:
    m = graphs.Maker(lambda options: options[0])
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)
    (power,) = m.add("power", Spectrogram(window, length // 2), m.input("x", 3 * length))
    m.output("y", m.add("root", Activation(Function("sqrt")), power, lead=1)[0])
    return m.graph()


@pytest.mark.parametrize("length", [4, 8, 64, 512, 2048])
def test_a_transform_is_that_of_its_definition(length: int) -> None:
    """A loud tone, beside which nothing is; noise; silence; both ends of the type in turn."""
    t, rng = np.arange(3 * length), np.random.default_rng(3)
    x = np.stack([np.sin(2 * np.pi * t / 4), rng.normal(0, 0.2, len(t)), 0 * t, (-1.0) ** t]).astype(np.float32)
    graph = spectrum(length)
    got = evaluate(graphs.integers_of(graph, "int16", x), [x])[0]
    wanted = Reference(graph).run([x])[0]
    assert np.abs(got - wanted).max() <= 1.5e-4 * wanted.max()
    assert not got[2].any()


def levels(*ops: Any) -> Graph:
    """Powers of a single bin's band, and what is made of them."""
    m = graphs.Maker(lambda options: options[0])
    value = m.add("power", Spectrogram(np.ones(4, np.float32), 4), m.input("x", 4))[0]
    one = Bands(np.int32([0]), np.int32([0, 1]), np.float32([1]))
    value = m.add("bands", one, value, lead=1)[0]
    for k, op in enumerate(ops):
        value = m.add(f"op_{k}", op, value, lead=1)[0]
    m.output("y", value)
    return m.graph()


@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize(
    "ops",
    [
        (Activation(Function("log")),),
        (Activation(function("clip", low=1e-6, high=3e38)), Activation(Function("log"))),
        (Normalize(None, np.float32([4]), np.float32([1e-5])), Activation(Function("log"))),
        (Activation(Function("sqrt")),),
    ],
)
def test_levels_70_decibels_apart_are_kept(ops: tuple[Any, ...], numeric: str) -> None:
    """Beside what the rounded samples mean."""
    x = (10 ** np.linspace(0, -3.5, 60)[:, None] * np.ones(4)).astype(np.float32)
    graph = levels(*ops)
    whole = graphs.integers_of(graph, numeric, x)
    port = whole.tensor(whole.inputs[0].tensor).format
    got, wanted = evaluate(whole, [x])[0], Reference(graph).run([port.real(port.quantize(x))])[0]
    step = whole.tensor(whole.outputs[0].tensor).format.scale
    assert np.abs(got - wanted).max() <= 0.6 * step + 0.02


def test_micropython_refuses_them_by_name() -> None:
    graph = spectrum(8)
    whole = graphs.integers_of(graph, "int8", np.random.default_rng(1).normal(size=(8, 24)).astype(np.float32))
    options = micropython.Options("model", "unix", NUMERICS["int8"])
    with pytest.raises(UnsupportedError, match="spectrogram"):
        micropython.generate(passes.compile_graph(whole), toolchain.ORIGIN, options, "0.0.0")
