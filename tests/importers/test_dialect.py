"""Names, defaults and forms of each generation, on hand-made archives."""

from typing import Any

import numpy as np
import pytest
from dialect_files import VERSIONS, archive, dense, functional, layer, normal, recurrent, separate, sequential, source

from gatesmith.core.errors import ModelError, UnsupportedError, UsageError
from gatesmith.core.functions import Function, function
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.dialect.activations import activation
from gatesmith.importers.keras.dialect.config import Writer, writer_of
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.site import Site
from gatesmith.importers.keras.dialect.spec import LayerSpec, ModelSpec, Ref

HARD = {"slope": 0.2, "offset": 0.5}
HARD_3 = {"slope": 1 / 6, "offset": 0.5}


def only(spec: Any, name: str) -> LayerSpec:
    layer_spec = spec.model.layers[name]
    assert isinstance(layer_spec, LayerSpec)
    return layer_spec


@pytest.mark.parametrize(
    ("version", "generation", "column"),
    [
        ("0.3.3", "Keras 0", "Keras 0"),
        ("1.2.2", "Keras 1", "Keras 1"),
        ("2.0.5", "Keras 2", "Keras 2"),
        ("2.3.1", "Keras 2", "Keras 2.3"),
        ("2.1.6-tf", "tf.keras 2", "tf.keras 2"),
        ("2.3.0-tf", "tf.keras 2", "tf.keras 2"),
        ("2.4.0", "tf.keras 2", "tf.keras 2"),
        ("2.15.0", "tf.keras 2", "tf.keras 2"),
        ("3.0.0", "Keras 3", "Keras 3"),
    ],
)
def test_generation_by_version(version: str, generation: str, column: str) -> None:
    writer, _ = writer_of({}, version, "")
    assert (writer.generation, writer.column) == (generation, column)


@pytest.mark.parametrize(
    ("config", "generation"),
    [
        ({"layers": [{"name": "GRU", "output_dim": 3}], "name": "Sequential"}, "Keras 0"),
        (sequential(layer("LSTM", output_dim=3, inner_init="orthogonal")), "Keras 1"),
        (sequential(layer("LSTM", units=3, kernel_initializer="x")), "Keras 2"),
        (sequential(layer("LSTM", units=3, time_major=False)), "tf.keras 2"),
        (sequential(layer("InputLayer", batch_shape=[None, 3])), "Keras 3"),
    ],
)
def test_generation_by_words(config: dict[str, Any], generation: str) -> None:
    writer, how = writer_of(config, "", "")
    assert writer.generation == generation
    assert how


@pytest.mark.parametrize(
    ("column", "recurrent_activation", "reset_after"),
    [
        ("Keras 1", function("hard_sigmoid", **HARD), False),
        ("Keras 2", function("hard_sigmoid", **HARD), False),
        ("Keras 2.3", function("sigmoid"), False),
        ("tf.keras 2", function("sigmoid"), True),
        ("Keras 3", function("sigmoid"), True),
    ],
)
def test_gru_defaults_by_writer(column: str, recurrent_activation: Function, reset_after: bool) -> None:
    arrays = separate("GRU", 3, 2, "gru") if column == "Keras 1" else recurrent("GRU", 3, 2, "gru", 1 + reset_after)
    units = {"output_dim" if column == "Keras 1" else "units": 2}
    config = sequential(layer("GRU", name="gru", batch_input_shape=[None, 5, 3], **units))
    gru = only(interpret(archive(config, {"gru": arrays}, VERSIONS[column])), "gru")
    assert gru.config == {
        "units": 2,
        "activation": function("tanh"),
        "recurrent_activation": recurrent_activation,
        "use_bias": True,
        "reset_after": reset_after,
        "return_sequences": False,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
        "zero_output_for_mask": False,
    }


def test_other_defaults() -> None:
    config = sequential(
        source("x", 4),
        layer("BatchNormalization", name="bn"),
        layer("LeakyReLU", name="leaky"),
        layer("ThresholdedReLU", name="threshold", theta=0.7),
        layer("LayerNormalization", name="ln"),
        layer("Dense", name="dense", units=2, use_bias=False),
    )
    arrays = {
        "bn": [(f"bn/{n}:0", np.abs(normal(4))) for n in ("gamma", "beta", "moving_mean", "moving_variance")],
        "ln": [("ln/gamma:0", normal(4)), ("ln/beta:0", normal(4))],
        "dense": dense(4, 2)[:1],
    }
    read = interpret(archive(config, arrays))
    assert only(read, "bn").config == {"axis": -1, "epsilon": 1e-3}
    assert list(only(read, "bn").weights) == ["gamma", "beta", "moving_mean", "moving_variance"]
    assert only(read, "leaky").config == {"activation": function("relu", negative_slope=0.3)}
    assert only(read, "threshold").config == {"activation": function("threshold", threshold=0.7, value=0)}
    assert only(read, "ln").config == {"axis": [-1], "epsilon": 1e-3, "rms_scaling": False}
    assert only(read, "dense").config == {"units": 2, "activation": function("linear"), "use_bias": False}
    assert list(only(read, "dense").weights) == ["kernel"]


@pytest.mark.parametrize(
    ("value", "generation", "meaning"),
    [
        ("hard_sigmoid", "Keras 1", function("hard_sigmoid", **HARD)),
        ("hard_sigmoid", "tf.keras 2", function("hard_sigmoid", **HARD)),
        ("hard_sigmoid", "Keras 3", function("hard_sigmoid", **HARD_3)),
        (None, "Keras 3", function("linear")),
        ("swish", "tf.keras 2", function("silu")),
        ("hard_swish", "Keras 3", function("hard_silu")),
        ("relu6", "Keras 3", function("relu", max_value=6)),
        ("leaky_relu", "Keras 3", function("relu", negative_slope=0.2)),
        ("softmax_v2", "tf.keras 2", function("softmax")),
        ({"class_name": "function", "config": "gelu", "module": "builtins"}, "Keras 3", function("gelu")),
        (
            {"class_name": "ReLU", "config": {"max_value": 6.0, "threshold": 0.5}, "module": "keras.layers"},
            "Keras 3",
            function("relu", max_value=6, threshold=0.5),
        ),
        ({"class_name": "LeakyReLU", "config": {"alpha": 0.1}}, "tf.keras 2", function("relu", negative_slope=0.1)),
    ],
)
def test_activations(value: Any, generation: str, meaning: Function) -> None:
    assert activation(value, Writer(generation), Site("m.h5", "d", "Dense")) == meaning


@pytest.mark.parametrize(
    "value",
    [
        "my_magic",
        "threshold",
        {"class_name": "function", "config": "relu", "module": "mypkg.activations"},
        {"class_name": "Mine", "config": {}, "registered_name": "mypkg>Mine"},
        {"class_name": "__lambda__", "config": {"code": "4wEA"}},
        {"value": ["4wEA", None, None]},
    ],
)
def test_custom_activations_are_refused_by_name(value: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"(?s)activation.*--custom") as refusal:
        activation(value, Writer("Keras 3"), Site("m.h5", "d", "Dense"))
    assert "4wEA" not in refusal.value.what


def test_keras_0() -> None:
    config = {
        "name": "Sequential",
        "class_mode": "categorical",
        "layers": [
            {"name": "LSTM", "output_dim": 2, "input_dim": 3, "input_length": 5, "inner_activation": "hard_sigmoid"},
            {"name": "Dropout", "p": 0.5},
            {"name": "Dense", "output_dim": 4, "activation": "softmax"},
        ],
    }
    bare = [(f"param_{i}", data) for i, (_, data) in enumerate(separate("LSTM", 3, 2, "lstm"))]
    arrays = {"layer_0": bare, "layer_1": [], "layer_2": [("param_0", normal(2, 4)), ("param_1", normal(4))]}
    read = interpret(archive(config, arrays, ""))
    assert read.source.generation == "Keras 0"
    assert list(read.model.layers) == ["lstm_1_input", "lstm_1", "dropout_1", "dense_1"]
    assert only(read, "lstm_1_input").config["shape"] == (5, 3)
    lstm = only(read, "lstm_1")
    np.testing.assert_array_equal(lstm.weights["kernel"][:, 2:4], bare[6][1])
    assert lstm.stored_order == "i c f o"
    assert only(read, "dense_1").config["activation"] == function("softmax")


def test_keras_1_sequential_that_starts_with_a_merge() -> None:
    def branch(name: str) -> dict[str, Any]:
        return {
            "class_name": "Sequential",
            "config": [layer("Dense", name=name, output_dim=2, batch_input_shape=[None, 3], input_dtype="float32")],
        }

    merge = layer("Merge", name="merge_1", mode="concat", concat_axis=-1, layers=[branch("a"), branch("b")])
    config = {"class_name": "Sequential", "config": [merge, layer("Dense", name="c", output_dim=1)]}
    arrays = {
        name: [(f"{name}_W", normal(rows, units)), (f"{name}_b", normal(units))]
        for name, rows, units in (("a", 3, 2), ("b", 3, 2), ("c", 4, 1))
    }
    read = interpret(archive(config, arrays, "1.2.2"))
    assert read.model.inputs == (Ref("a_input"), Ref("b_input"))
    assert only(read, "merge_1").class_name == "Concatenate"
    merged = next(call for call in read.model.calls if call.layer == "merge_1")
    assert merged.inputs == (Ref("a"), Ref("b"))
    assert read.source.backend == "theano"


@pytest.mark.parametrize("mode", ["sum", "mul", "ave", "max", "concat", "dot"])
def test_keras_1_merge_modes(mode: str) -> None:
    names = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot"}
    both = [[["x", 0, 0], ["y", 0, 0]]]
    merge = layer("Merge", name="m", mode=mode, mode_type="raw", dot_axes=1)
    merged = functional([(source("x"), []), (source("y"), []), (merge, both)], [["m", 0, 0]])
    assert only(interpret(archive(merged, {}, "1.2.2")), "m").class_name == names[mode]


def test_keras_1_merge_by_a_function_is_refused() -> None:
    both = [[["x", 0, 0], ["y", 0, 0]]]
    merge = layer("Merge", name="m", mode="aGVsbG8=", mode_type="lambda")
    config = functional([(source("x"), []), (source("y"), []), (merge, both)], [["m", 0, 0]])
    with pytest.raises(UnsupportedError, match="Python function"):
        interpret(archive(config, {}, "1.2.2"))


def test_keras_1_running_std_is_the_variance() -> None:
    names = ("gamma", "beta", "running_mean", "running_std")
    arrays = {"bn": [(f"bn_{name}", np.abs(normal(3))) for name in names]}
    config = sequential(layer("BatchNormalization", name="bn", mode=0, axis=-1, batch_input_shape=[None, 3]))
    bn = only(interpret(archive(config, arrays, "1.2.2")), "bn")
    np.testing.assert_array_equal(bn.weights["moving_variance"], arrays["bn"][3][1])
    config["config"]["layers"][0]["config"]["mode"] = 2
    with pytest.raises(UnsupportedError, match="mode=2"):
        interpret(archive(config, arrays, "1.2.2"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_not_a_number(bad: float, dtype: str) -> None:
    arrays = {"d": [("k", np.array([[1, bad], [2, 3], [4, 5]], dtype)), ("b", normal(2))]}
    with pytest.raises(ModelError, match=r'layer "d".*1 values in the array k that are not finite'):
        interpret(archive(sequential(source(), layer("Dense", name="d", units=2)), arrays))


def test_negative_variance_is_refused() -> None:
    arrays = {"bn": [(n, np.full(3, -1, "float32")) for n in ("gamma", "beta", "moving_mean", "moving_variance")]}
    config = sequential(source(), layer("BatchNormalization", name="bn"))
    with pytest.raises(ModelError, match=r'layer "bn".*variance of -1'):
        interpret(archive(config, arrays))


@pytest.mark.parametrize(
    ("first", "shape", "dtype"),
    [
        (layer("Dense", name="d", units=2, batch_input_shape=[None, 3]), (3,), "float32"),
        (layer("Dense", name="d", units=2, input_shape=[3]), (3,), "float32"),
        (layer("Dense", name="d", units=2, input_dim=3), (3,), "float32"),
        (layer("Embedding", name="d", input_dim=3, output_dim=2, input_length=5), (5,), "int32"),
        (layer("Dense", name="d", units=2) | {"build_config": {"input_shape": [None, 3]}}, (3,), "float32"),
    ],
)
def test_a_sequential_without_input_layer_gets_one(first: dict[str, Any], shape: tuple[int, ...], dtype: str) -> None:
    arrays = [("d/embeddings:0", normal(3, 2))] if first["class_name"] == "Embedding" else dense(3, 2, "d")
    for config in (sequential(first), {"class_name": "Sequential", "config": [first]}):
        read = interpret(archive(config, {"d": arrays}))
        assert only(read, "d_input").config == {"shape": shape, "batch_size": None, "dtype": dtype}


def test_no_shape_at_all_is_refused() -> None:
    with pytest.raises(ModelError, match="which shape its input has"):
        config = sequential(layer("Flatten", name="f"), layer("Dense", name="d", units=2))
        interpret(archive(config, {"d": dense(3, 2)}))


@pytest.mark.parametrize(
    ("generation", "sequences", "forced"),
    [("Keras 1", True, False), ("Keras 2.3", True, False), ("tf.keras 2", True, True), ("Keras 3", False, False)],
)
def test_bidirectional_and_masked_outputs(generation: str, sequences: bool, forced: bool) -> None:
    inner = layer("SimpleRNN", name="rnn", units=2, return_sequences=sequences)
    config = sequential(source("x", 5, 3), layer("Bidirectional", name="bi", layer=inner, merge_mode="sum"))
    arrays = recurrent("SimpleRNN", 3, 2, "forward_rnn") + recurrent("SimpleRNN", 3, 2, "backward_rnn")
    if generation == "Keras 1":
        inner["config"]["output_dim"] = inner["config"].pop("units")
    read = interpret(archive(config, {"bi": arrays}, VERSIONS[generation]))
    bi = only(read, "bi")
    assert bi.config == {"merge_mode": "sum", "return_sequences": sequences, "return_state": False, "stateful": False}
    forward, backward = bi.inner
    assert isinstance(forward, LayerSpec)
    assert isinstance(backward, LayerSpec)
    assert [half.config["go_backwards"] for half in (forward, backward)] == [False, True]
    assert [half.config["zero_output_for_mask"] for half in (forward, backward)] == [forced, forced]
    assert [half.name for half in (forward, backward)] == ["forward_rnn", "backward_rnn"]
    np.testing.assert_array_equal(backward.weights["kernel"], arrays[3][1])


def test_cudnn_layer_becomes_plain() -> None:
    config = sequential(layer("CuDNNGRU", name="g", units=2, batch_input_shape=[None, 5, 3]))
    arrays = [("g/kernel:0", normal(3, 6)), ("g/recurrent_kernel:0", normal(2, 6)), ("g/bias:0", normal(12))]
    gru = only(interpret(archive(config, {"g": arrays}, "2.2.4")), "g")
    assert (gru.class_name, gru.file_class, gru.config["reset_after"]) == ("GRU", "CuDNNGRU", True)
    assert gru.config["recurrent_activation"] == function("sigmoid")


def test_cudnn_weights_under_other_activations_are_refused() -> None:
    config = sequential(
        layer("LSTM", name="l", units=2, recurrent_activation="hard_sigmoid", batch_input_shape=[None, 5, 3])
    )
    arrays = [("l/kernel:0", normal(3, 8)), ("l/recurrent_kernel:0", normal(2, 8)), ("l/bias:0", normal(16))]
    with pytest.raises(ModelError, match="CuDNN's weights"):
        interpret(archive(config, {"l": arrays}, "2.2.4"))


def test_weights_that_carry_other_names_are_assigned_in_order() -> None:
    config = sequential(source(), layer("Dense", name="a", units=2), layer("Dense", name="b", units=4))
    arrays = {"dense_7": dense(3, 2), "dropout_3": [], "dense_8": dense(2, 4)}
    read = interpret(archive(config, arrays, "2.2.4", "json+hdf5"))
    np.testing.assert_array_equal(only(read, "b").weights["kernel"], arrays["dense_8"][0][1])
    assert any("assigned in order" in note for note in read.source.notes)


def test_stop_before_drops_what_it_cannot_read() -> None:
    config = sequential(
        source(),
        layer("Dense", name="a", units=2),
        layer("Deconvolution2D", name="c", filters=2),
        layer("Lambda", name="l"),
    )
    content = archive(config, {"a": dense(3, 2), "c": [("k", normal(1, 2, 2))]})
    with pytest.raises(UnsupportedError, match="not supported yet"):
        interpret(content)
    read = interpret(content, Settings(stop_before="c"))
    assert (list(read.model.layers), read.model.outputs) == (["x", "a"], (Ref("a"),))
    for name, message in (("nobody", "does not have"), ("a", "leaves nothing"), ("x", "does not have")):
        with pytest.raises(UsageError, match=message):
            interpret(content, Settings(stop_before=name))


def test_stop_before_a_meeting_of_two_branches() -> None:
    layers = [
        (source("x"), []),
        (source("y"), []),
        (source("z"), []),
        (layer("Dense", name="a", units=2), [[["x", 0, 0, {}]]]),
        (layer("Dense", name="b", units=2), [[["y", 0, 0, {}]]]),
        (layer("Mystery", name="m"), [[["a", 0, 0, {}], ["b", 0, 0, {}], ["z", 0, 0, {"q": [["a", 0, 0]]}]]]),
    ]
    whole = archive(functional(layers, [["m", 0, 0]]), {"a": dense(3, 2), "b": dense(3, 2)})
    read = interpret(whole, Settings(stop_before="m"))
    assert read.model.outputs == (Ref("a"), Ref("b"), Ref("z"))
    assert read.model.inputs == (Ref("x"), Ref("y"), Ref("z"))


def test_nested_sequential_of_keras_1_time_distributed() -> None:
    inner = {
        "class_name": "Sequential",
        "config": [layer("Dense", name="i", output_dim=2, batch_input_shape=[None, 3])],
    }
    config = sequential(layer("TimeDistributed", name="td", layer=inner, batch_input_shape=[None, 5, 3]))
    read = interpret(archive(config, {"td": [("i_W", normal(3, 2)), ("i_b", normal(2))]}, "1.2.2"))
    (model,) = only(read, "td").inner
    assert isinstance(model, ModelSpec)
    assert list(model.layers) == ["i_input", "i"]
