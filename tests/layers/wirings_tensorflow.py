"""TensorFlow's operators as tf.keras keeps them in functional models. As in ``wirings``."""

from importlib import import_module
from typing import Any

from .wirings import wiring, wirings
from .wirings_operators import vector


@wiring(of=[(6, 3)] * 2, only="tf_keras")
def tensorflow_arithmetic(k: Any, a: Any, b: Any, tf: Any) -> Any:
    found = [
        a + 1.5,
        2 - a,
        a * b,
        a / 3,
        1 / (a * a + 1),
        -a,
        tf.maximum(a, b),
        tf.minimum(a, 0.2),
        tf.math.subtract(a, b),
        a + vector(3),
    ]
    return [
        *found,
        tf.square(a),
        tf.sqrt(tf.abs(a) + 0.1),
        tf.pow(tf.abs(a), 1.5),
        tf.exp(b),
        tf.math.squared_difference(a, b),
    ]


@wiring(of=(6, 4), only="tf_keras")
def tensorflow_functions(k: Any, x: Any, tf: Any) -> Any:
    plain = [
        tf.nn.relu(x),
        tf.nn.relu6(x),
        tf.sigmoid(x),
        tf.tanh(x),
        tf.nn.softmax(x),
        tf.nn.leaky_relu(x, 0.3),
        tf.nn.gelu(x),
        tf.nn.elu(x),
    ]
    return [
        *plain,
        tf.nn.silu(x),
        tf.math.l2_normalize(x, axis=-1),
        tf.clip_by_value(x, -0.5, 0.5),
        tf.math.log(tf.abs(x) + 1.0),
    ]


@wiring(of=(6, 4), only="tf_keras")
def tensorflow_shapes(k: Any, x: Any, tf: Any) -> Any:
    moved = [
        tf.reshape(x, (-1, 24)),
        tf.transpose(x, (0, 2, 1)),
        tf.expand_dims(x, -1),
        tf.squeeze(tf.expand_dims(x, 1), 1),
        x[:, -1],
        x[:, 1:5, ::2],
    ]
    wide = [
        tf.concat([x, x], axis=-1),
        tf.stack([x, x], axis=1),
        *tf.split(x, 2, axis=-1),
        tf.tile(x, (1, 2, 1)),
        tf.reverse(x, [1]),
        tf.pad(x, [[0, 0], [1, 0], [0, 0]]),
    ]
    return [*moved, *wide, tf.repeat(x, 2, axis=1), tf.gather(x, [0, 2], axis=2), x[..., tf.newaxis]]


@wiring(of=[(6, 4), (4, 3)], only="tf_keras")
def tensorflow_reductions(k: Any, x: Any, y: Any, tf: Any) -> Any:
    found = [
        each(x, axis=axis)
        for each in (tf.reduce_mean, tf.reduce_sum, tf.reduce_max, tf.reduce_min)
        for axis in (1, -1, [1, 2])
    ]
    return [
        *found,
        tf.reduce_mean(x, -1, keepdims=True),
        tf.math.reduce_std(x, axis=1),
        tf.matmul(x, y),
        x @ y,
        tf.matmul(x, x, transpose_b=True),
    ]


wirings(
    "edges",
    only="tf_keras",
    tensorflow_choices=(
        (40,),
        lambda k, x, tf: [
            tf.cast(x > 0.5, tf.float32),
            tf.where(x > 0, x, 0.25 * x),
            tf.cast(tf.not_equal(x, 1.0), tf.float32),
            tf.floor(x),
            tf.sign(x),
        ],
    ),
)


@wiring("masked", of=(6, 3), only="tf_keras")
def tensorflow_mask_by_hand(k: Any, x: Any, tf: Any) -> Any:
    mask = tf.reduce_any(tf.not_equal(x, 0.0), axis=-1)
    return k.layers.LSTM(3)(x, mask=mask)


wirings(
    "masked",
    only="tf_keras",
    masks_end_at_tensorflow_operators=((6, 3), lambda k, x: k.layers.LSTM(3)(k.layers.Masking()(x) * 2.0)),
)


wirings(
    only="tf_keras",
    a_mean_of_integers=(
        (6, 3),
        lambda k, x, tf: tf.reduce_mean(tf.cast(x * 9, tf.int32), axis=1),
        "cuts off to an integer",
    ),
    a_pool_of_integers=(
        (6, 3),
        lambda k, x, tf: k.layers.GlobalAveragePooling1D()(tf.cast(x * 9, tf.int32)),
        "cuts off to an integer",
    ),
    a_tensorflow_operator_that_is_not_read=(
        (6, 3),
        lambda k, x: import_module("tensorflow").math.cumprod(x, axis=1),
        "bare TensorFlow operation: tf.math.cumprod",
    ),
)


@wiring("masked", of=(6, 3), only="tf_keras")
def masks_and_casts_of_tensorflow(k: Any, x: Any, tf: Any) -> Any:
    masked = k.layers.Masking(0.0)(x)
    given = [tf.cast(masked, tf.float32), tf.convert_to_tensor(masked), tf.identity(masked)]
    return [k.layers.SimpleRNN(3)(y) for y in given]


@wiring(of=(6, 3), only="tf_keras")
def sums_and_remainders_of_integers(k: Any, x: Any, tf: Any) -> Any:
    whole = tf.cast(x * 9, tf.int32)
    found = [tf.reduce_sum(whole, axis=1), whole % 3, whole // 5, tf.reduce_max(whole, axis=2)]
    return [tf.cast(y, tf.float32) for y in found]


@wiring(only="tf_keras")
def tensorflow_fake_quantisation(k: Any) -> Any:
    tf = import_module("tensorflow")
    fake = tf.quantization
    x = k.Input((6, 4))
    y = fake.fake_quant_with_min_max_args(x)
    y = k.layers.Dense(5, activation="relu")(y)
    y = fake.fake_quant_with_min_max_vars(y, 0.0, 4.7)
    narrow = fake.fake_quant_with_min_max_vars(k.layers.Dense(3)(y), -2.1, 3.3, narrow_range=True)
    few = fake.fake_quant_with_min_max_args(k.layers.LSTM(5)(y), min=-0.7, max=0.9, num_bits=4)
    return k.Model(x, [narrow, few, fake.fake_quant_with_min_max_args(k.layers.Flatten()(y), 0.0, 3.0, num_bits=6)])
