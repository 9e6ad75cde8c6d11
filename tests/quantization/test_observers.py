"""The observer that halves of the data choose."""

from pathlib import Path

import graphs
import numpy as np
import pytest

from gatesmith.core.functions import Function
from gatesmith.core.graph import Array, Graph
from gatesmith.core.settings import Settings
from gatesmith.data.datasets import Batch
from gatesmith.importers.reading import load
from gatesmith.layers.integer import Ranges
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.passes.fuse import fuse
from gatesmith.quantization import observations, observers
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.observations import observe
from gatesmith.quantization.observers import choose
from gatesmith.quantization.quantize import quantize


def two_layers() -> Graph:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", 8)
    (y,) = m.add("first", m.dense(8, 24, Function("relu")), x)
    m.output("y", m.add("last", m.dense(24, 3), y)[0])
    return fuse(m.graph())


def data(seed: int, rare: bool, count: int = 400) -> Array:
    """Normal values; one in a hundred samples far larger in a direction that hardly matters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 8))
    if rare:
        x[::100] *= 12
    return np.asarray(x, np.float32)


@pytest.mark.parametrize("rare", [False, True])
def test_what_is_chosen_is_no_worse_on_other_data(rare: bool) -> None:
    graph = two_layers()
    shown, test = data(1, rare), data(2, False)
    chosen = choose([(graph, Batch([shown]))])
    assert chosen == "minmax" or rare
    (right,) = evaluate(graph, [test])

    def error(observer: str) -> float:
        ranges = calibrate([(graph, [shown])], observer)
        return float(np.square(evaluate(quantize(graph, ranges, NUMERICS["int8"]), [test])[0] - right).mean())

    assert error(chosen) <= 1.05 * error("minmax")


def test_few_samples_tell_nothing() -> None:
    assert choose([(two_layers(), Batch([data(1, True, 15)]))]) == "minmax"


@pytest.mark.parametrize(
    ("percentile", "mse", "chosen"),
    [
        ((0.5, 0.95), (0.8, 0.8), "mse"),
        ((0.5, 0.8), (0.8, 0.8), "percentile"),
        ((0.1, 0.95), (0.1, 1.1), "minmax"),
        ((1.0, 1.0), (1.0, 1.0), "minmax"),
    ],
)
def test_it_must_win_on_both_halves(
    percentile: tuple[float, ...], mse: tuple[float, ...], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {"minmax": (1.0, 1.0), "percentile": percentile, "mse": mse}
    monkeypatch.setattr(observers, "_errors", lambda halves, observer, look: list(errors[observer]))
    assert choose([(two_layers(), Batch([data(1, False)]))]) == chosen


@pytest.mark.parametrize("stream", [False, True])
def test_the_trials_have_the_ranges_of_the_program(
    stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Persistent states have headroom, in the trials on halves of the data too."""
    import keras

    keras.Sequential([keras.Input((12, 3)), keras.layers.LSTM(6), keras.layers.Dense(2)]).save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(40, 12, 3)).astype(np.float32))
    ranges: list[Ranges] = []
    monkeypatch.setattr(
        observations, "calibrate", lambda *batches, **how: (ranges.append(calibrate(*batches, **how)), ranges[-1])[1]
    )
    settings = Settings(calibration=str(tmp_path / "x.npy"), observer="auto", stream=stream)
    model = load(tmp_path / "model.keras", settings)
    observe(model, settings)
    (plain, *_), half = ranges, np.load(tmp_path / "x.npy")[::2]
    assert plain.narrow_inner == calibrate([(model.fused, [half])], "minmax", stream).narrow_inner
    assert plain.narrow_inner != calibrate([(model.fused, [half])], "minmax", not stream).narrow_inner
