"""Operators of functional models: what NumPy and signal processing have. As in ``wirings``."""

from typing import Any

import numpy as np

from .wirings import wiring, wirings
from .wirings_operators import ACROSS, vector


@wiring(of=(6, 3), only="keras")
def waves_and_arcs(k: Any, x: Any, o: Any) -> Any:
    y = 0.9 * o.tanh(x)
    arcs = [o.arctan(x), o.arcsinh(x), o.erf(x), o.erfc(x)]
    return [o.sin(x), o.cos(x), o.tan(y), o.sinh(x), o.cosh(x), *arcs]


@wiring(of=(6, 3), only="keras")
def arcs_near_their_ends(k: Any, x: Any, o: Any) -> Any:
    y = 0.9 * o.tanh(x)
    return [o.arcsin(y), o.arccos(y), o.arctanh(y), o.arccosh(o.abs(x) + 1.5)]


wirings(
    "edges",
    only="keras",
    waves_over_many_turns=(
        (40,),
        lambda k, x, o: [o.sin(x), o.cos(x), o.arctan(x), o.arcsinh(x), o.arccosh(o.abs(x) + 1.5), o.sinh(x / 2)],
    ),
)


@wiring("edges", of=(40,), only="keras")
def steps_and_remainders(k: Any, x: Any, o: Any) -> Any:
    tests = [o.signbit(x - 0.1), o.isclose(x, 2.0), o.isclose(x, o.round(x), atol=0.2)]
    found = [
        o.heaviside(x, np.float32(0.25)),
        o.fabs(x),
        o.fmax(x, 0.5),
        o.fmin(x, -x),
        o.cbrt(x),
        o.exp2(x / 20),
        o.deg2rad(x),
    ]
    more = [o.rad2deg(x), o.divide_no_nan(1.5, x), o.divide_no_nan(x, o.relu(x)), o.full_like(x, 0.5), o.sinc(x / 4)]
    again = [k.activations.relu(x, negative_slope=0.1, max_value=3.0, threshold=0.2)]
    return [*(o.cast(test, "float32") for test in tests), *found, *more, *again]


@wiring(of=[(6, 3)] * 2, only="keras")
def two_tensors_by_a_function(k: Any, x: Any, y: Any, o: Any) -> Any:
    pairs = [o.arctan2(x, y), o.hypot(x, y), o.logaddexp(x, y), o.logaddexp2(x, y), o.fmod(x, 0.7)]
    return [*pairs, o.logaddexp(x, 0.5), o.arctan2(-x, x * 0.5)]


@wiring(of=(4, 3, 2), only="keras")
def sums_of_every_order(k: Any, x: Any, o: Any) -> Any:
    sums = [o.logsumexp(x, axis=1), o.logsumexp(x * 30, axis=(2, 3)), o.logsumexp(x, axis=-1, keepdims=True)]
    norms = [o.norm(x, axis=-1, ord=order) for order in (None, 0, 1, 2, 3)]
    norms += [
        o.norm(x, axis=(1, 2)),
        o.norm(x, axis=(2, 3), ord="fro", keepdims=True),
        o.norm(x, axis=1, keepdims=True),
    ]
    spans = [
        o.ptp(x, axis=2),
        o.ptp(x, axis=-1, keepdims=True),
        o.prod(x, axis=1),
        o.prod(x, axis=(2, 3), keepdims=True),
    ]
    steps = [o.diff(x, axis=1), o.diff(x, n=2, axis=1), o.diff(x), o.trapezoid(x, axis=1), o.trapezoid(x, dx=0.1)]
    return [*sums, *norms, *spans, *steps, o.cast(o.count_nonzero(o.relu(x), axis=2), "float32")]


wirings(
    only="keras",
    a_log_of_everything=((6, 3), lambda k, x: x - k.ops.logsumexp(x), ACROSS),
    a_norm_by_singular_values=((6, 3), lambda k, x: k.ops.norm(x, ord="nuc", axis=(1, 2)), "order nuc"),
    sums_so_far=((6, 3, 2), lambda k, x, o: [o.cumsum(x, axis=1), o.cumsum(x, axis=-1), o.cumsum(x, axis=2)]),
    sums_so_far_of_open_length=((None, 3), lambda k, x: k.ops.cumsum(x, axis=1), "length is not fixed"),
    samples_turned_round=((4, 4), lambda k, x: k.ops.flipud(x), ACROSS),
    a_sum_of_products_over_the_batch=((5,), lambda k, x: x + k.ops.einsum("bf,cf->bc", x, x)[:, :1], ACROSS),
    parts_of_a_number_that_is_not_said=((3, 4), lambda k, x: k.ops.unstack(x, axis=1)[2], "argument num"),
)


@wiring(of=(4, 3, 5), only="keras")
def places_of_largest_values(k: Any, x: Any, o: Any) -> Any:
    found = [o.argmax(x, axis=1), o.argmax(x, axis=-1), o.argmin(x, axis=2), o.argmin(x, axis=-1, keepdims=True)]
    found += [o.argmax(o.relu(x), axis=1, keepdims=True)]
    return [*(o.cast(each, "float32") for each in found), o.one_hot(o.argmax(x, axis=-1), 5)]


wirings(
    "tokens",
    only="keras",
    dtype="int32",
    numbers_as_vectors=((6,), lambda k, x, o: [o.one_hot(x, 7), o.one_hot(x, 4, axis=1), o.multi_hot(x, 9)]),
)


@wiring("edges", of=(40,), only="keras")
def bins_by_operators(k: Any, x: Any, o: Any) -> Any:
    bounds = np.array([-1.0, 0.5, 2.0], np.float32)
    found = [o.digitize(x, bounds), *(o.searchsorted(bounds, x, side=side) for side in ("left", "right"))]
    return [o.cast(each, "float32") for each in found[:1]]


@wiring(of=[(4, 4, 6), (4,)], only="keras")
def values_moved_by_numpys_names(k: Any, x: Any, y: Any, o: Any) -> Any:
    rolled = [o.roll(x, 1, axis=1), o.roll(x, -2, axis=-1), o.roll(x, (1, 3), axis=(1, 2)), o.roll(x, 8, axis=2)]
    stacked = [o.append(x, x, axis=2), o.hstack([x, x]), o.dstack([x, -x]), o.hstack([y, y]), o.dstack([y, y])]
    parts = [*o.array_split(x, 4, axis=-1), *o.hsplit(x, 2), *o.dsplit(x, [1]), *o.unstack(x, 4, axis=1)]
    corners = [o.tril(x), o.triu(x, k=1), o.diagonal(x, axis1=1, axis2=2), o.diagonal(x, offset=-1, axis1=2, axis2=3)]
    return [*rolled, *stacked, *parts, *corners, o.fliplr(x), o.trace(x, axis1=1, axis2=2)]


@wiring(only="keras")
def pixels_and_blocks(k: Any) -> Any:
    x, o = k.Input((4, 6, 4)), k.ops
    rgb, first = k.Input((5, 6, 3)), k.Input((4, 2, 4))
    blocks = [o.depth_to_space(x, 2), o.space_to_depth(x, 2), o.depth_to_space(first, 2, data_format="channels_first")]
    edges = [
        o.image.pad_images(rgb, top_padding=1, left_padding=2, target_height=8, target_width=9),
        o.image.crop_images(rgb, top_cropping=1, left_cropping=2, bottom_cropping=1, target_width=3),
    ]
    sizes = [o.image.resize(rgb, (7, 4)), o.image.resize(rgb, (3, 9), "bicubic", antialias=True)]
    return k.Model([x, rgb, first], [*blocks, *edges, *sizes, o.image.rgb_to_grayscale(rgb)])


@wiring(of=[(40,), (3, 12)], only="keras")
def transforms_of_frames(k: Any, x: Any, y: Any, o: Any) -> Any:
    options: tuple[dict[str, Any], ...] = ({}, {"window": "hamming"}, {"window": None}, {"center": False})
    frames = [part for each in options for part in o.stft(x, 12, 6, 16, **each)]
    whole = [*o.rfft(x), *o.rfft(y), *o.rfft(y, fft_length=16), *o.rfft(y, fft_length=9), *o.stft(y, 4, 3, 4)]
    return [*frames, *whole]


@wiring(of=(40,), only="keras")
def loudness_of_frames(k: Any, x: Any, o: Any) -> Any:
    real, imaginary = o.stft(x, 8, 4, 8)
    return o.log(real * real + imaginary * imaginary + 1.0)


@wiring(only="tf_keras")
def transforms_by_tensorflow(k: Any) -> Any:
    import tensorflow as tf

    x = k.Input((40,))
    one, two = tf.signal.stft(x, 12, 6), tf.signal.stft(x, frame_length=8, frame_step=4, fft_length=12)
    sizes = [tf.abs(one), tf.math.real(two), tf.math.imag(two), tf.square(tf.abs(two))]
    return k.Model(x, sizes)


@wiring(only="tf_keras", refused='layer "tf.signal.stft')
def complex_numbers_as_they_are(k: Any) -> Any:
    import tensorflow as tf

    x = k.Input((40,))
    return k.Model(x, tf.signal.stft(x, 12, 6))


@wiring(of=[(5,), (4,), (5, 4)], only="keras")
def sums_of_products_of_every_kind(k: Any, x: Any, y: Any, z: Any, o: Any) -> Any:
    outer = [o.einsum("bf,bg->bfg", x, y), o.einsum("bf,bf->bf", x, x), o.einsum("bf,g->bfg", x, np.ones(3, "f4"))]
    lone = [o.einsum("bfg->bgf", z), o.einsum("bfg->bf", z), o.einsum("bfg,bf->b", z, x), o.einsum("bf,bg->bg", x, y)]
    more = [
        o.einsum("bf,bfg,bg->b", x, z, y),
        o.einsum("...f,...fg->...g", x, z),
        o.einsum("bfg,fg->bfg", z, vector(5, 4)),
    ]
    return [*outer, *lone, *more, o.einsum("bfg,f->bg", z, np.arange(5, dtype="f4"))]


@wiring(of=[(9, 4), (8, 7, 4)], only="keras")
def layers_as_operators(k: Any, x: Any, y: Any, o: Any) -> Any:
    pools = [
        o.max_pool(x, 2),
        o.average_pool(x, 3, 2, "same"),
        o.max_pool(y, (2, 3), padding="same"),
        o.average_pool(y, 2),
    ]
    pools += [o.adaptive_average_pool(y, (4, 7)), o.adaptive_max_pool(y, (2, 3))]
    walks = [
        o.conv(x, vector(3, 4, 5)),
        o.conv(x, vector(2, 4, 2), 2, "same"),
        o.conv(x, vector(3, 4, 2), dilation_rate=2),
    ]
    walks += [o.depthwise_conv(y, vector(3, 2, 4, 2), padding="same")]
    walks += [o.separable_conv(y, vector(3, 3, 4, 1), vector(1, 1, 4, 3))]
    gamma, beta = vector(4) + 1, vector(4)
    norms = [o.layer_normalization(x, gamma, beta, axis=-1, epsilon=0.01), o.layer_normalization(x)]
    norms += [o.rms_normalization(x, gamma), o.rms_normalization(x, axis=-1, epsilon=0.1)]
    norms += [o.batch_normalization(y, beta, gamma, axis=-1, offset=gamma, scale=beta, epsilon=0.1)]
    return [*pools, *walks, *norms]


@wiring(of=[(5, 2, 4), (6, 2, 4)], only="keras")
def attention_as_an_operator(k: Any, q: Any, v: Any, o: Any) -> Any:
    causal = o.dot_product_attention(q, q, q, is_causal=True)
    mask = np.tril(np.ones((1, 1, 5, 6), bool), 1)
    scaled = o.dot_product_attention(q, v, v, mask=mask, scale=0.3, bias=vector(1, 2, 5, 6))
    return [causal, scaled, o.dot_product_attention(q, v, v)]


@wiring(only="tf_keras")
def tensorflows_names_of_these(k: Any) -> Any:
    import tensorflow as tf

    x, y = k.Input((6, 3)), k.Input((6, 3))
    whole = [tf.argmax(x, axis=1), tf.math.argmin(x, axis=-1), tf.argmax(x, 2, output_type=tf.int32)]
    waves = [tf.sin(x), tf.cos(x), tf.math.atan(x), tf.math.erf(x), tf.math.atan2(x, y), tf.math.asinh(x)]
    sums = [tf.cumsum(x, axis=1), tf.math.cumsum(x, 2), tf.reduce_logsumexp(x, axis=1), tf.reduce_prod(x, axis=-1)]
    norms = [tf.norm(x, axis=1), tf.linalg.norm(x, ord="euclidean", axis=-1, keepdims=True), tf.norm(x, 1, axis=2)]
    moved = [tf.roll(x, 1, axis=1), tf.roll(x, shift=[1, -1], axis=[1, 2]), *tf.unstack(x, num=3, axis=2)]
    vectors = [tf.one_hot(tf.argmax(x, axis=-1), 3), tf.math.divide_no_nan(x, tf.nn.relu(y))]
    return k.Model([x, y], [*(tf.cast(w, tf.float32) for w in whole), *waves, *sums, *norms, *moved, *vectors])


@wiring("tokens", of=(6,), only="keras", dtype="int32")
def a_table_read_and_multiplied_by(k: Any, x: Any) -> Any:
    tied = k.layers.ReversibleEmbedding(9, 4)
    own = k.layers.ReversibleEmbedding(9, 3, tie_weights=False, mask_zero=True, logit_soft_cap=0.7)
    first, second = k.layers.GRU(4, return_sequences=True)(tied(x)), k.layers.GRU(3)(own(x))
    return [tied(first, reverse=True), own(second, reverse=True)]
