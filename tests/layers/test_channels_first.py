"""Convolutions and pools with channels first, which TensorFlow computes on every machine only through XLA. Softmax and
its kin go along the last axis there, which holds no channels. No output is as wide as it has channels: Keras with
TensorFlow, as it is called, may add the bias along the width then."""

from pathlib import Path

import numpy as np
import pytest

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

from .cases import Layer
from .lab import lively, make

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")

CASES: tuple[tuple[Layer, tuple[int, ...]], ...] = tuple(
    (Layer(name, {"data_format": "channels_first", **options}), shape)
    for name, options, shape in (
        ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2}, (3, 9)),
        ("Conv1D", {"filters": 4, "kernel_size": 1}, (3, 9)),
        ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "padding": "same"}, (3, 6, 5)),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "activation": "relu"}, (3, 6, 5)),
        ("Conv3D", {"filters": 3, "kernel_size": 2}, (2, 4, 5, 6)),
        ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}, (3, 6, 5)),
        ("SeparableConv2D", {"filters": 4, "kernel_size": 3}, (3, 6, 5)),
        ("Conv1D", {"filters": 4, "kernel_size": 2, "activation": "softmax"}, (3, 9)),
        ("Conv2D", {"filters": 4, "kernel_size": 2, "activation": "softmax"}, (3, 6, 7)),
        ("Conv2D", {"filters": 4, "kernel_size": 1, "activation": "log_softmax"}, (3, 6, 5)),
        ("Conv2D", {"filters": 4, "kernel_size": 2, "activation": "glu"}, (3, 6, 7)),
        ("DepthwiseConv2D", {"kernel_size": 2, "activation": "softmax"}, (3, 6, 7)),
        ("SeparableConv2D", {"filters": 4, "kernel_size": 2, "activation": "softmax"}, (3, 6, 7)),
        ("Conv2DTranspose", {"filters": 4, "kernel_size": 2, "activation": "softmax"}, (3, 6, 7)),
        ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, (3, 7, 6)),
        ("MaxPooling2D", {"pool_size": (2, 3)}, (3, 7, 6)),
    )
)


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=str)
def test_reference(layer: Layer, shape: tuple[int, ...], tmp_path: Path) -> None:
    import tensorflow as tf

    rng = np.random.default_rng(5)
    given = keras.Input(shape)
    model = keras.Model(given, make(keras, layer)(given))
    lively(model, rng)
    model.save(tmp_path / "model.keras")
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    wanted = tf.function(model, jit_compile=True)(x).numpy()
    assert "filters" not in layer.config or wanted.shape[1] != wanted.shape[-1]
    (got,) = Reference(load(tmp_path / "model.keras", Settings()).graph).run([x])
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6 * max(1.0, float(np.abs(wanted).max())))


@pytest.mark.parametrize("name", ["Conv1D", "Conv2D", "Conv1DTranspose", "SeparableConv2D", "Conv3D"])
def test_as_many_channels_as_columns(name: str, tmp_path: Path) -> None:
    """Two answers are Keras's; the option says which."""
    rank = int(name.split("Conv")[1][0])
    layer = Layer(name, {"data_format": "channels_first", "filters": 5, "kernel_size": 1})
    given = keras.Input((3, *(6,) * (rank - 1), 5))
    keras.Model(given, make(keras, layer)(given)).save(tmp_path / "model.keras")
    with pytest.raises(UnsupportedError, match=f"a bias along axis {rank + 1}"):
        load(tmp_path / "model.keras", Settings())
    assert load(tmp_path / "model.keras", Settings(written_by="Keras 3.6")).graph.nodes
