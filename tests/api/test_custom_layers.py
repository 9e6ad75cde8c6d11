"""Live models with layers of the user's own, traced, compared with what the models themselves compute."""

import re
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING

import gatesmith
from gatesmith.core.errors import UnsupportedError

RNG = np.random.default_rng(21)


def classes(package: str) -> Any:
    """Keras or tf_keras, the operations that custom code uses there, and custom layers written with these."""
    if package == "keras":
        import keras as k
        from keras import ops
    else:
        import tensorflow as tf
        import tf_keras as k

        ops = SimpleNamespace(
            shape=tf.shape, reshape=tf.reshape, transpose=tf.transpose, softmax=tf.nn.softmax, matmul=tf.matmul,
            tanh=tf.tanh, mean=tf.reduce_mean, max=tf.reduce_max, random=tf.random.normal,
        )  # fmt: skip
    layers = k.layers

    class Block(layers.Layer):  # type: ignore[misc]
        """Sublayers only, with a name that a second block uses too."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.attention, self.norm = layers.MultiHeadAttention(2, 3), layers.LayerNormalization()
            self.dense, self.drop = layers.Dense(4, activation="gelu", name="projection"), layers.Dropout(0.5)

        def call(self, x: Any, training: bool | None = None) -> Any:
            return self.norm(x + self.drop(self.dense(self.attention(x, x)), training=training))

    class Scale(layers.Layer):  # type: ignore[misc]
        """Variables on both sides of operators, and what only training does."""

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(shape[-1],), initializer="random_normal", name="scale")
            self.kernel = self.add_weight(shape=(shape[-1], 5), initializer="random_normal", name="kernel")

        def call(self, x: Any, training: bool | None = None) -> Any:
            return (self.scale * ops.tanh(x * 3.0 if training else x)) @ self.kernel + 1.5

    class Outer(layers.Layer):  # type: ignore[misc]
        """Custom layers in a custom layer."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.first, self.second = Block(name="inner"), Block(name="inner")

        def call(self, x: Any) -> Any:
            return self.second(self.first(x))

    class Heads(layers.Layer):  # type: ignore[misc]
        """Reshapes that name the batch by ``shape(x)[0]``."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.project = layers.Dense(4)

        def call(self, x: Any) -> Any:
            batch, steps = ops.shape(x)[0], x.shape[1]
            q = ops.transpose(ops.reshape(self.project(x), (batch, -1, 2, 2)), (0, 2, 1, 3))
            weights = ops.softmax(ops.matmul(q, ops.transpose(q, (0, 1, 3, 2))))
            return ops.reshape(ops.transpose(ops.matmul(weights, q), (0, 2, 1, 3)), (batch, steps, 4))

    class Subclassed(k.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.rnn, self.scale = layers.Conv1D(4, 3, activation="relu"), layers.LSTM(5), Scale()

        def call(self, x: Any) -> Any:
            return self.scale(self.rnn(self.conv(x)))

    return SimpleNamespace(k=k, ops=ops, Block=Block, Scale=Scale, Outer=Outer, Heads=Heads, Subclassed=Subclassed)


def sequential(c: Any, *rest: Any, shape: tuple[int | None, ...] = (8, 4)) -> Any:
    return c.k.Sequential([c.k.Input(shape), *rest])


def functional(c: Any) -> Any:
    """A custom layer used twice, a nested model with one, a dictionary of outputs."""
    x, y, both = c.k.Input((8, 4), name="b"), c.k.Input((8, 4), name="a"), c.Scale()
    nested = c.k.Sequential([c.k.Input((8, 5)), c.k.layers.GRU(3), c.Scale()])
    return c.k.Model({"b": x, "a": y}, {"z": nested(both(x)), "y": c.k.layers.Flatten()(both(y))})


def subclassed(c: Any) -> Any:
    model = c.Subclassed()
    model(np.zeros((3, 8, 4), np.float32))
    return model


MODELS = {
    "blocks": lambda c: sequential(c, c.Block(), c.Block(), c.k.layers.GRU(3), c.k.layers.Dense(2)),
    "nested": lambda c: sequential(c, c.Outer(), c.Outer()),
    "variables": lambda c: sequential(c, c.Scale(), shape=(None, 4)),
    "heads": lambda c: sequential(c, c.Heads()),
    "functional": functional,
    "subclassed": subclassed,
    "distributed": lambda c: sequential(c, c.k.layers.TimeDistributed(c.Scale()), c.k.layers.Flatten()),
    "lambdas": lambda c: sequential(
        c,
        c.k.layers.Lambda(lambda x: x / 127.5 - 1),
        c.k.layers.Lambda(lambda x: x[:, 2:] * c.ops.mean(x, axis=1, keepdims=True)),
        c.k.layers.LSTM(3),
        c.k.layers.Lambda(lambda x: x[:, -1]),
    ),
}


def answers(model: Any, x: Any) -> list[Any]:
    outputs = model(x, training=False)
    return [np.asarray(outputs[key]) for key in sorted(outputs)] if isinstance(outputs, dict) else [np.asarray(outputs)]


def marks(model: Any) -> list[tuple[str, int, int]]:
    return [(part.name, len(part._inbound_nodes), len(part._outbound_nodes)) for part in model._flatten_layers()]


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_custom_layers_are_traced(package: str) -> None:
    c = classes(package)
    c.k.utils.set_random_seed(8)
    for name in MODELS if EVERYTHING or package == "keras" else list(MODELS)[1::2]:
        model = MODELS[name](c)
        for weight in model.weights:
            weight.assign(RNG.normal(0, 0.5, weight.shape))
        before = marks(model)
        x = RNG.normal(size=(5, 8, 4)).astype(np.float32)
        samples: Any = {"b": x, "a": x[::-1].copy()} if name == "functional" else x
        artifact = gatesmith.convert(model)
        assert marks(model) == before, name
        ys = artifact.predict(samples)
        for ours, right in zip(ys if isinstance(ys, list) else [ys], answers(model, samples), strict=True):
            assert np.abs(ours - right).max() < 1e-5 * max(1, np.abs(right).max()), name
    assert artifact.validate(x, measure=False).passed  # the C, by the Keras that reads the traced model


def test_masks_go_through_custom_layers() -> None:
    """Masks reach ``call`` and what follows, or end, as in Keras."""
    import keras
    from keras import layers, ops

    class Mean(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any, mask: Any = None) -> Any:
            steps = ops.expand_dims(ops.cast(mask, "float32"), -1)
            return ops.sum(x * steps, axis=1) / ops.sum(steps, axis=1)

    class Double(layers.Layer):  # type: ignore[misc]
        def __init__(self, supports: bool) -> None:
            super().__init__()
            self.supports_masking = supports

        def call(self, x: Any) -> Any:
            return x * 2.0

    words = keras.Input((6,))
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    ends = [Mean()(x), layers.LSTM(3)(Double(True)(x)), layers.LSTM(3)(Double(False)(x))]
    model = keras.Model(words, layers.Concatenate()(ends))
    samples = RNG.integers(1, 9, (7, 6)).astype(np.float32)
    samples[:, 3:] = 0
    outputs = np.asarray(gatesmith.convert(model).predict(samples))
    assert np.abs(outputs - answers(model, samples)[0]).max() < 1e-6


def test_functions_of_tensorflow_are_operations() -> None:
    """Those of keras.ops by their names, and others whose names or parameters differ."""
    import keras
    import tensorflow as tf

    class Attention(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.w = self.add_weight(shape=(shape[-1], 1), name="w")

        def call(self, x: Any) -> Any:
            scores = tf.nn.softmax(tf.nn.tanh(tf.matmul(x, self.w)), axis=1, name="scores")
            mixed = tf.matmul(scores, tf.gather(x, [0, 2, 1, 3, 4, 5], axis=1), transpose_a=True)
            shown = tf.transpose(tf.reverse(x, axis=[1]), perm=[0, 2, 1])[:, :1, :4]
            curved = tf.nn.gelu(tf.nn.leaky_relu(mixed)) + tf.pow(tf.clip_by_value(shown, -1.0, 0.5), 2.0)
            spread = tf.expand_dims(tf.math.reduce_variance(x, 1) + tf.reduce_max(x, axis=[1]), 1)
            return tf.squeeze(tf.concat([curved, tf.nn.l2_normalize(spread, axis=-1), mixed * spread], axis=-1), 1)

    model = keras.Sequential([keras.Input((6, 4)), Attention(), keras.layers.Dense(3)])
    samples = RNG.normal(size=(5, 6, 4)).astype(np.float32)
    assert np.abs(np.asarray(gatesmith.convert(model).predict(samples)) - answers(model, samples)[0]).max() < 1e-5


def test_constants_that_are_the_same_for_each_sample() -> None:
    """The class token of a ViT by functions of Keras and of TensorFlow, learned queries, a state of zeros; positions
    as those of keras-hub, and as what Keras broadcasts later."""
    import keras
    import tensorflow as tf
    from keras import ops

    class Tokens(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.token = self.add_weight(shape=(1, 1, shape[-1]), initializer="random_normal", name="token")
            self.table = self.add_weight(shape=(9, shape[-1]), initializer="random_normal", name="table")
            self.attention = keras.layers.MultiHeadAttention(2, 2)
            self.attention.build((None, 2, shape[-1]), (None, 7, shape[-1]))
            self.recurrent = keras.layers.GRU(4)
            self.recurrent.build(shape)

        def call(self, x: Any) -> Any:
            batch, steps, width = ops.shape(x)
            more = [ops.repeat(self.token, batch, axis=0), tf.tile(self.token, [tf.shape(x)[0], 1, 1]), x]
            x = ops.concatenate([ops.broadcast_to(self.token, (batch, 1, width)), *more], axis=1)
            batch, steps, width = ops.shape(x)
            x += ops.broadcast_to(self.table[:steps], (batch, steps, width))
            x += ops.repeat(self.token[0, 0, :2], width // 2)
            pooled = self.attention(ops.broadcast_to(self.token, (batch, 2, width)), x)
            return ops.concatenate([ops.max(pooled, 1), self.recurrent(x, initial_state=ops.ones((batch, 4)))], axis=1)

    class Positions(Tokens):
        def call(self, x: Any) -> Any:
            return ops.expand_dims(self.table[: x.shape[1]], 0)

    tokens = keras.Input((6,), dtype="int32")
    words = keras.layers.Embedding(9, 4)(tokens)
    model = keras.Model(tokens, keras.layers.Dense(2)(Tokens()(words + Positions()(words))))
    x = RNG.integers(0, 9, (3, 6))
    for numeric, bound in (("float32", 1e-6), ("int16", 1e-3)):
        answer = gatesmith.convert(model, numeric=numeric, calibration=x if numeric == "int16" else None).predict(x)
        assert np.abs(np.asarray(answer) - np.asarray(model(x))).max() < bound, numeric


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_constant_for_each_step_of_a_layer_at_each_step(package: str) -> None:
    import tensorflow as tf

    k = import_module(package)

    class Token(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return tf.concat([tf.fill([tf.shape(x)[0], 2], 0.5), x], 1)

        def compute_output_shape(self, shape: Any) -> Any:
            return (shape[0], shape[1] + 2)

    model = k.Sequential([k.Input((3, 4)), k.layers.TimeDistributed(Token())])
    samples = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    assert np.array_equal(np.asarray(gatesmith.convert(model).predict(samples)), np.asarray(model(samples)))


def test_what_leaves_keras_is_refused_by_name() -> None:
    import keras
    import tensorflow as tf
    from keras import layers, ops

    class Raw(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return tf.raw_ops.Relu(features=x)

    class Sampling(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + keras.random.normal((4,))

    class Cell(layers.Layer):  # type: ignore[misc]
        units, state_size = 4, 4

        def call(self, x: Any, states: Any) -> Any:
            return x + states[0], [x + states[0]]

    class Branching(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x if ops.max(x) > 0 else -x

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape)

    for layer, words in (
        (Raw(name="raw"), r'layer "raw" \(Raw\) leaves Keras.*return tf.raw_ops.Relu.*keras.ops'),
        (Branching(name="fork"), r'layer "fork" \(Branching\) leaves Keras.*boolean.*keras.ops.where'),
        (Sampling(), r"random numbers.*save the mean"),
        (layers.RNN(Cell(), name="loop"), r'layer "loop" \(RNN\) wraps the custom class Cell'),
        (type("CfC", (layers.RNN,), {})(Cell(), name="loop"), r"a loop over steps is not traced.*register the cell"),
    ):
        with pytest.raises(UnsupportedError) as caught:
            gatesmith.convert(keras.Sequential([keras.Input((8, 4)), layer]))
        assert re.search(words, str(caught.value), re.DOTALL), caught.value


def test_tf_keras_s_random_numbers_are_refused_by_name() -> None:
    """As in the variational autoencoder of Keras's own examples."""
    import tf_keras
    from tf_keras import backend, layers

    class Sampling(layers.Layer):  # type: ignore[misc]
        def call(self, both: Any) -> Any:
            mean, spread = both
            return mean + spread * backend.random_normal(shape=(backend.shape(mean)[0], 3))

    x = tf_keras.Input((4,))
    model = tf_keras.Model(x, Sampling()([layers.Dense(3)(x), layers.Dense(3)(x)]))
    with pytest.raises(UnsupportedError, match=r"(?s)random numbers.*save the mean"):
        gatesmith.convert(model)
