"""Operators of functional models: Keras 3's own. As in ``wirings``."""

from typing import Any

import numpy as np

from .wirings import wiring, wirings

ACROSS = "across the samples"


def vector(*shape: int) -> Any:
    """A constant that is different everywhere, and nowhere 0."""
    return (np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape) / np.float32(np.prod(shape) + 3)) - 0.4


wirings(
    only="keras",
    numbers_on_either_side=(
        (6, 3),
        lambda k, x: [
            x + 2.0,
            1 - x,
            x * 3,
            x / 4,
            -x,
            k.ops.maximum(x, 0.1),
            k.ops.minimum(0.2, x),
            1.5 / (x * x + 1),
        ],
    ),
    choices=(
        [(6, 3)] * 2,
        lambda k, x, y, o: [
            o.where(x > y, x, y),
            o.where(x > 0, x, 0.25),
            o.where(o.abs(y) < 0.5, vector(3), x),
            o.where(x, y, -1.0),
        ],
    ),
    spreads_and_lengths=(
        (6, 3),
        lambda k, x, o: [
            o.var(x, axis=1),
            o.std(x, axis=-1),
            o.normalize(x, axis=-1),
            o.normalize(x, axis=1),
            o.std(x, axis=-1, keepdims=True),
        ],
    ),
    a_mean_of_everything=((6, 3), lambda k, x: x - k.ops.mean(x), ACROSS),
    a_mean_of_the_batch=((6, 3), lambda k, x: x - k.ops.mean(x, axis=0, keepdims=True), ACROSS),
    a_constant_taken_for_a_bias=((4, 4), lambda k, x: x + vector(4, 1), "a bias along axis 2"),
    a_constant_taken_for_a_bias_of_channels_first=((4, 4, 6), lambda k, x: x + vector(4, 1), "a bias along axis 1"),
    a_bias_of_einsum_dense_taken_for_another=(
        (5, 3),
        lambda k, x: k.layers.EinsumDense("abc,cde->abde", (None, 4, 4), bias_axes="d")(x),
        "a bias along axis 3",
    ),
    a_norm_of_what_was_cast_to_integers=(
        (6, 3),
        lambda k, x: k.layers.LayerNormalization()(k.ops.cast(x * 3, "int32") * 2),
        "is given integers",
    ),
    an_operator_that_is_not_read=((6, 3), lambda k, x: k.ops.cumprod(x, axis=1), "Cumprod"),
)


@wiring(of=[(6, 3), (1, 3)], only="keras")
def constants_of_every_shape(k: Any, x: Any, y: Any) -> Any:
    first = [
        x + vector(3),
        x * vector(1, 3),
        x - vector(6, 1),
        k.ops.subtract(vector(6, 3), x),
        x / vector(1, 6, 3),
        k.ops.divide(vector(3), x * x + 1),
    ]
    larger = [y + vector(6, 3), y * vector(4, 1), k.ops.maximum(y, vector(6, 3)), k.ops.minimum(x, vector(3))]
    return first + larger


@wiring(of=[(6, 3), (6, 3), (6, 1)], only="keras")
def tensors_and_tensors(k: Any, a: Any, b: Any, c: Any, o: Any) -> Any:
    pairs = [a + b, a - b, a * b, a / (b * b + 1), o.maximum(a, b), o.minimum(a, b), o.power(a * a, b)]
    return [*pairs, a * c, c - a, a / (c * c + 2), o.power(c, o.round(b))]


@wiring("edges", of=[(40,)] * 2, only="keras")
def comparisons(k: Any, x: Any, y: Any, o: Any) -> Any:
    tests = [
        o.greater(x, 0.5),
        o.greater_equal(x, y),
        o.less(0.5, x),
        o.less_equal(x, 1),
        o.equal(x, 1.0),
        o.not_equal(x, y),
    ]
    both = [
        o.logical_and(tests[0], tests[1]),
        o.logical_or(tests[2], tests[3]),
        o.logical_not(tests[4]),
        o.logical_xor(tests[1], tests[5]),
    ]
    return [o.cast(test, "float32") for test in (*tests, *both)]


@wiring(of=[(6, 3)] * 2, only="keras")
def comparisons_of_unlike_sizes(k: Any, x: Any, y: Any, o: Any) -> Any:
    z, row = 30 * y + 2, np.array([0.25, -1.5, 0.75], np.float32)
    tests = [o.greater(x, z), o.less_equal(z, x), o.not_equal(x, z), o.less(x, row), o.greater_equal(x, 1e6)]
    both = [o.logical_and(tests[3], x), o.logical_xor(tests[0], row - 0.25), o.logical_or(tests[1], tests[3])]
    chosen = [o.where(tests[3], x, z), o.where(tests[0], 50.0, x), o.where(tests[1], row, 0.125), o.maximum(z, row)]
    return [*(o.cast(test, "float32") for test in (*tests, *both)), *chosen]


@wiring(of=(6, 3), only="keras")
def functions_of_positive_values(k: Any, x: Any, o: Any) -> Any:
    y = o.square(x) + 0.1
    return [
        o.sqrt(y),
        o.rsqrt(y),
        o.log(y),
        o.reciprocal(y),
        y**3,
        y**0.5,
        y**-1.5,
        y**1.7,
        o.exp(x),
        o.abs(x),
        o.absolute(x),
    ]


@wiring("edges", of=(40,), only="keras")
def roundings(k: Any, x: Any, o: Any) -> Any:
    rounded = [o.floor(x), o.ceil(x), o.round(x), o.sign(x), o.trunc(x), o.clip(x, -0.5, 2.0), o.relu6(x)]
    return [*rounded, o.cast(o.cast(x, "int32"), "float32")]


@wiring("edges", of=(40,), only="keras")
def types_that_change_values(k: Any, x: Any, o: Any) -> Any:
    kinds = ("bool", "uint8", "int8", "int16", "int32", "float32")
    saturated = [o.saturate_cast(x, kind) for kind in kinds]
    wide = [o.saturate_cast(x * 1234.5, kind) for kind in kinds[1:4]]
    given = [o.convert_to_tensor(x, "int32"), o.convert_to_tensor(x, "bool"), o.convert_to_tensor(x)]
    return [o.cast(each, "float32") for each in (*saturated, *wide, *given, o.saturate_cast(x > 1, "int8"))]


@wiring(of=(6, 4), only="keras")
def activations_as_operators(k: Any, x: Any, o: Any) -> Any:
    plain = [
        o.relu(x),
        o.sigmoid(x),
        o.tanh(x),
        o.silu(x),
        o.softplus(x),
        o.gelu(x),
        o.gelu(x, approximate=False),
        o.elu(x),
        o.selu(x),
    ]
    given = [
        o.leaky_relu(x, 0.3),
        o.celu(x, 0.7),
        o.hard_sigmoid(x),
        o.softsign(x),
        o.soft_shrink(x, 0.2),
        o.threshold(x, 0.1, -1.0),
    ]
    return [*plain, *given, o.softmax(x), o.softmax(x, axis=1), o.log_softmax(x), o.glu(x), o.log_sigmoid(x)]


@wiring(of=(4, 3, 2), only="keras")
def reductions(k: Any, x: Any, o: Any) -> Any:
    found = [
        each(x, axis=axis)
        for each in (o.mean, o.sum, o.max, o.min)
        for axis in (1, 2, -1, (1, 2), (2, 3), (1, 2, 3), (1, 3))
    ]
    return [
        *found,
        o.mean(x, axis=-1, keepdims=True),
        o.sum(x, axis=1, keepdims=True),
        o.max(x, axis=(1, 3), keepdims=True),
    ]


@wiring("marked", of=(6, 3), only="keras")
def whether_any_and_all(k: Any, x: Any, o: Any) -> Any:
    tests = [
        o.any(o.not_equal(x, 0.0), axis=-1),
        o.all(x > -1, axis=1),
        o.any(x, axis=-1, keepdims=True),
        o.all(o.equal(x, 0), axis=-1),
    ]
    return [o.cast(test, "float32") for test in tests]


@wiring(of=(4, 3, 2), only="keras")
def other_shapes(k: Any, x: Any, o: Any) -> Any:
    moved = [
        o.transpose(x, (0, 3, 1, 2)),
        o.swapaxes(x, 1, 2),
        o.moveaxis(x, -1, 1),
        o.expand_dims(x, 1),
        o.expand_dims(x, -1),
    ]
    given = [
        o.reshape(x, (-1, 24)),
        o.reshape(x, (-1, 6, 4)),
        o.reshape(x, (-1, 2, 3, 4)),
        o.squeeze(o.expand_dims(x, 2), 2),
        o.expand_dims(x, (-1, -2)),
        o.expand_dims(x, (-1, 1)),
        o.expand_dims(x, (1, 3)),
    ]
    return [*moved, *given]


@wiring(of=[(6, 4)] * 2, only="keras")
def side_by_side(k: Any, x: Any, y: Any, o: Any) -> Any:
    parts = o.split(x, 2, axis=-1) + o.split(x, [1, 4], axis=1)
    return [
        o.concatenate([x, y], axis=-1),
        o.concatenate([x, y], axis=1),
        o.stack([x, y], axis=1),
        o.stack([x, y], axis=-1),
        *parts,
    ]


@wiring(of=(6, 4, 2), only="keras")
def parts_by_index(k: Any, x: Any) -> Any:
    steps = [x[:, -1], x[:, 0, :], x[:, 2:], x[:, :-1], x[:, ::2], x[:, ::-1], x[:, 4:1:-2]]
    inner = [x[:, :, 1], x[..., 0], x[..., None], x[:, None], x[:, 1:5, ::2], x[:, 5, 1:3, 0], x[:, -2:, 3]]
    return [*steps, *inner]


@wiring(of=(6, 4), only="keras")
def positions_repeated_and_turned(k: Any, x: Any, o: Any) -> Any:
    picked = [
        o.take(x, 2, axis=1),
        o.take(x, [0, 3], axis=-1),
        o.take(x, [0, 1, 3], axis=2),
        o.flip(x, axis=1),
        o.flip(x, axis=(1, 2)),
    ]
    wide = [o.repeat(x, 2, axis=1), o.repeat(x, 3, axis=-1), o.tile(x, (1, 2, 1)), o.tile(x, (1, 1, 3))]
    return [*picked, *wide, o.pad(x, ((0, 0), (1, 2), (0, 0))), o.pad(x, ((0, 0), (0, 0), (2, 1)))]


@wiring(of=[(6, 4), (4, 5)], only="keras")
def products(k: Any, x: Any, y: Any, o: Any) -> Any:
    constant = [
        o.matmul(x, vector(4, 3)),
        o.dot(x, vector(4, 2)),
        o.tensordot(x, vector(4, 3), 1),
        o.einsum("abc,cd->abd", x, vector(4, 2)),
    ]
    more = [
        o.einsum("abc,bcd->ad", x, vector(6, 4, 3)),
        o.tensordot(x, vector(6, 4, 3), axes=[[1, 2], [0, 1]]),
        o.einsum("abc,bd->adc", x, vector(6, 2)),
    ]
    return [*constant, *more, o.matmul(x, y), o.einsum("abc,acd->adb", x, y), o.einsum("abc,adc->abd", x, x)]


@wiring(of=[(6, 2, 4), (5, 2, 4)], only="keras")
def products_of_heads(k: Any, x: Any, y: Any, o: Any) -> Any:
    scores = o.softmax(o.einsum("bqhd,bkhd->bhqk", x, y) / 2.0)
    turned = o.matmul(o.transpose(x, (0, 2, 1, 3)), o.transpose(y, (0, 2, 3, 1)))
    return [o.einsum("bhqk,bkhd->bqhd", scores, y), turned]


@wiring(of=(None, 3), only="keras")
def operators_over_open_lengths(k: Any, x: Any, o: Any) -> Any:
    y = o.maximum(x * vector(3) + 0.5, 0.1)
    return k.layers.LSTM(3)(o.concatenate([y, o.sqrt(y), o.mean(x, axis=-1, keepdims=True), x[..., ::2]], axis=-1))


@wiring("masked", of=(6, 3), only="keras")
def a_mask_of_the_models_own(k: Any, x: Any, o: Any) -> Any:
    h = k.layers.GRU(3, return_sequences=True)(x, mask=o.any(o.not_equal(x, 0.0), axis=-1))
    return [h, k.layers.GlobalAveragePooling1D()(h, mask=o.any(o.less(x, 0.3), axis=-1))]


@wiring("tokens", of=(6,), only="keras", dtype="int32")
def a_mask_of_words_by_hand(k: Any, x: Any) -> Any:
    h = k.layers.Embedding(9, 3)(x)
    return k.layers.LSTM(3)(h, mask=k.ops.not_equal(x, 0))


@wiring(of=(6, 3), only="keras")
def floats_that_were_integers(k: Any, x: Any) -> Any:
    whole, o = k.ops.cast(x * 9, "int32"), k.ops
    truth = o.cast(o.cast(x > 0, "int32"), "float32")
    norm = k.layers.LayerNormalization()
    floats = o.cast(o.cast(whole, "float32"), "float32")
    return [norm(floats), norm(truth), o.mean(whole, axis=2), norm(whole + x)]


@wiring(of=(40,), only="keras")
def whole_numbers_divided_without_rest(k: Any, x: Any) -> Any:
    """By a third and by a tenth, 3 and 10 come out below 1."""
    whole = k.ops.round(x * 20)
    return [whole % 3, whole % 10, whole // 7, whole // 10]


@wiring(of=[(4, 4), (4, 5)], only="keras")
def constants_that_no_backend_takes_for_a_bias(k: Any, x: Any, y: Any) -> Any:
    first, last = k.ops.add(vector(4, 1), x), x + vector(4)
    return [first, last, x + vector(4, 4), y + vector(4, 1), x - vector(4, 1)]


@wiring(of=(6, 3), only="keras")
def operators_said_by_others(k: Any, x: Any, o: Any) -> Any:
    y = o.abs(x) + 0.5
    found = [o.log1p(y), o.log2(y), o.log10(y), o.expm1(x), x // 0.3, o.mod(x, 0.7), o.average(x, axis=1)]
    more = [*o.moments(x, axes=[1]), *o.moments(x, axes=[2], keepdims=True), o.slice(x, (0, 1, 0), (-1, 2, 3))]
    return [*found, *more, o.concatenate([x, o.zeros_like(x)], axis=-1), x + o.ones_like(x)]
