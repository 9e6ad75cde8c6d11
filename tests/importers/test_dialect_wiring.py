"""Wiring of every form, what is refused, and that a refusal says where and why."""

from typing import Any

import pytest
from dialect_files import archive, dense, functional, layer, normal, recurrent, sequential, source

from gatesmith.core.errors import GatesmithError, ModelError, UnsupportedError
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.spec import Call, Ref
from gatesmith.importers.keras.importer import build


def tensor(name: str, use: int = 0, output: int = 0) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": [name, use, output]}}


def node(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"args": list(args), "kwargs": kwargs}


def units(name: str = "d", count: int = 3, **more: Any) -> dict[str, Any]:
    return layer("Dense", name=name, units=count, trainable=True, **more)


def read(config: Any, version: str = "2.11.0", **arrays: Any) -> Any:
    return interpret(archive(config, arrays, version))


@pytest.mark.parametrize(
    ("nodes", "ends"),
    [
        ([[["x", 0, 0, {}]]], [["d", 0, 0]]),
        ([[["x", 0, 0]]], ["d", 0, 0]),
        ([["x", 0, 0, {}]], {"out": ["d", 0, 0]}),
        ([node(tensor("x"))], [["d", 0, 0]]),
    ],
)
def test_forms_of_inbound_nodes_and_outputs(nodes: Any, ends: Any) -> None:
    model = read(functional([(source(), []), (units(), nodes)], ends), d=dense(3, 3)).model
    assert model.calls == (Call("d", 0, (Ref("x"),)),)
    assert model.outputs == (Ref("d"),)


@pytest.mark.parametrize(
    "nodes",
    [
        [[["y", 0, 0, {}], ["x", 0, 1, {}], ["x", 0, 2, {}]]],
        [[["y", 0, 0, {"initial_state": [["x", 0, 1], ["x", 0, 2]]}]]],
        [node(tensor("y"), [tensor("x", 0, 1), tensor("x", 0, 2)])],
        [node(tensor("y"), initial_state=[tensor("x", 0, 1), tensor("x", 0, 2)], mask=None, training=False)],
    ],
)
def test_initial_states_in_every_form(nodes: Any) -> None:
    encoder = layer("LSTM", name="x", units=2, return_state=True, trainable=True)
    decoder = layer("LSTM", name="d", units=2, trainable=True)
    layers = [(source("i", 5, 3), []), (source("y", 5, 3), []), (encoder, [[["i", 0, 0, {}]]]), (decoder, nodes)]
    arrays = {"x": recurrent("LSTM", 3, 2, "x"), "d": recurrent("LSTM", 3, 2, "d")}
    model = read(functional(layers, [["d", 0, 0]]), **arrays).model
    assert model.calls[1] == Call("d", 0, (Ref("y"),), (Ref("x", 0, 1), Ref("x", 0, 2)))


def test_explicit_mask_from_an_input() -> None:
    layers = [
        (source("x", 5, 3), []),
        (source("m", 5), []),
        (layer("LSTM", name="d", units=2, trainable=True), [node(tensor("x"), mask=tensor("m"))]),
    ]
    model = read(functional(layers, [["d", 0, 0]]), "3.15.1", d=recurrent("LSTM", 3, 2, "d")).model
    assert model.calls[0].mask == Ref("m")


def test_calls_are_sorted_and_unused_layers_dropped() -> None:
    layers = [
        (units("b"), [[["a", 0, 0, {}]]]),
        (units("unused"), [[["x", 0, 0, {}]]]),
        (layer("Mystery", name="never"), []),
        (units("a"), [[["x", 0, 0, {}]]]),
        (source(), []),
    ]
    model = read(functional(layers, [["b", 0, 0]]), a=dense(3, 3), b=dense(3, 3)).model
    assert [call.layer for call in model.calls] == ["a", "b"]
    assert list(model.layers) == ["b", "a", "x"]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 7)])
def test_shared_layers_with_dense_or_sparse_numbers(first: int, second: int) -> None:
    both = [[["d", second, 0, {}], ["d", first, 0, {}]]]
    nodes = [[["x", 0, 0, {}]], [["y", 0, 0, {}]]]
    layers = [(source("x"), []), (source("y"), []), (units(), nodes), (layer("Subtract", name="s"), both)]
    model = read(functional(layers, [["s", 0, 0]]), d=dense(3, 3)).model
    assert model.calls[-1].inputs == (Ref("d", 1), Ref("d", 0))


@pytest.mark.parametrize(("version", "ends"), [("2.11.0", (1, 2)), ("3.15.1", (1, 2)), ("2.11.0", (0, 1))])
def test_uses_of_nested_models_count_their_making(version: str, ends: tuple[int, int]) -> None:
    inner = functional([(source("i"), []), (units(), [[["i", 0, 0, {}]]])], [["d", 0, 0]])
    inner |= {"class_name": "Functional"}
    inner["config"]["name"] = "part"
    nodes = [[["x", 0, 0, {}]], [["y", 0, 0, {}]]]
    layers = [(source("x"), []), (source("y"), []), (inner, nodes)]
    model = read(functional(layers, [["part", use, 0] for use in ends]), version, part=dense(3, 3, "d")).model
    assert model.outputs == (Ref("part", 0), Ref("part", 1))


REFUSED: list[tuple[str, Any, type[GatesmithError], str]] = [
    ("cycle", [(source(), []), (units("a"), [[["b", 0, 0]]]), (units("b"), [[["a", 0, 0]]])], ModelError, "own output"),
    ("unknown", [(source(), []), (units("b"), [[["nobody", 0, 0]]])], ModelError, "no layer of that name"),
    ("use", [(source(), []), (units("a"), [[["x", 0, 0]]]), (units("b"), [[["a", 0, 5]]])], ModelError, "has 1"),
    ("twice", [(source(), []), (units("b"), [[["x", 0, 0]]]), (units("b"), [])], ModelError, "same name"),
    ("two", [(source(), []), (units("b"), [[["x", 0, 0], ["x", 0, 0]]])], ModelError, "takes one"),
    ("one", [(source(), []), (layer("Add", name="b"), [[["x", 0, 0]]])], ModelError, "cannot take 1 inputs"),
    ("none", [(source(), []), (units("b"), [[]])], ModelError, "is wired with"),
    ("dict", [(source(), []), (units("b"), [[{"q": ["x", 0, 0]}]])], UnsupportedError, "dictionary of inputs"),
    ("constant", [(source(), []), (units("b"), [[["_CONSTANT_VALUE", -1, 3.0, {}]]])], GatesmithError, "b"),
    ("tensor", [(source(), []), (units("b"), [node({"class_name": "__tensor__", "config": {}})])], GatesmithError, "b"),
    ("mask", [(source(), []), (units("b"), [node(tensor("x"), mask=tensor("x"))])], UnsupportedError, "explicit mask"),
    (
        "training",
        [(source(), []), (layer("Dropout", name="b", trainable=True), [node(tensor("x"), training=True)])],
        UnsupportedError,
        "training=True",
    ),
]


@pytest.mark.parametrize(("layers", "kind", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_wiring_is_refused(layers: Any, kind: type[GatesmithError], message: str) -> None:
    with pytest.raises(kind, match=message) as refusal:
        build(
            read(
                functional(layers, [["b", 0, 0]]), a=dense(3, 3), b=[] if message.endswith("1 inputs") else dense(3, 3)
            )
        )
    assert 'layer "' in refusal.value.what
    assert refusal.value.where.startswith("m.h5")


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (units(count=0), "units=0"),
        (units(count=-3), "units=-3"),
        (units(count=2**31), "units=2147483648"),
        (units(count=2**30), "absurdly large"),
        (layer("Dense", name="d", units="many"), "units='many'"),
        (layer("Dense", name="d"), 'no option "units"'),
        (units(use_bias="yes"), "use_bias='yes'"),
        (layer("LSTM", name="d", units=200_000), "absurdly large"),
        (layer("Reshape", name="d", target_shape=[0]), "target_shape"),
        (layer("Reshape", name="d", target_shape=None), "target_shape"),
        (layer("RepeatVector", name="d", n=0), "n=0"),
        (layer("Rescaling", name="d", scale="big"), "scale='big'"),
        (layer("Rescaling", name="d", scale=float("nan")), "scale=nan"),
        (layer("Embedding", name="d", input_dim=2**20, output_dim=2**20), "absurdly large"),
        (layer("Softmax", name="d", axis=None), "axis"),
        (layer("UnitNormalization", name="d", axis=None), "axis"),
        (layer("LayerNormalization", name="d", axis=None), "axis"),
        (layer("RMSNormalization", name="d", axis=None), "axis"),
    ],
)
def test_options_that_cannot_be(one: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message) as refusal:
        read(sequential(source(), one), d=dense(3, 3))
    assert 'layer "d"' in refusal.value.what


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (layer("LSTM", name="d", units=2, time_major=True), "time_major"),
        (layer("ClusterWeights", name="d"), "not a layer that Gatesmith reads"),
        (layer("Lambda", name="d"), "Python code"),
        (layer("HashedCrossing", name="d"), "not a layer that Gatesmith reads"),
        (layer("Addons>LSTM", name="d"), "custom code"),
        (units() | {"module": "mypkg.layers"}, "custom code"),
        (units() | {"module": "keras.layers", "registered_name": "mine>Dense"}, "custom code"),
        (layer("Bidirectional", name="d", layer=layer("Dense", units=2)), "wraps a Dense"),
        (layer("Deconvolution2D", name="d", filters=2), "not supported yet"),
        (layer("Bidirectional", name="d", layer=layer("LSTM", units=2) | {"module": "mypkg"}), "custom code"),
        (layer("TimeDistributed", name="d", layer=layer("Dense", units=2) | {"module": "mypkg"}), "custom code"),
        (layer("RNN", name="d", cell=layer("LSTMCell", units=2) | {"module": "mypkg"}), "runs the cell"),
        (layer("RNN", name="d", cell=layer("PeepholeLSTMCell", units=2)), "PeepholeLSTMCell"),
        (layer("TimeDistributed", name="d", layer=layer("LocallyConnected1D", name="inside")), 'layer "inside"'),
        (layer("Dense", name="d", units=2, activation="my_own"), 'activation "my_own"'),
        (layer("InputLayer", name="d", batch_input_shape=[None, 3], ragged=True), "behind another"),
    ],
)
def test_what_is_not_translated_is_named(one: dict[str, Any], message: str) -> None:
    with pytest.raises(GatesmithError, match=message) as refusal:
        read(sequential(source(), layer("Dense", name="a", units=3), one), a=dense(3, 3), d=dense(3, 3))
    assert "3  d" in refusal.value.where
    if isinstance(refusal.value, UnsupportedError):
        assert any("--stop-before d" in fix for fix in refusal.value.fix)


def test_a_class_that_no_keras_has_is_probably_the_users_own() -> None:
    """From a siamese network in HDF5 of Keras 2.8, which names the class alone."""
    with pytest.raises(UnsupportedError, match="not a layer that Gatesmith reads") as refusal:
        read(sequential(source(), layer("L1Dist", name="d")))
    assert "--custom FILE.py" in refusal.value.fix[0]
    assert "docs/layers.md" in refusal.value.fix[1] and not any("Sequential" in fix for fix in refusal.value.fix)


def test_ragged_inputs_are_refused() -> None:
    first = layer("InputLayer", name="x", batch_input_shape=[None, None, 3], ragged=True)
    with pytest.raises(UnsupportedError, match="ragged"):
        read(sequential(first, units()), d=dense(3, 3))


def test_arrays_that_do_not_fit_are_named() -> None:
    config = sequential(source(), layer("Dropout", name="drop"), units("d", 2))
    with pytest.raises(ModelError, match=r'layer "d": has a kernel for 4 features and is given \(3,\)'):
        build(read(config, d=dense(4, 2, "d")))
    with pytest.raises(ModelError, match=r"d/kernel:0 of shape \(3, 4\), expected \(3, 2\)"):
        read(config, d=dense(3, 4, "d"))
    with pytest.raises(ModelError, match=r"(?s)has 0 weight arrays, expected 2 .*module: --custom FILE"):
        read(config, d=[])
    with pytest.raises(ModelError, match="has 3 weight arrays, expected 2 "):
        read(config, d=[*dense(3, 2, "d"), ("d/more:0", normal(2))])


CALL = [[["x", 0, 0]]]
"""Of the input."""


@pytest.mark.parametrize(
    ("layers", "arrays", "message"),
    [
        ([(source("y", 9, 3), []), (layer("Concatenate", name="b"), [[["x", 0, 0], ["y", 0, 0]]])], [], "cannot join"),
        ([(layer("Rescaling", name="b", scale=[1.0, 2.0], offset=0.0), CALL)], [], "has parameters for"),
        (
            [(layer("GroupNormalization", name="b", groups=1), CALL)],
            [("b/gamma:0", normal(0)), ("b/beta:0", normal(1))],
            "for 3 channels",
        ),
        (
            [
                (layer("Embedding", name="a", input_dim=4, output_dim=2, mask_zero=True), CALL),
                (layer("Concatenate", name="b"), [[["a", 0, 0], ["a", 0, 0]]]),
            ],
            [],
            "beyond the time axis",
        ),
    ],
)
def test_inputs_that_do_not_fit_a_layer_are_refused(layers: Any, arrays: Any, message: str) -> None:
    config = functional([(source("x", 6, 3), []), *layers], [["b", 0, 0]])
    with pytest.raises(GatesmithError, match=message):
        build(read(config, a=[("a/embeddings:0", normal(4, 2))], b=arrays))


def test_subclassed_models_and_graphs() -> None:
    for config in ({"class_name": "MyModel", "config": {"units": 3}}, {"class_name": "Functional", "config": {}}):
        with pytest.raises(UnsupportedError, match="subclassed"):
            read(config)
    with pytest.raises(UnsupportedError, match="Graph"):
        read({"class_name": "Graph", "config": {}})


def test_places_inside_wrappers_and_nested_models() -> None:
    inner = sequential(source("i"), layer("Mystery", name="m"))
    inner["config"]["name"] = "part"
    with pytest.raises(UnsupportedError) as refusal:
        read(sequential(source(), layer("Dropout", name="drop"), inner))
    assert "--stop-before part" in refusal.value.fix[-1]
    assert "inside part" in refusal.value.where
    assert ">  2  m" in refusal.value.where


def test_the_first_layer_is_not_advised_to_be_stopped_before() -> None:
    """There is nothing before it."""
    inner = sequential(source("i"), layer("Mystery", name="m"))
    for first in (inner, layer("Lambda", name="l"), layer("LSTM", name="d", units=2, time_major=True)):
        with pytest.raises(UnsupportedError) as refusal:
            read(sequential(source(), first, units("end")), end=dense(3, 3, "end"))
        assert not any("--stop-before" in fix for fix in refusal.value.fix)


@pytest.mark.parametrize(
    "use",
    [
        layer("TimeDistributed", name="t", layer=source("y")),
        layer("Bidirectional", name="t", layer=source("y")),
        layer("SpectralNormalization", name="t", layer=source("y")),
        source("t"),
    ],
    ids=["TimeDistributed", "Bidirectional", "SpectralNormalization", "called"],
)
def test_an_input_is_no_layer(use: dict[str, Any]) -> None:
    """Where it is wrapped, called, or stands behind other layers; also one that is an input of the model as well."""
    first = source("x", 4, 3)
    models = [
        sequential(first, use),
        functional([(first, []), (use, [[["x", 0, 0, {}]]])], [["t", 0, 0]], [["x", 0, 0]]),
    ]
    if use["class_name"] == "InputLayer":
        models.append(functional([(first, []), (use, [[["x", 0, 0, {}]]])], [["t", 0, 0]]))
    for model in models:
        with pytest.raises(ModelError, match="InputLayer"):
            interpret(archive(model))


def test_an_operator_in_a_sequential_has_one_tensor() -> None:
    both = {"name": "b", "inbound_nodes": [node(tensor("x"), tensor("x"))]}
    layers = [source(), {**layer("Multiply", name="b"), **both}]
    with pytest.raises(ModelError, match=r"called with more tensors than it is given \(1\)"):
        build(read(sequential(*layers), "3.15.1"))
