"""A prepared model answers as the compiled C does, before and after training; ``strip`` gives a plain model back."""

from typing import Any

import keras
import numpy as np
import pytest

import gatesmith
from gatesmith.core.errors import UsageError
from gatesmith.train import prepare, pruning, strip

COUNT = 192


def cases() -> dict[str, tuple[str, Any, tuple[int, ...]]]:
    """By name: the numeric type, layers, and the shape of a sample. A feature is always 0 in masked steps."""
    from keras import layers

    return {
        "convolution": (
            "int8w4",
            [
                layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3, activation="relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dropout(0.3),
                layers.Dense(4, activation="softmax"),
            ],
            (9, 9, 3),
        ),
        "masked": (
            "int8w2",
            [layers.Masking(), layers.Bidirectional(layers.GRU(6, return_sequences=True)), layers.LSTM(5)],
            (7, 4),
        ),
        "before": ("int16w8", [layers.GRU(5, reset_after=False, return_sequences=True), layers.SimpleRNN(4)], (6, 3)),
    }


def inputs(shape: tuple[int, ...], count: int = COUNT, spread: float = 1.5) -> Any:
    x = np.random.default_rng(5).normal(0, spread, (count, *shape)).astype(np.float32)
    if len(shape) == 2:
        x[count // 2 :, shape[0] // 2 :] = 0
    return x


def differ(prepared: Any, numeric: str, data: Any, x: Any) -> int:
    """The largest difference from the compiled C, in units of the output."""
    artifact = gatesmith.convert(strip(prepared), numeric=numeric, calibration=data)
    ours, wanted = prepared.predict(x, batch_size=len(x), verbose=0), np.asarray(artifact.predict(x))
    graph = prepared.form.graph
    unit = graph.tensor(graph.outputs[0].tensor).format.scale
    assert np.ptp(wanted) > 10 * unit, "the outputs say something"
    return int(np.abs(np.round((ours - wanted.reshape(ours.shape)) / unit)).max())


@pytest.mark.parametrize("name", ["convolution", "masked", "before"])
def test_it_answers_as_the_compiled_code_before_and_after_training(name: str) -> None:
    keras.utils.set_random_seed(2)
    numeric, layers, shape = cases()[name]
    model = keras.Sequential([keras.Input(shape), *layers])
    before = [w.copy() for w in model.get_weights()]
    data, x = inputs(shape, 40, 1.0), inputs(shape)
    prepared = prepare(model, numeric, data)
    prepared.compile(keras.optimizers.Adam(3e-3), "mse", run_eagerly=name == "masked")  # one without a traced graph
    assert differ(prepared, numeric, data, x) <= 1
    y = np.roll(model.predict(data, verbose=0), 1, axis=1)
    first, *_, last = prepared.fit(data, y, epochs=3, batch_size=20, verbose=0).history["loss"]
    assert last < first
    assert differ(prepared, numeric, data, x) <= 1
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_layers_of_other_types_have_their_own_grids() -> None:
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(40, "tanh", name="a"), keras.layers.Dense(40, name="b"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((40,)), *layers])
    keep, x = ("a=int8w2", "b=int8w4"), inputs((40,), 60)
    prepared = prepare(model, "int8", x, keep=keep)
    assert [grid.storage.name for grid in prepared.student.grids] == ["int2", "int4", "int8"]
    artifact = gatesmith.convert(strip(prepared), numeric="int8", keep=keep, calibration=x)
    assert "stored exactly as they are" in " ".join(str(artifact).split())
    assert np.abs(prepared.predict(x, verbose=0) - artifact.predict(x)).max() < 1e-6


def test_pruned_blocks_are_neither_stored_nor_learned_again() -> None:
    keras.utils.set_random_seed(6)
    layers = [keras.layers.Dense(64, "tanh"), keras.layers.GRU(16), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((6, 8)), *layers])
    x = inputs((6, 8), 96, 1.0)
    y = model.predict(x, verbose=0)
    whole = gatesmith.convert(model, target="esp32c3", numeric="int8", calibration=x)
    prepared = prepare(model, "int8", x)
    prepared.compile(keras.optimizers.Adam(2e-2), "mse", run_eagerly=True)
    schedule = pruning(0.75, 4)
    losses = prepared.fit(x, y, epochs=6, batch_size=48, verbose=0, callbacks=[schedule]).history["loss"]
    assert losses[-1] < max(losses), "training mends"
    assert differ(prepared, "int8", x, inputs((6, 8))) <= 1
    artifact = gatesmith.convert(strip(prepared), target="esp32c3", numeric="int8", calibration=x)
    kernels = [w for w in strip(prepared).get_weights() if w.ndim == 2 and len(w) % 4 == 0]
    for kernel in (kernel for kernel in kernels if len(kernel) >= 8):
        blocks = np.any(kernel.reshape(-1, 4, kernel.shape[1]), axis=1)
        assert (blocks.sum(axis=0) <= len(blocks) - int(0.75 * len(blocks))).all()
    assert artifact.generated.weight_bytes < 0.6 * whole.generated.weight_bytes
    again = prepare(strip(prepared), "int8", x)
    again.compile(keras.optimizers.Adam(1e-2), "mse", run_eagerly=True)
    again.fit(x, y, epochs=1, verbose=0)
    for before, after in zip(strip(prepared).get_weights(), strip(again).get_weights(), strict=True):
        if before.ndim == 2 and 2 * np.count_nonzero(before) <= before.size:
            assert not np.any(after[before == 0]), "of a pruned model, zeros stay"
    with pytest.raises(UsageError, match="leaves out no zeros"):
        prepare(model, "int8w2", x).prune(0.5)
    with pytest.raises(UsageError, match="a share"):
        prepared.prune(1.0)
    for wrong in ((0, 3), (0.5, 0), (0.5, 1.5), ("a", 1), (None, 1)):
        with pytest.raises(UsageError, match="pruning"):
            pruning(*wrong)
    for numeric, data, words in ((None, x, "needs a numeric type"), ("int8", None, "no calibration data")):
        with pytest.raises(UsageError, match=words):
            prepare(model, numeric, data)
    with pytest.raises(UsageError, match="only a prepared model"):
        model.compile("sgd", "mse")
        model.fit(x, prepared.predict(x, verbose=0), verbose=0, callbacks=[pruning(0.5, 1)])


def test_states_go_on_from_batch_to_batch() -> None:
    keras.utils.set_random_seed(2)  # values of longer sequences stay in the ranges of those that calibrate
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input(batch_shape=(4, 5, 3)), layers.LSTM(6, stateful=True, return_sequences=True), layers.Dense(2)]
    )
    x = inputs((5, 3), 12)
    prepared = prepare(model, "int8w4", x)
    whole = keras.Sequential([keras.Input((15, 3)), layers.LSTM(6, return_sequences=True), layers.Dense(2)])
    plain = strip(prepared)
    whole.set_weights(plain.get_weights())
    parts = [prepared(x[start : start + 4], training=False) for start in (0, 4, 8)]
    float_y = whole.predict(np.concatenate([x[start : start + 4] for start in (0, 4, 8)], axis=1), verbose=0)
    assert np.abs(np.concatenate(parts, axis=1) - float_y).max() < 0.05 * np.abs(float_y).max()
    again = prepared(x[:4], training=False)
    assert not np.array_equal(again, parts[0])
    prepared.reset_states()
    assert np.array_equal(prepared(x[:4], training=False), parts[0])


@pytest.mark.parametrize("mapped", [False, True], ids=["list", "mapping"])
def test_inputs_by_name_are_those_of_the_model_and_others_are_refused(mapped: bool) -> None:
    keras.utils.set_random_seed(4)
    b, a = keras.Input((3,), name="b"), keras.Input((3,), name="a")
    y = keras.layers.Dense(2)(keras.layers.Concatenate()([keras.layers.Dense(4)(b), a]))
    model = keras.Model({"b": b, "a": a} if mapped else [b, a], y)
    x = dict(zip("ba", np.random.default_rng(2).normal(size=(2, 40, 3)).astype(np.float32), strict=True))
    prepared = prepare(model, "int8", x)
    wanted = model.predict(x, verbose=0)
    for named in (x, dict(sorted(x.items()))):
        assert np.abs(prepared.predict(named, verbose=0) - wanted).max() < 0.05 * np.abs(wanted).max()
    with pytest.raises(ValueError, match="expected"):
        prepared({"b": x["b"][:, :2], "a": x["a"]})
    with pytest.raises(UsageError, match="cannot be saved"):
        prepared.get_config()
    with pytest.raises(UsageError, match="has no file"):
        gatesmith.convert(prepared, numeric="int8", calibration=x)
    with pytest.raises(UsageError, match="takes a prepared model"):
        strip(model)
