"""Models that the fuzzer of models found to be read wrongly once; see ``tests/fuzz``."""

from importlib import import_module
from typing import Any

from .feeds import ROWS
from .wirings import wiring, wirings

wirings(
    "masked",
    only="keras",
    a_mask_by_hand_of_a_marker=(
        (6, 3),
        lambda k, x: k.layers.GRU(4)(k.layers.Masking(0.3)(x), mask=k.layers.Masking(0.0).compute_mask(x)),
    ),
)


@wiring("masked", of=(6, 3), suffix=".h5", only="keras")
def dropout_of_whole_features_in_hdf5(k: Any, x: Any) -> Any:
    """Its configuration has no ``trainable``, which other layers have and bare operations have not."""
    return k.layers.GRU(2)(k.layers.SpatialDropout1D(0.5)(k.layers.Masking()(x)))


@wiring(of=[(6, 3)] * 2)
def the_angle_between_almost_nothings(k: Any, x: Any, y: Any) -> Any:
    """Where a sum of squares is below Keras 3's floor, tf_keras's, or both."""
    small = [k.layers.Rescaling(scale)(value) for scale, value in ((1e-7, x), (3e-7, y))]
    return k.layers.Dot(axes=2, normalize=True)(small)


@wiring(of=(4, 7, 2))
def a_final_state_walked_as_a_sequence(k: Any, x: Any) -> Any:
    """The last frame of a convolutional cell, whose first axis is time to what follows, forward and backward."""
    h, last, cell = k.layers.ConvLSTM1D(3, 3, return_state=True)(x)
    back = k.layers.GRU(2, go_backwards=True)(cell)
    return [k.layers.LSTM(8)(h), k.layers.Dense(2)(last), back]


@wiring(of=[(1, 3), (2, 2)])
def a_state_that_is_a_flattened_sequence(k: Any, x: Any, y: Any) -> Any:
    """All of it must be there before the first step; of one step it is as long as a frame."""
    h = k.layers.GRU(3)(x, initial_state=k.layers.Flatten()(k.layers.Activation("tanh")(x)))
    return [h, k.layers.GRU(4)(y, initial_state=k.layers.Flatten()(k.layers.Minimum()([y, y])))]


@wiring(of=(12, 3))
def a_kernel_of_one_step_whose_dilation_means_nothing(k: Any, x: Any) -> Any:
    """It sees only its own step, between one that sees several and one that goes step by step."""
    y = k.layers.Conv1D(4, 2, strides=2)(x)
    return k.layers.GRU(3)(k.layers.Conv1D(4, 1, dilation_rate=3)(y))


def _quantised(k: Any) -> Any:
    x, words = k.Input((6, 4)), k.Input((6,))
    h = k.layers.Concatenate()([k.layers.Embedding(9, 3)(words), k.layers.Dense(5, activation="tanh")(x)])
    h = k.layers.EinsumDense("abc,cde->abde", output_shape=(6, 2, 4), bias_axes="de", activation="relu")(h)
    return k.Model([x, words], k.layers.Dense(3)(k.layers.Flatten()(h)))


@wiring("gentle", "tokens", only="keras", quantize="int8")
def int8_as_keras_computes_it(k: Any) -> Any:
    return _quantised(k)


@wiring("gentle", "tokens", only="keras", quantize="int8", suffix=".h5")
def int8_in_hdf5(k: Any) -> Any:
    return _quantised(k)


@wiring("gentle", "tokens", only="keras", quantize="int4")
def int4_as_keras_computes_it(k: Any) -> Any:
    return _quantised(k)


wirings(
    only="keras",
    quantize="float8",
    float8_as_keras_computes_it=((6, 4), lambda k, x: k.layers.Dense(3)(k.layers.Dense(5, activation="tanh")(x))),
    float8_of_an_equation=((6, 4), lambda k, x: k.layers.EinsumDense("abc,cd->abd", (6, 3), bias_axes="d")(x)),
)


@wiring("gentle", "gentle", of=[(5, 4), (7, 4)], only="keras")
def attention_with_masks_and_scores_by_hand(k: Any, x: Any, y: Any) -> Any:
    seen = k.ops.any(k.ops.greater(y, 0.5), axis=-1)
    pairs = k.ops.greater(k.ops.matmul(x, k.ops.transpose(y, (0, 2, 1))), 0.0)
    layers = k.layers
    one, scores = layers.Attention(use_scale=True)([x, y], mask=[None, seen], return_attention_scores=True)
    two = layers.AdditiveAttention()([x, y], use_causal_mask=True)
    three, more = layers.MultiHeadAttention(2, 3)(x, y, attention_mask=pairs, return_attention_scores=True)
    four = layers.MultiHeadAttention(2, 3)(x, y, value_mask=seen, use_causal_mask=True)
    five = layers.GroupQueryAttention(3, 4, 2)(x, y, attention_mask=pairs)
    six = layers.MultiHeadAttention(2, 3, dropout=0.1)(x, y, attention_mask=pairs)
    return [one, scores, two, three, more, four, five, six]


@wiring("gentle", "gentle", of=[(5, 4), (7, 4)], only="tf_keras")
def attention_of_tensorflow(k: Any, x: Any, y: Any) -> Any:
    layers = k.layers
    one, scores = layers.Attention(use_scale=True)([x, y], return_attention_scores=True)
    two = layers.AdditiveAttention()([x, y], use_causal_mask=True)
    three, more = layers.MultiHeadAttention(2, 3)(x, y, return_attention_scores=True, use_causal_mask=True)
    return [one, scores, two, three, more]


@wiring("gentle", "gentle")
def transformer_encoder_and_decoder(k: Any) -> Any:
    """Attention to itself with a residual and a normalization, a GELU network likewise; then attention of another to
    it, to itself up to each step, and by heads that share keys."""
    layers = k.layers
    x, y = k.Input((9, 8)), k.Input((5, 8))
    h = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    h = layers.LayerNormalization()(layers.Add()([h, layers.Dense(8)(layers.Dense(16, activation="gelu")(h))]))
    g = layers.LayerNormalization()(layers.Add()([y, layers.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)]))
    g = layers.LayerNormalization()(layers.Add()([g, layers.MultiHeadAttention(4, 3, value_dim=5)(g, h)]))
    return k.Model([x, y], [layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(h)), g])


@wiring("masked", of=(6, 3), only="keras")
def a_mask_through_attention(k: Any, x: Any) -> Any:
    h = k.layers.Masking()(x)
    h = k.layers.MultiHeadAttention(2, 3)(h, h)
    return k.layers.LSTM(3)(k.layers.Attention()([h, h]))


@wiring("gentle", of=(3, 4, 2))
def zeros_around_what_spreads_its_input(k: Any, x: Any) -> Any:
    """They are no padding of a transposed convolution: that cuts its output."""
    return k.layers.Conv2DTranspose(2, 3, strides=2)(k.layers.ZeroPadding2D(1)(x))


wirings(
    "gentle",
    only="tf_keras",
    zeros_around_a_kernel_of_each_place=(
        (5, 2),
        lambda k, x: k.layers.LocallyConnected1D(3, 3)(k.layers.ZeroPadding1D(1)(x)),
    ),
)


@wiring("masked", of=(4, 5, 3), only="tf_keras")
def a_transposed_kernel_on_what_nobody_else_reads(k: Any, x: Any) -> Any:
    """It reads each input after it wrote beyond it: its output lies on nothing that it reads."""
    h = k.layers.Flatten()(k.layers.Conv2DTranspose(4, 3, strides=2)(k.layers.Masking()(x)))
    return k.layers.LSTM(4)(k.layers.Reshape((6, 3))(k.layers.Dense(18, activation="tanh")(h)))


wirings(
    only="keras",
    biases_of_heads_of_width_1_taken_for_those_of_steps=(
        (4, 6),
        lambda k, x: k.layers.MultiHeadAttention(4, 1)(x, x),
        "a bias along axis 1",
    ),
)


@wiring(of=(10, 8))
def one_dense_layer_at_many_positions_and_at_one(k: Any, x: Any) -> Any:
    """A function for many positions at once, and one for a position, of the same tables."""
    dense = k.layers.Dense(12, activation="relu")
    return [dense(k.layers.GlobalAveragePooling1D()(x)), dense(k.layers.Dense(8)(x))]


@wiring(of=(4,), suffix=".h5", only="keras")
def bins_in_hdf5(k: Any, x: Any) -> Any:
    words = k.layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(x)
    return k.layers.Flatten()(k.layers.Embedding(4, 3)(words))


wirings(
    "gentle",
    only="keras",
    suffix=".h5",
    attention_in_hdf5=(
        (6, 4),
        lambda k, x: k.layers.GroupQueryAttention(3, 4, 2)(x, k.layers.MultiHeadAttention(2, 3, use_gate=True)(x, x)),
    ),
)


@wiring("masked", of=(6, 3), only="keras")
def masks_end_where_a_layer_does_not_declare_them(k: Any, x: Any) -> Any:
    h = k.layers.Masking()(x)
    y = k.layers.EinsumDense("abc,cd->abd", (None, 5))(h)
    return [k.layers.LSTM(2)(y), k.layers.GRU(2)(k.layers.RMSNormalization()(h))]


@wiring(of=(6, 3), only="keras", refused="cuts what it makes of them off")
def whole_numbers_that_are_normalised(k: Any, x: Any) -> Any:
    h = k.layers.Permute((2, 1))(k.layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5])(x))
    return k.layers.RMSNormalization()(h)


@wiring(of=(6, 3), only="keras")
def whole_numbers_that_became_floats(k: Any, x: Any) -> Any:
    h = k.layers.Rescaling(0.5)(k.layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5])(x))
    return k.layers.RMSNormalization()(h)


@wiring(of=[(6, 3)] * 2, refused="stateful and used more than once", batch_size=ROWS)
def stateful_and_shared(k: Any, x: Any, y: Any) -> Any:
    shared = k.layers.LSTM(4, stateful=True)
    return [shared(x), shared(y)]


@wiring(refused="stateful and used more than once")
def stateful_in_a_shared_model(k: Any) -> Any:
    inner = k.Input((6, 3), batch_size=ROWS)
    shared = k.Model(inner, k.layers.GRU(4, stateful=True)(inner))
    x, y = k.Input((6, 3), batch_size=ROWS), k.Input((6, 3), batch_size=ROWS)
    return k.Model([x, y], [shared(x), shared(y)])


@wiring("gentle", of=(5,), only="tf_keras", refused="across the samples")
def lengths_of_whole_batches(k: Any, x: Any) -> Any:
    """TensorFlow's own default is no axis at all."""
    return import_module("tensorflow").math.l2_normalize(x)


@wiring("gentle", of=(2, 5, 4), only="tf_keras")
def a_bias_of_each_place_behind_channels_first(k: Any, x: Any) -> Any:
    """Keras reads it as if it lay as its output does."""
    options = {"data_format": "channels_first", "bias_initializer": "glorot_uniform"}
    return [k.layers.LocallyConnected2D(3, (2, 3), implementation=n, **options)(x) for n in (1, 2, 3)]


@wiring("gentle", of=(2, 5), only="tf_keras")
def a_bias_of_each_step_behind_channels_first(k: Any, x: Any) -> Any:
    options = {"data_format": "channels_first", "bias_initializer": "glorot_uniform"}
    return k.layers.LocallyConnected1D(3, 2, **options)(x)


@wiring("gentle", of=(2, 5, 4), only="tf_keras")
def an_activation_of_rows_behind_local_kernels(k: Any, x: Any) -> Any:
    """Softmax goes along the last axis, which holds no channels here."""
    return k.layers.LocallyConnected2D(3, 2, data_format="channels_first", activation="softmax")(x)


@wiring("gentle", of=(3, 3), only="keras", refused="a scale")
def a_scale_along_other_axes_than_are_normalised(k: Any, x: Any) -> Any:
    """Keras lays it along the last axis, whichever was normalised."""
    return k.layers.RMSNormalization(axis=-2)(x)


@wiring(of=(None, 3))
def a_cell_and_a_mean_of_what_has_no_length(k: Any, x: Any) -> Any:
    """The cell's loop walks the sequence, and the mean takes it as a whole, unless both go step by step."""
    return [k.layers.LSTM(3)(x), k.layers.GlobalAveragePooling1D()(x)]


@wiring("gentle", of=(None, 3))
def the_largest_of_an_open_length_as_one_step(k: Any, x: Any) -> Any:
    """What is put out is a view of what the pool keeps from step to step."""
    return k.layers.GlobalMaxPooling1D(keepdims=True)(k.layers.Conv1D(2, 2, padding="causal")(x))


@wiring("gentle", of=(None, 1))
def the_largest_of_single_values_of_an_open_length(k: Any, x: Any) -> Any:
    """(1,) made (1, 1) is no sequence."""
    return k.layers.GlobalMaxPooling1D(keepdims=True)(x)


@wiring("gentle", of=(None, 4))
def a_mean_of_an_open_length_reshaped_twice(k: Any, x: Any) -> Any:
    mean = k.layers.GlobalAveragePooling1D()(x)
    return [k.layers.Reshape((2, 2))(mean), k.layers.Flatten()(k.layers.Reshape((4, 1))(mean))]


@wiring("gentle", of=(6, 3))
def whole_powers_of_negative_numbers(k: Any, x: Any) -> Any:
    """Not by a logarithm: 0 and below, and beyond what is multiplied out."""
    bound = k.layers.Activation("tanh")(x) * 0.3
    apart = bound + 0.6 * k.layers.Activation("softsign")(x * 1e6 + 0.5)
    return [apart**0, apart**-1, apart**-2, apart**-3, apart**17, bound**20]


@wiring("gentle", of=(6, 3), only="keras")
def vectors_shorter_than_epsilon(k: Any, x: Any) -> Any:
    """The operator's least length is Keras's epsilon, the layer's is another."""
    short = x * 1e-8
    return [k.ops.normalize(short), k.ops.normalize(short, epsilon=1e-9), k.ops.normalize(x)]


@wiring("gentle", "tokens", only="keras", refused="length is not fixed")
def a_sequence_of_open_length_beside_an_input_without_axes(k: Any) -> Any:
    frames, word = k.Input((None, 3)), k.Input((), dtype="int32")
    return k.Model([frames, word], [k.layers.MaxPooling1D()(frames), k.layers.Embedding(9, 5)(word)])


# Masks that Keras hands on, or takes off, tensor by tensor


@wiring("masked", of=(6, 4), only="keras")
def masks_beside_attention(k: Any, x: Any) -> Any:
    """MultiHeadAttention takes masks off its inputs. Layers that were given theirs when the model was built do not
    mind, and a tensor between is another one."""
    masked = k.layers.Masking(0.0)(x)
    first = k.layers.MultiHeadAttention(2, 3)(masked, masked)
    rest = k.layers.Add()([masked, first])
    again = k.layers.Masking(0.0)(k.layers.Dense(4)(x))
    second = k.layers.MultiHeadAttention(2, 3)(k.layers.LayerNormalization()(again), x)
    return [k.layers.LSTM(3)(rest), k.layers.LSTM(3)(masked), k.layers.Add()([again, second])]


@wiring("masked", of=(6, 4), only="keras", refused="takes off it")
def two_attentions_of_one_mask(k: Any, x: Any) -> Any:
    masked = k.layers.Masking(0.0)(x)
    twice = k.layers.MultiHeadAttention(2, 3)
    return [twice(masked, masked), twice(x, masked)]


@wiring("masked", of=(6, 4), only="keras", refused="takes off it")
def attention_behind_attention_and_a_sum(k: Any, x: Any) -> Any:
    """Two blocks of an encoder that normalises behind its sums: the second finds no mask in Keras."""
    masked = k.layers.Masking(0.0)(x)
    for _ in range(2):
        total = k.layers.Add()([masked, k.layers.MultiHeadAttention(2, 3)(masked, masked)])
        masked = k.layers.LayerNormalization()(total)
    return masked


@wiring("masked", of=(6, 4), only="keras", refused="takes off it")
def a_product_beside_attention(k: Any, x: Any) -> Any:
    masked = k.layers.Masking(0.0)(x)
    return [k.layers.Multiply()([masked, x]), k.layers.MultiHeadAttention(2, 3)(masked, masked)]


@wiring("masked", of=(6, 3), only="keras")
def masks_and_casts(k: Any, x: Any, o: Any) -> Any:
    """A cast to the same type hands the very tensor on, and what hangs on it; another makes a new one."""
    masked = k.layers.Masking(0.0)(x)
    same = [o.cast(masked, "float32"), o.convert_to_tensor(masked)]
    other = [o.cast(o.cast(masked, "int32"), "float32"), o.stop_gradient(masked)]
    return [k.layers.LSTM(3)(y) for y in (*same, *other)]
