"""QuantizeWrapperV2, QuantizeLayer and PruneLowMagnitude of tensorflow-model-optimization, as its 0.8 writes them.
The grids themselves are held to TensorFlow's in ``test_fake_quant``. The package is not installed; a file of its own
gave the same outputs (docs/numerics.md)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric_types import FINE
from report_models import write_hdf5

from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.layers.copy import Copy
from gatesmith.layers.fake_quant import fake_quant
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.quantization.prepare import in_numbers

Part = tuple[dict[str, Any], dict[str, Any]]
DENSE, CONV = "Default8BitQuantizeConfig", "Default8BitConvQuantizeConfig"
RNG = np.random.default_rng(0)


def weights(*shape: int) -> Any:
    return RNG.normal(size=shape).astype(np.float32)


def wrapper(file_class: str, name: str, rule: str, activation: Any, arrays: dict[str, Any], **options: Any) -> Part:
    """A layer as ``quantize_model`` leaves it, and its arrays by the names within the layer's group."""
    inner = {"name": name, "trainable": True, "dtype": "float32", **options}
    if activation is not None:
        inner["activation"] = {"class_name": "QuantizeAwareActivation", "config": {"activation": activation}}
    config = {
        "name": f"quant_{name}", "trainable": True, "dtype": "float32",
        "layer": {"module": "keras.layers", "class_name": file_class, "config": inner, "registered_name": None},
        "quantize_config": {"class_name": rule, "config": {}},
    }  # fmt: skip
    tensors = {key: value for key, value in arrays.items() if not key.endswith(("_min", "_max"))}
    ends = {f"quant_{name}/{key}": value for key, value in arrays.items() if key not in tensors}
    step = {f"quant_{name}/optimizer_step": np.int32(-1)}
    return {"class_name": "QuantizeWrapperV2", "config": config}, {
        **{f"{name}/{key}": value for key, value in tensors.items()}, **step, **ends,
    }  # fmt: skip


def entrance(low: float, high: float) -> Part:
    quantizer = {"class_name": "AllValuesQuantizer", "config": {"num_bits": 8, "per_axis": False, "symmetric": False,
                 "narrow_range": False}}  # fmt: skip
    config = {"name": "quantize_layer", "trainable": True, "dtype": "float32", "quantizer": quantizer}
    arrays = {"quantize_layer_min": low, "quantize_layer_max": high, "optimizer_step": np.int32(-1)}
    return {"class_name": "QuantizeLayer", "config": config}, {
        f"quantize_layer/{key}": np.float32(value) for key, value in arrays.items()
    }


def written(path: Path, shape: list[Any], parts: Sequence[Part]) -> Path:
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": shape, "dtype": "float32", "name": "x"}}
    layers = [first, *(layer for layer, _ in parts)]
    stored = {layer["config"]["name"]: {f"{word}:0": values for word, values in data.items()} for layer, data in parts}
    return write_hdf5(path, "2.15.0", {"name": "m", "layers": layers}, {"x": {}, **stored})


def ends(name: str, low: Any, high: Any) -> dict[str, Any]:
    return {f"{name}_min": np.float32(low), f"{name}_max": np.float32(high)}


def dense(name: str, inputs: int, units: int, activation: Any, place: str, low: float, high: float) -> Part:
    arrays = {"kernel": weights(inputs, units), "bias": weights(units)}
    most = float(np.abs(arrays["kernel"]).max())
    arrays |= ends("kernel", -most, most) | ends(place, low, high)
    return wrapper("Dense", name, DENSE, activation, arrays, units=units, use_bias=True)


def network(path: Path) -> tuple[Path, list[dict[str, Any]]]:
    parts = [
        entrance(-2.0, 3.0),
        dense("a", 5, 8, "relu", "post_activation", -0.1, 6.0),
        dense("b", 8, 6, "tanh", "pre_activation", -9.0, 8.0),
        dense("c", 6, 4, "softmax", "pre_activation", -5.0, 5.5),
    ]
    return written(path, [None, 5], parts), [arrays for _, arrays in parts]


def on_grid(array: Any, **options: Any) -> Any:
    most = float(np.abs(array).max())
    return fake_quant(-most, most, narrow=True, **options).apply(array)[0]


def rounded(x: Any, low: float, high: float) -> Any:
    return fake_quant(low, high).apply(x.astype(np.float32))[0]


def right(x: Any, arrays: Sequence[dict[str, Any]]) -> Any:
    x = rounded(x, -2.0, 3.0)
    x = rounded(np.maximum(x @ on_grid(arrays[1]["a/kernel"]) + arrays[1]["a/bias"], 0), -0.1, 6.0)
    x = np.tanh(rounded(x @ on_grid(arrays[2]["b/kernel"]) + arrays[2]["b/bias"], -9.0, 8.0))
    x = np.exp(rounded(x @ on_grid(arrays[3]["c/kernel"]) + arrays[3]["c/bias"], -5.0, 5.5))
    return x / x.sum(axis=1, keepdims=True)


def test_values_are_rounded_before_or_behind_activations(tmp_path: Path) -> None:
    path, arrays = network(tmp_path / "m.h5")
    x = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    (y,) = Reference(load(path, Settings()).graph, np.float32).run([x])
    np.testing.assert_allclose(y, right(x, arrays), atol=1e-6)


@pytest.mark.parametrize("numeric", FINE)
def test_integers_take_the_ranges_of_the_file(numeric: str, tmp_path: Path) -> None:
    """Whatever calibration shows: here a tenth of the values that come."""
    path, arrays = network(tmp_path / "m.h5")
    x = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    np.savez(tmp_path / "c.npz", in_0=x / 10)
    settings = Settings(numeric=numeric, calibration=str(tmp_path / "c.npz"))
    graph: Graph = in_numbers(load(path, settings), settings, NUMERICS[numeric])
    assert sum(isinstance(node.op, Copy) for node in graph.nodes) == 4
    (y,) = evaluate(graph, [x])
    error = np.abs(y - right(x, arrays))
    assert error.max() < 0.1
    assert np.sqrt(np.mean(error**2)) < 0.012


def test_a_convolution_has_a_range_a_channel(tmp_path: Path) -> None:
    kernel = weights(3, 3, 2, 4)
    most = np.abs(kernel).max(axis=(0, 1, 2))
    options = {"filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "use_bias": False}
    nothing = {"class_name": "NoOpActivation", "config": {}}
    conv = wrapper("Conv2D", "c", CONV, nothing, {"kernel": kernel, **ends("kernel", -most, most)}, **options)
    relu = wrapper("ReLU", "r", DENSE, None, ends("output", -0.2, 5.0), max_value=None)
    flat = wrapper("Flatten", "f", DENSE, None, {})
    graph = load(written(tmp_path / "m.h5", [None, 3, 3, 2], [conv, relu, flat]), Settings()).graph
    x = weights(20, 3, 3, 2)
    (y,) = Reference(graph, np.float32).run([x])
    grids = np.stack([on_grid(kernel[..., k]) for k in range(4)], axis=-1)
    wanted = rounded(np.maximum(x.reshape(20, -1) @ grids.reshape(-1, 4), 0), -0.2, 5.0)
    np.testing.assert_allclose(y, wanted, atol=1e-6)


def test_other_rules_of_the_default_schemes_are_read(tmp_path: Path) -> None:
    """Of a layer before an annotated one, of an Activation, and of one whose clusters were kept."""
    kernels = [weights(5, 8), weights(8, 3)]
    first = wrapper("Dense", "a", "OutputOnlyConfig", "linear", {"kernel": kernels[0]}, units=8, use_bias=False)
    first[0]["config"]["quantize_config"]["config"] = {"quantize_config": {"class_name": DENSE, "config": {}}}
    arrays = ends("output", -0.1, 6.0)
    relu = wrapper("Activation", "r", "Default8BitActivationQuantizeConfig", None, arrays)
    relu[0]["config"]["layer"]["config"]["activation"] = "relu"
    most = float(np.abs(kernels[1]).max())
    arrays = {"kernel": kernels[1], **ends("kernel", -most, most), **ends("post_activation", -9.0, 8.0)}
    arrays |= {"cluster_centroids_tf": weights(4), "ori_weights_vars_tf": weights(8, 3)}
    arrays |= {"pulling_indices_tf": np.zeros((8, 3), np.int32)}
    last = wrapper("Dense", "b", DENSE, "linear", arrays, units=3, use_bias=False)
    graph = load(written(tmp_path / "m.h5", [None, 5], [first, relu, last]), Settings()).graph
    x = weights(20, 5)
    (y,) = Reference(graph, np.float32).run([x])
    wanted = rounded(np.maximum(x @ kernels[0], 0), -0.1, 6.0) @ on_grid(kernels[1])
    np.testing.assert_allclose(y, rounded(wanted, -9.0, 8.0), atol=1e-6)


@pytest.mark.parametrize(
    ("config", "arrays", "message"),
    [
        ({"quantize_config": {"class_name": "Mine", "config": {}}}, {}, "rounds as Mine says"),
        ({"layer": {"class_name": "Lambda", "config": {"name": "a"}}}, {}, "keeps Python code"),
        ({}, {"quant_a/kernel_min": None}, "one end only"),
        ({}, {"quant_a/other_min": np.float32(-1), "quant_a/other_max": np.float32(1)}, "no such array"),
        ({}, {"quant_a/post_activation_max": np.float32(-1)}, "no grid"),
        ({}, {"quant_a/kernel_max": np.ones(3, "f4"), "quant_a/kernel_min": -np.ones(3, "f4")}, "3 ranges"),
    ],
)
def test_code_of_others_and_ranges_that_mean_nothing_are_refused(
    config: dict[str, Any], arrays: dict[str, Any], message: str, tmp_path: Path
) -> None:
    layer, stored = dense("a", 5, 8, "relu", "post_activation", 0.0, 6.0)
    layer["config"].update(config)
    changed = {key: value for key, value in {**stored, **arrays}.items() if value is not None}
    with pytest.raises(GatesmithError, match=message):
        load(written(tmp_path / "m.h5", [None, 5], [(layer, changed)]), Settings())


SCHEDULE = {
    "class_name": "PolynomialDecay",
    "config": {
        "initial_sparsity": 0.0, "final_sparsity": 0.8, "power": 3, "begin_step": 0, "end_step": 100, "frequency": 10,
    },
}  # fmt: skip


def pruned(file_class: str, arrays: dict[str, Any], **options: Any) -> Part:
    """A layer as ``prune_low_magnitude`` leaves it; mask, threshold and pruning_step are behind its arrays."""
    name = "prune_low_magnitude_inner"
    inner = {"class_name": file_class, "config": {"name": "inner", "trainable": True, "dtype": "float32", **options}}
    config = {
        "name": name, "trainable": True, "dtype": "float32", "pruning_schedule": SCHEDULE, "block_size": [1, 1],
        "block_pooling_type": "AVG", "layer": inner,
    }  # fmt: skip
    return {"class_name": "PruneLowMagnitude", "config": config}, {f"{name}/{key}": arrays[key] for key in arrays}


def test_a_dense_layer_is_its_kernel_times_the_mask(tmp_path: Path) -> None:
    kernel, bias, x = weights(5, 4), weights(4), weights(7, 5)
    mask = (RNG.random((5, 4)) > 0.7).astype(np.float32)
    arrays = {"kernel": kernel, "bias": bias, "mask": mask, "threshold": np.float32(0.4), "pruning_step": np.int64(90)}
    layer = pruned("Dense", arrays, units=4, activation="linear", use_bias=True)
    graph = load(written(tmp_path / "m.h5", [None, 5], [layer]), Settings()).graph
    (y,) = Reference(graph, np.float64).run([x])
    np.testing.assert_allclose(y, x @ (kernel * mask).astype(np.float64) + bias, atol=1e-6)
    assert not np.allclose(y, x @ kernel + bias, atol=1e-2)


def test_a_cell_has_a_mask_a_matrix(tmp_path: Path) -> None:
    """As many units as inputs: both matrices have one shape, and masks come in their order."""
    arrays = {"kernel": weights(3, 3), "recurrent_kernel": weights(3, 3), "bias": weights(3)}
    masks = [(RNG.random((3, 3)) > 0.5).astype(np.float32) for _ in range(2)]
    arrays |= {"mask": masks[0], "threshold": np.float32(0), "mask_1": masks[1], "threshold_1": np.float32(0)}
    arrays |= {"pruning_step": np.int64(90)}
    layer = pruned("SimpleRNN", arrays, units=3, activation="tanh", use_bias=True)
    graph = load(written(tmp_path / "m.h5", [None, 6, 3], [layer]), Settings()).graph
    x, h = weights(2, 6, 3), np.zeros((2, 3))
    (y,) = Reference(graph, np.float64).run([x])
    for k in range(6):
        z = x[:, k] @ (arrays["kernel"] * masks[0]) + h @ (arrays["recurrent_kernel"] * masks[1])
        h = np.tanh(z + arrays["bias"])
    np.testing.assert_allclose(y, h, atol=1e-6)


def test_a_mask_that_fits_nothing_is_told(tmp_path: Path) -> None:
    arrays = {"kernel": np.ones((5, 4)), "bias": np.ones(4), "mask": np.ones((4, 5)), "threshold": 0.0}
    arrays["pruning_step"] = 1
    layer = pruned("Dense", arrays, units=4, activation="linear", use_bias=True)
    with pytest.raises(GatesmithError, match=r"no weights of that shape"):
        load(written(tmp_path / "m.h5", [None, 5], [layer]), Settings())


def test_an_annotated_layer_is_the_layer(tmp_path: Path) -> None:
    """``quantize_annotate_model`` without ``quantize_apply``: the wrapper calls what it wraps, which finds masks."""
    keras: Any = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
    noted = type("QuantizeAnnotate", (keras.layers.Wrapper,), {"call": lambda self, *x, **y: self.layer.call(*x, **y)})
    parts = map(noted, [keras.layers.LSTM(5), keras.layers.BatchNormalization()])
    model = keras.Sequential([keras.layers.Masking(input_shape=(6, 3)), *parts])
    model.set_weights([np.abs(weights(*one.shape)) for one in model.get_weights()])
    model.save(tmp_path / "m.h5")
    x = weights(4, 6, 3) * (np.arange(6) < 4)[:, None]
    y = Reference(load(tmp_path / "m.h5", Settings()).graph, np.float64).run([x])[0]
    np.testing.assert_allclose(y, model.predict(x, verbose=0), atol=1e-5)


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
        ("ClusterWeights", "in a form for training"),
        ("ClusterWeightsRNN", "in a form for training"),
        *((name, "is a layer of QKeras") for name in QKERAS),
        ("Vitis>QuantizeWrapper", "of Vitis AI's quantizer"),
    ],
)
def test_other_quantising_layers_are_refused_by_name(tmp_path: Path, file_class: str, message: str) -> None:
    """Also where the file names the class's module, as .keras does."""
    module = "tensorflow_model_optimization.python.core.clustering.keras.cluster_wrapper"
    layer = {"class_name": file_class, "module": module, "config": {"name": "d", "units": 4}}
    with pytest.raises(GatesmithError) as refusal:
        load(written(tmp_path / "m.h5", [None, 5], [(layer, {"d/kernel": np.ones((5, 4), np.float32)})]), Settings())
    assert message in str(refusal.value.what) + str(refusal.value.why) and file_class in str(refusal.value)
