"""Layers inside tensorflow-model-optimization's PruneLowMagnitude, from files written here as its 0.8 writes them:
``prune_low_magnitude_NAME`` with the layer inside, and mask, threshold and pruning_step behind its arrays. The package
itself is not installed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_models import write_hdf5

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

SCHEDULE = {
    "class_name": "PolynomialDecay",
    "config": {
        "initial_sparsity": 0.0, "final_sparsity": 0.8, "power": 3, "begin_step": 0, "end_step": 100, "frequency": 10,
    },
}  # fmt: skip


def wrapper(file_class: str, name: str, **options: Any) -> dict[str, Any]:
    own = {"name": name, "trainable": True, "dtype": "float32", **options}
    return {
        "class_name": "PruneLowMagnitude",
        "config": {
            "name": f"prune_low_magnitude_{name}", "trainable": True, "dtype": "float32", "pruning_schedule": SCHEDULE,
            "block_size": [1, 1], "block_pooling_type": "AVG", "layer": {"class_name": file_class, "config": own},
        },
    }  # fmt: skip


def written(path: Path, shape: list[Any], layer: dict[str, Any], arrays: dict[str, Any]) -> Path:
    name = layer["config"]["name"]
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": shape, "dtype": "float32", "name": "x"}}
    stored = {f"{name}/{word}:0": values for word, values in arrays.items()}
    return write_hdf5(path, "2.15.0", {"name": "m", "layers": [first, layer]}, {"x": {}, name: stored})


def weights(rng: np.random.Generator, *shape: int) -> Any:
    return rng.normal(size=shape).astype(np.float32)


def test_a_dense_layer_is_its_kernel_times_the_mask(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kernel, bias, x = weights(rng, 5, 4), weights(rng, 4), weights(rng, 7, 5)
    mask = (rng.random((5, 4)) > 0.7).astype(np.float32)
    arrays = {"kernel": kernel, "bias": bias, "mask": mask, "threshold": np.float32(0.4), "pruning_step": np.int64(90)}
    layer = wrapper("Dense", "d", units=4, activation="linear", use_bias=True)
    graph = load(written(tmp_path / "m.h5", [None, 5], layer, arrays), Settings()).graph
    (y,) = Reference(graph, np.float64).run([x])
    np.testing.assert_allclose(y, x @ (kernel * mask).astype(np.float64) + bias, atol=1e-6)
    assert not np.allclose(y, x @ kernel + bias, atol=1e-2)


def test_a_cell_has_a_mask_a_matrix(tmp_path: Path) -> None:
    """As many units as inputs: both matrices have one shape, and masks come in their order."""
    rng = np.random.default_rng(1)
    arrays = {"kernel": weights(rng, 3, 3), "recurrent_kernel": weights(rng, 3, 3), "bias": weights(rng, 3)}
    masks = [(rng.random((3, 3)) > 0.5).astype(np.float32) for _ in range(2)]
    arrays |= {"mask": masks[0], "threshold": np.float32(0), "mask_1": masks[1], "threshold_1": np.float32(0)}
    arrays |= {"pruning_step": np.int64(90)}
    layer = wrapper("SimpleRNN", "r", units=3, activation="tanh", use_bias=True)
    graph = load(written(tmp_path / "m.h5", [None, 6, 3], layer, arrays), Settings()).graph
    x, h = weights(rng, 2, 6, 3), np.zeros((2, 3))
    (y,) = Reference(graph, np.float64).run([x])
    for k in range(6):
        z = x[:, k] @ (arrays["kernel"] * masks[0]) + h @ (arrays["recurrent_kernel"] * masks[1])
        h = np.tanh(z + arrays["bias"])
    np.testing.assert_allclose(y, h, atol=1e-6)


def test_a_mask_that_fits_nothing_is_told(tmp_path: Path) -> None:
    arrays = {
        "kernel": np.ones((5, 4)),
        "bias": np.ones(4),
        "mask": np.ones((4, 5)),
        "threshold": 0.0,
        "pruning_step": 1,
    }
    layer = wrapper("Dense", "d", units=4, activation="linear", use_bias=True)
    with pytest.raises(GatesmithError, match=r"no weights of that shape"):
        load(written(tmp_path / "m.h5", [None, 5], layer, arrays), Settings())


QKERAS = (
    *("QActivation", "QAdaptiveActivation", "QDense", "QConv1D", "QConv2D", "QDepthwiseConv2D", "QSeparableConv1D"),
    *("QSeparableConv2D", "QConv2DTranspose", "QSimpleRNN", "QSimpleRNNCell", "QLSTM", "QLSTMCell", "QGRU", "QGRUCell"),
    *("QBidirectional", "QBatchNormalization", "QAveragePooling2D", "QGlobalAveragePooling2D", "QConv2DBatchnorm"),
    "QDepthwiseConv2DBatchnorm",
)
"""All layers of QKeras 0.9, as the package itself lists them."""


@pytest.mark.parametrize(
    ("file_class", "message"),
    [
        ("QuantizeAnnotate", "for TFLite's integers"),
        ("ClusterWeights", "in a form for training"),
        *((name, "is a layer of QKeras") for name in QKERAS),
    ],
)
def test_other_quantising_layers_are_refused_by_name(tmp_path: Path, file_class: str, message: str) -> None:
    layer = {"class_name": file_class, "config": {"name": "d", "units": 4}}
    with pytest.raises(GatesmithError) as refusal:
        load(written(tmp_path / "m.h5", [None, 5], layer, {"kernel": np.ones((5, 4), np.float32)}), Settings())
    assert message in str(refusal.value.what) + str(refusal.value.why) and file_class in str(refusal.value)
