"""Operators of functional models beside others, and what is refused; each by itself is in ``operators``. As in
``wirings``."""

from typing import Any

import numpy as np

from gatesmith.importers.keras.layers.augmentation import INERT

from .wirings import wiring, wirings

ACROSS = "across the samples"


def vector(*shape: int) -> Any:
    """A constant that is different everywhere, and nowhere 0."""
    return (np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape) / np.float32(np.prod(shape) + 3)) - 0.4


wirings(
    only="keras",
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


@wiring(of=[(6, 3)] * 2, only="keras")
def comparisons_of_unlike_sizes(k: Any, x: Any, y: Any, o: Any) -> Any:
    z, row = 30 * y + 2, np.array([0.25, -1.5, 0.75], np.float32)
    tests = [o.greater(x, z), o.less_equal(z, x), o.not_equal(x, z), o.less(x, row), o.greater_equal(x, 1e6)]
    both = [o.logical_and(tests[3], x), o.logical_xor(tests[0], row - 0.25), o.logical_or(tests[1], tests[3])]
    chosen = [o.where(tests[3], x, z), o.where(tests[0], 50.0, x), o.where(tests[1], row, 0.125), o.maximum(z, row)]
    return [*(o.cast(test, "float32") for test in (*tests, *both)), *chosen]


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


wirings(
    "edges",
    only="keras",
    a_relu_of_every_option=(
        (40,),
        lambda k, x: k.activations.relu(x, negative_slope=0.1, max_value=3.0, threshold=0.2),
    ),
)


wirings(
    only="keras",
    a_log_of_everything=((6, 3), lambda k, x: x - k.ops.logsumexp(x), ACROSS),
    a_norm_by_singular_values=((6, 3), lambda k, x: k.ops.norm(x, ord="nuc", axis=(1, 2)), "order nuc"),
    sums_so_far_of_open_length=((None, 3), lambda k, x: k.ops.cumsum(x, axis=1), "length is not fixed"),
    samples_turned_round=((4, 4), lambda k, x: k.ops.flipud(x), ACROSS),
    a_sum_of_products_over_the_batch=((5,), lambda k, x: x + k.ops.einsum("bf,cf->bc", x, x)[:, :1], ACROSS),
    parts_of_a_number_that_is_not_said=((3, 4), lambda k, x: k.ops.unstack(x, axis=1)[2], "argument num"),
)


@wiring(of=(5, 6, 3), only="keras")
def pixels(k: Any, rgb: Any, o: Any) -> Any:
    edges = [
        o.image.pad_images(rgb, top_padding=1, left_padding=2, target_height=8, target_width=9),
        o.image.crop_images(rgb, top_cropping=1, left_cropping=2, bottom_cropping=1, target_width=3),
    ]
    sizes = [o.image.resize(rgb, (7, 4)), o.image.resize(rgb, (3, 9), "bicubic", antialias=True)]
    return [*edges, *sizes, o.image.rgb_to_grayscale(rgb)]


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
def norms_as_operators(k: Any, x: Any, y: Any, o: Any) -> Any:
    gamma, beta = vector(4) + 1, vector(4)
    norms = [o.layer_normalization(x, gamma, beta, axis=-1, epsilon=0.01), o.layer_normalization(x)]
    norms += [o.rms_normalization(x, gamma), o.rms_normalization(x, axis=-1, epsilon=0.1)]
    return [*norms, o.batch_normalization(y, beta, gamma, axis=-1, offset=gamma, scale=beta, epsilon=0.1)]


@wiring("tokens", of=(6,), only="keras", dtype="int32")
def a_table_read_and_multiplied_by(k: Any, x: Any) -> Any:
    tied = k.layers.ReversibleEmbedding(9, 4)
    untied = k.layers.ReversibleEmbedding(9, 3, tie_weights=False, mask_zero=True, logit_soft_cap=0.7)
    first, second = k.layers.GRU(4, return_sequences=True)(tied(x)), k.layers.GRU(3)(untied(x))
    return [tied(first, reverse=True), untied(second, reverse=True)]


@wiring("tokens", of=(6,), only="keras", dtype="int32", quantize="int8")
def tables_of_int8_multiplied_by(k: Any, x: Any) -> Any:
    return a_table_read_and_multiplied_by(k, x)


# Layers of images

NEEDED: dict[str, list[dict[str, Any]]] = {
    "RandomBrightness": [{"factor": 0.4}, {"factor": (-0.2, 0.9), "value_range": (-1, 1), "seed": 3}],
    "RandomColorDegeneration": [{"factor": 0.5}],
    "RandomColorJitter": [
        {"brightness_factor": 0.5, "contrast_factor": 0.5, "saturation_factor": 0.5, "hue_factor": 0.5},
        {"value_range": (0, 1), "data_format": "channels_last"},
    ],
    "RandomContrast": [{"factor": 0.5}, {"factor": (0.1, 0.9)}],
    "RandomFlip": [{}, {"mode": "vertical", "seed": 1}],
    "RandomHeight": [{"factor": 0.3}],
    "RandomHue": [{"factor": 0.5, "value_range": (0, 1)}],
    "RandomPosterization": [{"factor": 4}],
    "RandomRotation": [{"factor": 0.2}, {"factor": (-0.1, 0.3), "fill_mode": "constant", "fill_value": 9.0}],
    "RandomSaturation": [{"factor": 0.5}],
    "RandomSharpness": [{"factor": 0.5}],
    "RandomShear": [{"x_factor": 0.5, "y_factor": 0.5}],
    "RandomTranslation": [{"height_factor": 0.2, "width_factor": 0.3, "interpolation": "nearest"}],
    "RandomWidth": [{"factor": 0.3}],
    "RandomZoom": [{"height_factor": 0.5}, {"height_factor": (-0.3, -0.2), "width_factor": 0.1}],
    "AugMix": [{}, {"value_range": (0, 1), "num_chains": 1, "all_ops": False}],
    "RandAugment": [{"value_range": (0, 1), "num_ops": 1, "factor": 0.9}],
    "MaxNumBoundingBoxes": [{"max_number": 3}],
}
"""What the constructors of some classes ask for, and options that would show."""


@wiring("floats")
def augmentation_of_every_kind(k: Any) -> Any:
    """Each gives its input back, whatever its options are."""
    x = y = k.Input((6, 5, 3))
    classes = [name for name in ("RandomFlip", *INERT) if hasattr(k.layers, name)]
    assert len(classes) == (25 if k.__name__ == "keras" else 8)
    for name in classes:
        for options in NEEDED.get(name, [{}]):
            y = getattr(k.layers, name)(**options)(y)
    return k.Model(x, y)


@wiring("tokens", of=(4, 4, 3), only="keras", dtype="int32")
def augmentation_of_integers(k: Any, x: Any) -> Any:
    """Floats come out, which a norm does not cut off."""
    return k.layers.LayerNormalization()(k.layers.RandomFlip()(x))


wirings(
    only="tf_keras",
    augmentation_that_goes_on=((4, 4, 3), lambda k, x: k.layers.RandomFlip()(x, training=True), "training=True"),
)


wirings(
    only="keras",
    augmentation_in_integers=((4, 4, 3), lambda k, x: k.layers.RandomZoom(0.3, dtype="uint8")(x), "computes in uint8"),
    contrast_of_a_sequence=((6, 3), lambda k, x: k.layers.AutoContrast()(x), "pictures of 3 axes"),
    an_operator_with_a_reason=((6, 3), lambda k, x: k.ops.sort(x, axis=1), "sorts values"),
)


@wiring("gentle", of=(6, 5, 3), only="keras")
def contrast_stretched_over_a_range(k: Any, x: Any) -> Any:
    """Of each channel, also of one that is the same everywhere."""
    flat = x * np.array([1.0, 0.0, -30.0], np.float32) + np.array([0.0, 0.25, 90.0], np.float32)
    ranges = ((0, 1), (0, 255), (1.0, -1.0), (-2, 3))
    return [k.layers.AutoContrast(value_range=each)(each_x) for each in ranges for each_x in (x, flat)]


wirings(
    "tokens",
    only="keras",
    dtype="int32",
    hashes=((6,), lambda k, x: k.layers.Embedding(9, 3)(k.layers.Hashing(9)(x)), "turns text or hashes"),
)
