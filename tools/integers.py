"""Where integers lose: signal to noise of each numeric type beside Keras, on data that calibration has not seen.

.venv/bin/python tools/integers.py [--types int8 int16] [--models NAME ...] [--json FILE] [--before FILE]

Models of random weights, their last layer fitted by ridge regression, are made once in out/integers, with Keras's
outputs; then only the NumPy reference runs, which is what devices compute. ``--before`` shows the change from an
earlier ``--json``.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import fitted, load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.quantization.prepare import in_numbers

FOLDER = Path(__file__).resolve().parent.parent / "out" / "integers"
MOST = 150
"""Samples that are held out."""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Case:
    """A model and its data: calibrated on the first half, tested on what follows.

    Args:
        twin: the case that computes the same on standardised inputs.
    """

    name: str
    model: Any
    inputs: Array
    twin: str = ""


def waves(rng: np.random.Generator, samples: int, steps: int, features: int) -> Array:
    """Sines of random frequency, phase and size, with noise: (samples, steps, features)."""
    phase, speed = rng.uniform(0, 6.28, (samples, 1, features)), rng.uniform(0.02, 0.3, (samples, 1, features))
    size = rng.uniform(0.5, 1.5, (samples, 1, features))
    x = np.sin(speed * np.arange(steps)[None, :, None] * 2 + phase) * size
    return (x + 0.2 * rng.normal(size=x.shape)).astype(np.float32)


class Kit:
    """Makes the models: weights and data from one seed."""

    def __init__(self) -> None:
        keras = import_module("keras")
        self.keras, self.layers, self.rng = keras, keras.layers, np.random.default_rng(0)
        keras.utils.set_random_seed(0)
        self.x = waves(self.rng, 300, 40, 6)
        self.recent = self.x[:, -5:].sum((1, 2))

    def model(self, shape: tuple[int | None, ...], *stack: Any) -> Any:
        """Layers, the recurrent ones among them livelier than Keras makes them."""
        made = self.keras.Sequential([self.keras.Input(shape), *stack])
        for layer in made.layers:
            if isinstance(layer, (self.layers.LSTM, self.layers.GRU)):
                kernel, recurrent, bias = layer.get_weights()
                bias = bias + self.rng.normal(size=bias.shape) * 0.1
                layer.set_weights([kernel * 1.3, recurrent * 1.17, bias])
        return made

    def fit(self, made: Any, x: Array, wanted: Array) -> None:
        """Give the last layer the weights by which its outputs are as wanted."""
        inner = np.asarray(self.keras.Model(made.inputs[0], made.layers[-2].output)(x))
        seen = inner.reshape(-1, inner.shape[-1])
        seen = np.c_[seen, np.ones(len(seen))]
        ridge = seen.T @ seen + 1e-4 * len(seen) * np.eye(seen.shape[1])
        weights = np.linalg.solve(ridge, seen.T @ wanted.reshape(len(seen), -1))
        made.layers[-1].set_weights([weights[:-1], weights[-1]])

    def small(self, wanted: Array) -> Any:
        """LSTM(24) and a Dense that gives what is wanted of the waves."""
        made = self.model((40, 6), self.layers.LSTM(24), self.layers.Dense(wanted.size // len(wanted)))
        self.fit(made, self.x, wanted)
        return made


def change(layer: Any, gain: Array | float, bias: Array | float = 0.0) -> None:
    """Scale a layer's kernel, and add to its bias."""
    kernel, *more = layer.get_weights()
    more[-1] = more[-1] + bias
    layer.set_weights([kernel * gain, *more])


def cases() -> Iterator[Case]:
    """The models of the table, in its order."""
    kit = Kit()
    yield from _ranges(kit)
    yield from _features(kit)
    yield from _others(kit)


def _ranges(kit: Kit) -> Iterator[Case]:
    layers = kit.layers
    stack = [layers.LSTM(32, return_sequences=True), layers.LSTM(32, return_sequences=True), layers.LSTM(32)]
    deep = kit.model((40, 6), *stack, layers.Dense(1))
    kit.fit(deep, kit.x, kit.recent)
    yield Case("LSTM 3 x 32", deep, kit.x)
    for name, size in (("output about 1e-5", 1e-5), ("output about 1e6", 1e6)):
        yield Case(name, kit.small(kit.recent * size + 3 * size), kit.x)
    one = kit.model((40, 6), layers.GRU(128), layers.Dense(4, activation="softmax"))
    change(one.layers[-1], 4)
    yield Case("GRU(128) softmax", one, kit.x)


def _features(kit: Kit) -> Iterator[Case]:
    one = kit.small(kit.recent)
    yield Case("twin of x 1000", one, kit.x)
    change(one.layers[0], np.array([0.001, 1, 1, 1, 1, 1])[:, None])
    yield Case("one feature x 1000", one, kit.x * np.array([1000, 1, 1, 1, 1, 1], np.float32), "twin of x 1000")
    one = kit.small(kit.recent)
    yield Case("twin of 1013 +- 5", one, kit.x)
    change(one.layers[0], np.array([0.2, 100, 1, 1, 1, 1])[:, None], -1013 * one.layers[0].get_weights()[0][0] / 5)
    raw = kit.x * np.array([5, 0.01, 1, 1, 1, 1], np.float32) + np.array([1013, 0, 0, 0, 0, 0], np.float32)
    yield Case("one feature 1013 +- 5, one +- .01", one, raw, "twin of 1013 +- 5")
    still = kit.x.copy()
    still[:, :, 2:5] = np.array([0, 7.5, -0.001], np.float32)
    one = kit.model((40, 6), kit.layers.LSTM(24), kit.layers.Dense(2))
    kit.fit(one, still, np.stack([kit.x[:, -3:].sum((1, 2)), kit.x[:, -1, 0]], 1))
    yield Case("constant features", one, still)


def _others(kit: Kit) -> Iterator[Case]:
    layers, rng = kit.layers, kit.rng
    words = rng.integers(0, 50, (300, 25)).astype(np.float32)
    one = kit.model((25,), layers.Embedding(50, 16), layers.LSTM(32), layers.Dense(50, activation="softmax"))
    one.layers[0].set_weights([rng.normal(size=(50, 16)) * 0.6])
    change(one.layers[-1], 5)
    yield Case("Embedding, LSTM, softmax", one, words)
    long = waves(rng, 40, 2000, 3)
    shown = long[:, :300]
    for cell, wanted in ((layers.LSTM, np.cumsum(shown[:, :, 0], 1) * 0.05), (layers.GRU, shown[:, :, 1])):
        one = kit.model((None, 3), cell(16, return_sequences=True), layers.Dense(1))
        kit.fit(one, shown, wanted)
        yield Case(f"{cell.__name__}, 2,000 steps", one, long)
    flat = rng.normal(size=(600, 12)).astype(np.float32)
    flat[:, 0] = np.exp(2 * flat[:, 0])
    one = kit.model((12,), *(layers.Dense(n, activation="relu") for n in (64, 64, 32)), layers.Dense(3))
    kit.fit(one, flat, np.stack([np.sin(flat[:, 1]), flat[:, 2] * flat[:, 3], np.log(flat[:, 0])], 1))
    yield Case("MLP, log-normal input", one, flat)
    stack = [layers.LSTM(32, return_sequences=True), layers.GRU(32), layers.Dense(16, activation="relu")]
    one = kit.model((40, 6), *stack, layers.Dense(1, activation="sigmoid"))
    change(one.layers[-1], 6, -4)
    yield Case("rare-event sigmoid", one, kit.x)


def make(folder: Path) -> None:
    """The models, calibration and test data, and Keras's outputs, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for count, case in enumerate(cases()):
        half = len(case.inputs) // 2
        test = case.inputs[half : half + min(half, MOST)]
        case.model.save(folder / f"{count}.keras")
        np.savez(folder / f"{count}.calibration.npz", in_0=case.inputs[:half])
        np.savez(folder / f"{count}.test.npz", in_0=test, out_0=np.asarray(case.model(test), np.float64))
        index.append({"name": case.name, "twin": case.twin})
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def signal_to_noise(ours: Array, right: Array) -> float:
    """Decibels of what varies in the right answers over what differs."""
    signal = np.mean((right - right.mean(axis=0)) ** 2)
    return float(10 * np.log10(signal / max(np.mean((ours - right) ** 2), 1e-300)))


def measure(folder: Path, count: int, numeric: str, observer: str) -> float:
    """Signal to noise of a model of the folder in a numeric type; not a number where it is refused."""
    with np.load(folder / f"{count}.test.npz") as data:
        x, right = data["in_0"], data["out_0"]
    shown = str(folder / f"{count}.calibration.npz")
    settings = Settings(numeric=numeric, calibration=shown, observer=observer)
    try:
        model = fitted(load(folder / f"{count}.keras", settings), [x])
        (ours,) = evaluate(in_numbers(model, settings, NUMERICS[numeric]), [x])
    except GatesmithError as error:
        print(f"{numeric}: {error.what}")
        return float("nan")
    return signal_to_noise(ours.reshape(right.shape), right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", nargs="*", default=[n for n in NUMERICS if n != "float32"])
    parser.add_argument("--models", nargs="*", help="parts of their names")
    parser.add_argument("--observer", default=Settings().observer)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--before", type=Path)
    given = parser.parse_args()
    if not (FOLDER / "index.json").exists():
        os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
        make(FOLDER)
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    before = json.loads(given.before.read_text(encoding="utf-8")) if given.before else {}
    found: dict[str, dict[str, float]] = {}
    print("| model | " + " | ".join(given.types) + " |\n|" + " --- |" * (1 + len(given.types)))
    for count, case in enumerate(index):
        if given.models and not any(part in case["name"] for part in given.models):
            continue
        row = found[case["name"]] = {t: round(measure(FOLDER, count, t, given.observer), 1) for t in given.types}
        known = before.get(case["name"], {})
        cells = [f"{v:.1f}" + (f" ({v - known[t]:+.1f})" if t in known else "") for t, v in row.items()]
        print(f"| {case['name']} | " + " | ".join(cells) + " |", flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
