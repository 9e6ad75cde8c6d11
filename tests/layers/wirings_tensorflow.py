"""TensorFlow's operators as tf.keras keeps them in functional models. As in ``wirings``."""

from importlib import import_module
from typing import Any

from .wirings import wiring, wirings


@wiring(of=[(6, 3)] * 2, only="tf_keras")
def functions_that_keras_3_has_not(k: Any, a: Any, b: Any, tf: Any) -> Any:
    parts = [*tf.split(a, 3, axis=-1), *tf.split(b, [1, -1], axis=1), tf.matmul(a, b, transpose_b=True), a @ b[:, :3]]
    results = [tf.math.squared_difference(a, b), tf.identity(a) * 2, tf.stop_gradient(b) + 1]
    return [*parts, *results, tf.where(a > 0, a, 0.25 * a), tf.norm(a, ord="euclidean", axis=-1), a[..., tf.newaxis]]


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
    sequences = [tf.cast(masked, tf.float32), tf.convert_to_tensor(masked), tf.identity(masked)]
    return [k.layers.SimpleRNN(3)(y) for y in sequences]


@wiring(of=(6, 3), only="tf_keras")
def sums_and_remainders_of_integers(k: Any, x: Any, tf: Any) -> Any:
    whole = tf.cast(x * 9, tf.int32)
    results = [tf.reduce_sum(whole, axis=1), whole % 3, whole // 5, tf.reduce_max(whole, axis=2)]
    return [tf.cast(y, tf.float32) for y in results]


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
