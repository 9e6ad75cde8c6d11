"""What the fuse pass joins, and that the joined graph computes the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")

Build = Callable[[Any], Any]


def _stack(*layers: Any) -> Build:
    def build(x: Any) -> Any:
        for layer in layers:
            x = layer(x)
        return x

    return build


def _residual(x: Any) -> Any:
    skip = keras.layers.Conv1D(3, 3, padding="same")(x)
    return keras.layers.Add()([keras.layers.BatchNormalization()(skip), skip])


def _cases() -> list[tuple[str, Build, tuple[int, ...], list[str]]]:
    L = keras.layers
    return [
        (
            "conv, batch normalization, relu",
            _stack(L.Conv2D(4, 3, padding="same"), L.BatchNormalization(), L.ReLU()),
            (6, 5, 2),
            ["convolution"],
        ),
        ("depthwise", _stack(L.DepthwiseConv2D(3), L.BatchNormalization(), L.ReLU(6.0)), (6, 5, 2), ["depthwise"]),
        ("pointwise", _stack(L.Conv2D(4, 1, use_bias=False), L.BatchNormalization()), (6, 5, 2), ["dense"]),
        ("dense", _stack(L.Dense(4), L.BatchNormalization(), L.Activation("tanh")), (5,), ["dense"]),
        ("zeros", _stack(L.ZeroPadding2D(((0, 1), (1, 0))), L.Conv2D(4, 3, strides=2)), (6, 5, 2), ["convolution"]),
        ("many zeros", _stack(L.ZeroPadding1D(4), L.Conv1D(4, 3)), (6, 2), ["pad", "convolution"]),
        ("along time", _stack(L.Conv1D(3, 3), L.BatchNormalization(axis=1)), (6, 2), ["convolution", "normalize"]),
        ("read twice", _residual, (6, 2), ["convolution", "normalize", "merge"]),
        (
            "before",
            _stack(L.BatchNormalization(), L.Conv1D(4, 3, padding="same")),
            (6, 2),
            ["normalize", "convolution"],
        ),
    ]


@pytest.mark.parametrize("index", range(len(_cases())), ids=[case[0] for case in _cases()])
def test_joined(index: int, tmp_path: Path) -> None:
    _, build, shape, kinds = _cases()[index]
    rng = np.random.default_rng(3)
    entry = keras.Input(shape)
    model = keras.Model(entry, build(entry))
    for array in model.weights:
        spread = rng.uniform(0.5, 1.5, array.shape) if "variance" in array.name else rng.normal(size=array.shape)
        array.assign(spread)
    model.save(tmp_path / "model.keras")
    graph = load(tmp_path / "model.keras", Settings()).graph
    joined = fuse(graph)
    assert [node.op.kind for node in joined.nodes] == kinds
    x = rng.normal(size=(3, *shape))
    (wanted,), (got,) = Reference(graph).run([x]), Reference(joined).run([x])
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * max(1.0, float(np.abs(wanted).max())))
