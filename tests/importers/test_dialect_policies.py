"""What a layer is registered as, computes in, and is quantised by: read where it is plain, else refused by name."""

from typing import Any

import numpy as np
import pytest
from dialect_files import archive, dense, layer, normal, sequential, source

from gatesmith.core.errors import ModelError, UnsupportedError
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.spec import LayerSpec, Reading

KERNEL = np.array([[-127, 64], [5, 0], [90, 127]], np.int8)


def described(kind: str, module: str = "keras", registered: str | None = None, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


PLAIN = described("DTypePolicy", name="float32")
INT8 = described("QuantizedDTypePolicy", "keras.dtype_policies", mode="int8", source_name="float32")


def read(
    dtype: Any = "float32", quantization: Any = None, kind: str = "Dense", int8: bool = False, **raw: Any
) -> Reading:
    one = layer(kind, name="dense", units=2, dtype=dtype, quantization_config=quantization) | raw
    arrays = [("kernel", KERNEL), ("bias", normal(2)), ("scale", np.array([100, 50], np.float32))]
    return interpret(archive(sequential(source(), one), {"dense": arrays if int8 else dense(3, 2)}, "3.15.1"))


@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        None,
        "mixed_bfloat16",
        PLAIN,
        described("FloatDTypePolicy", name="float32"),
        {"class_name": "Policy", "config": {"name": "float32"}},
        {"class_name": "PolicyV1", "config": {"name": "mixed_float16", "loss_scale": {"class_name": "Dynamic"}}},
        PLAIN | {"registered_name": "DTypePolicy"},
        PLAIN | {"shared_object_id": 7},
    ],
    ids=str,
)
def test_plain_policies_are_read(dtype: Any) -> None:
    assert isinstance(read(dtype).model.layers["dense"], LayerSpec)


@pytest.mark.parametrize(
    ("dtype", "named"),
    [
        (described("DTypePolicyMap", default_policy=PLAIN, policy_map={}), "DTypePolicyMap"),
        (described("DTypePolicy", "mypkg", name="float32"), "DTypePolicy"),
        (described("DTypePolicy", "keras", "mine>Coarse", name="float32"), "mine>Coarse"),
        (described("HalfPolicy", name="float32"), "HalfPolicy"),
        (described("GPTQDTypePolicy", mode="gptq/4/128", source_name="float32"), "gptq"),
        ("posit16", "posit16"),
        ("int32", "int32"),
    ],
    ids=str,
)
def test_policies_that_mean_something_else_are_refused_by_name(dtype: Any, named: str) -> None:
    with pytest.raises(UnsupportedError, match='layer "dense"') as refusal:
        read(dtype)
    assert named in refusal.value.what


@pytest.mark.parametrize(("version", "of_its_input"), [("2.0.2", True), ("2.2.4", True), ("2.3.1", False)])
def test_a_layer_s_type_was_that_of_its_input_before_keras_2_3(version: str, of_its_input: bool) -> None:
    """As every Embedding of Keras 2.0.2 has it."""
    table = layer("Embedding", name="e", input_dim=4, output_dim=2, batch_input_shape=[None, 5], dtype="int32")
    content = archive(sequential(table), {"e": [("e/embeddings:0", normal(4, 2))]}, version)
    if of_its_input:
        assert interpret(content).model.layers.keys() == {"e_input", "e"}
        return
    with pytest.raises(UnsupportedError, match="int32"):
        interpret(content)


@pytest.mark.parametrize(
    "dtype", [3, ["float32"], {"name": "float32"}, described("DTypePolicy"), {}, INT8 | {"config": {}}]
)
def test_what_is_no_policy_is_refused(dtype: Any) -> None:
    with pytest.raises(ModelError, match="dtype"):
        read(dtype)


def quantizer(**config: Any) -> dict[str, Any]:
    return described("AbsMaxQuantizer", "keras.quantizers", **{"value_range": [-127, 127], **config})


def int8_config(activations: Any, **changes: Any) -> dict[str, Any]:
    config = described(
        "Int8QuantizationConfig", "keras.quantizers", weight_quantizer=None, activation_quantizer=activations
    )
    return config | changes


@pytest.mark.parametrize(
    ("config", "rounds"), [(None, True), (int8_config(quantizer()), True), (int8_config(None), False)]
)
def test_keras_s_own_int8_is_read(config: Any, rounds: bool) -> None:
    reading = read(INT8, config, int8=True)
    spec = reading.model.layers["dense"]
    assert isinstance(spec, LayerSpec)
    np.testing.assert_allclose(spec.weights["kernel"], KERNEL / np.array([100, 50]), rtol=1e-6)
    assert bool(spec.config.get("rounds")) is rounds


def test_int4_with_a_scale_a_column_is_read() -> None:
    arrays = [("kernel", np.array([[0x21], [0x43], [0x7F]], np.int8)), ("bias", normal(2)), ("scale", np.full(2, 4.0))]
    one = layer("Dense", name="dense", units=2, dtype="int4/-1_from_float32")  # of block_size=-1
    spec = interpret(archive(sequential(source(), one), {"dense": arrays}, "3.15.1")).model.layers["dense"]
    assert isinstance(spec, LayerSpec)
    np.testing.assert_array_equal(spec.weights["kernel"], np.array([[1, 2], [3, 4], [-1, 7]]) / 4)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        (described("Int4QuantizationConfig", "keras.quantizers", block_size=128), "Int4QuantizationConfig"),
        (described("MyConfig", "keras.quantizers"), "MyConfig"),
        (int8_config(quantizer(), registered_name="mine>Ternary"), "mine>Ternary"),
        (int8_config(quantizer(), module="mypkg"), "Int8QuantizationConfig"),
        (int8_config(quantizer(value_range=[-8, 7])), "Int8QuantizationConfig"),
        (int8_config(quantizer(value_range=127)), "Int8QuantizationConfig"),
        (int8_config(described("Stochastic", "mypkg")), "Int8QuantizationConfig"),
    ],
    ids=["int4", "unknown", "registered", "module", "range", "number", "quantizer"],
)
def test_other_quantizations_are_refused_by_name(config: Any, named: str) -> None:
    with pytest.raises(UnsupportedError, match="is quantised as int8_from_float32") as refusal:
        read(INT8, config, int8=True)
    assert named in refusal.value.what


def test_a_quantization_that_a_plain_policy_does_not_use_changes_nothing() -> None:
    unused = described("Int4QuantizationConfig", "keras.quantizers", block_size=128)
    assert isinstance(read(PLAIN, unused).model.layers["dense"], LayerSpec)


@pytest.mark.parametrize("config", ["int8", 4, {"class_name": "Int8QuantizationConfig"}, []])
def test_what_is_no_quantization_is_refused(config: Any) -> None:
    with pytest.raises(ModelError, match="quantization_config"):
        read(INT8, config, int8=True)


@pytest.mark.parametrize("registered", [None, "", "Dense", "keras>Dense"])
def test_keras_s_own_registered_names(registered: Any) -> None:
    read(module="keras.layers", registered_name=registered)


@pytest.mark.parametrize(
    "registered", ["mine>Dense", "Custom>Dense", "keras>LeakyReLU", "LSTM", "keras_extra>Dense", 5]
)
def test_a_layer_registered_as_another_is_refused_by_name(registered: Any) -> None:
    with pytest.raises(UnsupportedError, match="custom code") as refusal:
        read(module="keras.layers", registered_name=registered)
    assert str(registered) in refusal.value.what


def test_a_model_registered_as_another_is_refused_by_name() -> None:
    config = sequential(source(), layer("Dense", name="dense", units=2)) | {"registered_name": "mine>Twice"}
    with pytest.raises(UnsupportedError, match="mine>Twice"):
        interpret(archive(config, {"dense": dense(3, 2)}))


def test_an_activation_registered_as_another_is_refused_by_name() -> None:
    def one(registered: str | None) -> Reading:
        activation = {"module": "keras.activations", "class_name": "function", "config": "relu"}
        lay = layer("Dense", name="dense", units=2, activation=activation | {"registered_name": registered})
        return interpret(archive(sequential(source(), lay), {"dense": dense(3, 2)}, "3.15.1"))

    for registered in (None, "function", "relu"):
        one(registered)
    with pytest.raises(UnsupportedError, match="sharp_relu"):
        one("sharp_relu")
