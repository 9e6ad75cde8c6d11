"""Models built with Keras, as causal streams and in windows, beside what Keras computes of the frames that came."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streams import Stream
from toolchain import library_of

from gatesmith import passes
from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse

from .lab import lively

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")

STEPS = 32
WHEN = (9, 14, 25, STEPS)
"""After so many frames, what has come out is compared."""
WINDOW = 20
NEAR = 1e-6


def random_model(rng: np.random.Generator, length: int | None, pads: tuple[str, ...]) -> Any:
    """Two to five layers along time, and one of several ends."""
    k = keras.layers
    given = keras.Input((length, int(rng.integers(1, 5))))
    x = given
    for _ in range(int(rng.integers(2, 6))):
        kind = str(rng.choice(["conv", "conv", "residual", "depthwise", "pool", "dense", "norm", "lstm"]))
        pad, size, rate = str(rng.choice(pads)), int(rng.integers(1, 5)), int(rng.integers(1, 3))
        stride = int(rng.integers(1, 3)) if pad != "same" or length else 1
        if kind == "conv":
            rate = rate if stride == 1 else 1
            x = k.Conv1D(int(rng.integers(1, 6)), size, stride, pad, dilation_rate=rate, activation="relu")(x)
        elif kind == "residual":
            how = "causal" if "causal" in pads else "same"
            x = k.Add()([x, k.Conv1D(x.shape[-1], size, padding=how, dilation_rate=rate, activation="tanh")(x)])
        elif kind == "depthwise" and pad != "causal":
            x = k.DepthwiseConv1D(size, stride, pad, depth_multiplier=2)(x)
        elif kind == "pool" and pad != "causal":
            x = (k.MaxPooling1D if rng.random() < 0.5 else k.AveragePooling1D)(size, stride, pad)(x)
        elif kind == "dense":
            x = k.Dense(3, activation="tanh")(x)
        elif kind == "norm":
            x = k.BatchNormalization()(x)
        elif kind == "lstm" and length is None:
            x = k.LSTM(3, return_sequences=True)(x)
    end = str(rng.choice(["frames", "mean", "largest"] if length is None else ["mean", "largest", "flat"]))
    if end == "mean":
        x = k.Dense(2, activation="softmax")(k.GlobalAveragePooling1D()(x))
    elif end == "largest":
        x = k.GlobalMaxPooling1D()(x)
    elif end == "flat":
        x = k.Dense(3)(k.Flatten()(x))
    model = keras.Model(given, x)
    lively(model, rng)
    return model


def models(count: int, seed: int, length: int | None, pads: tuple[str, ...]) -> Iterator[Any]:
    rng = np.random.default_rng(seed)
    while count:
        try:
            model = random_model(rng, length, pads)
        except ValueError:
            continue  # a window longer than what is left
        count -= 1
        yield model


def made_of(model: Any, folder: Path, name: str, hop: int | None) -> Generated | None:
    """The C of a model; None where its outputs have no length of their own."""
    model.save(folder / f"{name}.keras")
    graph = fuse(load(folder / f"{name}.keras", Settings()).graph)
    options = Options(name, "host", NUMERICS["float32"], Layout(8, 8, ()), "exact")
    try:
        program = passes.compile_graph(graph, None, stream=True, hop=hop)
    except passes.StreamError as error:
        assert "length" in error.what or "depends on where" in error.why or error.what.startswith('layer "lstm'), error
        return None
    return c99.generate(program, Origin("m.keras", "0" * 64, "Keras 3", ""), options, "0")


def near(got: Any, wanted: Any) -> None:
    np.testing.assert_allclose(got, wanted, rtol=0, atol=NEAR * max(1.0, float(np.abs(wanted).max())))


@pytest.mark.parametrize("pads", [("causal", "valid"), ("causal", "valid", "same")], ids=["causal", "same"])
def test_what_came_out_is_what_keras_makes_of_what_came_in(pads: tuple[str, ...], tmp_path: Path) -> None:
    built = {f"m{k}": model for k, model in enumerate(models(8, 11, None, pads))}
    made = {name: made_of(model, tmp_path, name, None) for name, model in built.items()}
    streams = {name: one for name, one in made.items() if one is not None}
    assert len(streams) >= 4
    assert any(one.checks_state for one in streams.values())
    library = library_of(list(streams.values()), tmp_path)
    for name, one in streams.items():
        stream, came = Stream(one, library), []
        x = np.random.default_rng(3).normal(size=(STEPS, one.inputs[0].frame)).astype(np.float32)
        for step, frame in enumerate(x, 1):
            y = stream.step(frame)
            came += [] if y is None else [y]
            assert stream.valid(), "the link would refuse a state that steps have made"
            if step in WHEN and (ended := [*came, *stream.fork().finish()]):  # of none, Keras makes nothing either
                wanted = np.asarray(built[name](x[None, :step]))[0]
                if wanted.ndim == 1:
                    near(ended[-1], wanted)
                else:
                    assert len(ended) == len(wanted)
                    near(np.array(ended).reshape(wanted.shape), wanted)


def test_windows_are_what_keras_makes_of_the_last_frames(tmp_path: Path) -> None:
    built = {f"w{k}": model for k, model in enumerate(models(8, 12, WINDOW, ("causal", "valid", "valid", "same")))}
    made = {name: made_of(model, tmp_path, name, 4) for name, model in built.items()}
    streams = {name: one for name, one in made.items() if one is not None}
    assert len(streams) >= 4 and any("static void ends(" in one.files[f"{one.name}.c"] for one in streams.values())
    library = library_of(list(streams.values()), tmp_path)
    for name, one in streams.items():
        stream = Stream(one, library)
        x = np.random.default_rng(4).normal(size=(WINDOW + 12, one.inputs[0].frame)).astype(np.float32)
        came = [y for y in map(stream.step, x) if stream.valid() and y is not None]
        windows = np.stack([x[first : first + WINDOW] for first in range(0, 13, 4)])
        wanted = np.asarray(built[name](windows))
        assert one.rate is not None and one.rate.every == 4
        assert len(came) == len(wanted)
        near(np.array(came), wanted)


@pytest.mark.parametrize("carry", [False, True], ids=["frames", "cell"])
@pytest.mark.parametrize("hop", [1, 2, 4, 6])
def test_windows_begin_where_frames_do(hop: int, carry: bool, tmp_path: Path) -> None:
    """Frames of three steps are those of windows at every third step only: put out, or led through a cell."""
    given = keras.Input((WINDOW, 2))
    x = keras.layers.Conv1D(2, 3, 3)(given)
    model = keras.Model(given, keras.layers.LSTM(2)(x) if carry else x)
    model.save(tmp_path / "odd.keras")
    graph = fuse(load(tmp_path / "odd.keras", Settings()).graph)
    if hop % 3 == 0:
        passes.compile_graph(graph, None, stream=True, hop=hop, carry=carry)
        return
    with pytest.raises(passes.StreamError) as error:
        passes.compile_graph(graph, None, stream=True, hop=hop, carry=carry)
    assert error.value.why == "it has a frame for every 3 steps"


def test_a_sequence_of_open_length_beside_an_input_without_axes(tmp_path: Path) -> None:
    """Found by the fuzzer: an IndexError."""
    frames, word = keras.Input((None, 3)), keras.Input((), dtype="int32")
    outputs = [keras.layers.MaxPooling1D()(frames), keras.layers.Embedding(9, 5)(word)]
    keras.Model([frames, word], outputs).save(tmp_path / "m.keras")
    with pytest.raises(UnsupportedError, match="length is not fixed"):
        passes.compile_graph(fuse(load(tmp_path / "m.keras", Settings()).graph))
