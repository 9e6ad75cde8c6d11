"""Models that the fuzzer of models found to be read wrongly once; see ``tests/fuzz``."""

from importlib import import_module
from typing import Any

from .feeds import ROWS
from .wirings import wiring


@wiring("masked", only="keras")
def a_mask_by_hand_of_a_marker(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.layers.GRU(4)(k.layers.Masking(0.3)(x), mask=k.layers.Masking(0.0).compute_mask(x)))


@wiring("masked", suffix=".h5", only="keras")
def dropout_of_whole_features_in_hdf5(k: Any) -> Any:
    """Its configuration has no ``trainable``, which other layers have and bare operations have not."""
    x = k.Input((6, 3))
    return k.Model(x, k.layers.GRU(2)(k.layers.SpatialDropout1D(0.5)(k.layers.Masking()(x))))


@wiring()
def the_angle_between_almost_nothings(k: Any) -> Any:
    """Where a sum of squares is below Keras 3's floor, tf_keras's, or both."""
    x, y = k.Input((6, 3)), k.Input((6, 3))
    small = [k.layers.Rescaling(scale)(value) for scale, value in ((1e-7, x), (3e-7, y))]
    return k.Model([x, y], k.layers.Dot(axes=2, normalize=True)(small))


@wiring()
def a_final_state_walked_as_a_sequence(k: Any) -> Any:
    """The last frame of a convolutional cell, whose first axis is time to what follows, forward and backward."""
    x = k.Input((4, 7, 2))
    h, last, cell = k.layers.ConvLSTM1D(3, 3, return_state=True)(x)
    back = k.layers.GRU(2, go_backwards=True)(cell)
    return k.Model(x, [k.layers.LSTM(8)(h), k.layers.Dense(2)(last), back])


@wiring()
def a_state_that_is_a_flattened_sequence(k: Any) -> Any:
    """All of it must be there before the first step; of one step it is as long as a frame."""
    x, y = k.Input((1, 3)), k.Input((2, 2))
    h = k.layers.GRU(3)(x, initial_state=k.layers.Flatten()(k.layers.Activation("tanh")(x)))
    return k.Model([x, y], [h, k.layers.GRU(4)(y, initial_state=k.layers.Flatten()(k.layers.Minimum()([y, y])))])


@wiring()
def a_kernel_of_one_step_whose_dilation_means_nothing(k: Any) -> Any:
    """It sees only its own step, between one that sees several and one that goes step by step."""
    x = k.Input((12, 3))
    y = k.layers.Conv1D(4, 2, strides=2)(x)
    return k.Model(x, k.layers.GRU(3)(k.layers.Conv1D(4, 1, dilation_rate=3)(y)))


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


@wiring(only="keras", quantize="float8")
def float8_as_keras_computes_it(k: Any) -> Any:
    x = k.Input((6, 4))
    return k.Model(x, k.layers.Dense(3)(k.layers.Dense(5, activation="tanh")(x)))


@wiring("gentle", "gentle", only="keras")
def attention_with_masks_and_scores_by_hand(k: Any) -> Any:
    x, y = k.Input((5, 4)), k.Input((7, 4))
    seen = k.ops.any(k.ops.greater(y, 0.5), axis=-1)
    pairs = k.ops.greater(k.ops.matmul(x, k.ops.transpose(y, (0, 2, 1))), 0.0)
    layers = k.layers
    one, scores = layers.Attention(use_scale=True)([x, y], mask=[None, seen], return_attention_scores=True)
    two = layers.AdditiveAttention()([x, y], use_causal_mask=True)
    three, more = layers.MultiHeadAttention(2, 3)(x, y, attention_mask=pairs, return_attention_scores=True)
    four = layers.MultiHeadAttention(2, 3)(x, y, value_mask=seen, use_causal_mask=True)
    five = layers.GroupQueryAttention(3, 4, 2)(x, y, attention_mask=pairs)
    six = layers.MultiHeadAttention(2, 3, dropout=0.1)(x, y, attention_mask=pairs)
    return k.Model([x, y], [one, scores, two, three, more, four, five, six])


@wiring("gentle", "gentle", only="tf_keras")
def attention_of_tensorflow(k: Any) -> Any:
    x, y = k.Input((5, 4)), k.Input((7, 4))
    layers = k.layers
    one, scores = layers.Attention(use_scale=True)([x, y], return_attention_scores=True)
    two = layers.AdditiveAttention()([x, y], use_causal_mask=True)
    three, more = layers.MultiHeadAttention(2, 3)(x, y, return_attention_scores=True, use_causal_mask=True)
    return k.Model([x, y], [one, scores, two, three, more])


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


@wiring("masked", only="keras")
def a_mask_through_attention(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Masking()(x)
    h = k.layers.MultiHeadAttention(2, 3)(h, h)
    return k.Model(x, k.layers.LSTM(3)(k.layers.Attention()([h, h])))


@wiring("gentle")
def zeros_around_what_spreads_its_input(k: Any) -> Any:
    """They are no padding of a transposed convolution: that cuts its output."""
    x = k.Input((3, 4, 2))
    return k.Model(x, k.layers.Conv2DTranspose(2, 3, strides=2)(k.layers.ZeroPadding2D(1)(x)))


@wiring("gentle", only="tf_keras")
def zeros_around_a_kernel_of_each_place(k: Any) -> Any:
    x = k.Input((5, 2))
    return k.Model(x, k.layers.LocallyConnected1D(3, 3)(k.layers.ZeroPadding1D(1)(x)))


@wiring("masked", only="tf_keras")
def a_transposed_kernel_on_what_nobody_else_reads(k: Any) -> Any:
    """It reads each input after it wrote beyond it: its output lies on nothing that it reads."""
    x = k.Input((4, 5, 3))
    h = k.layers.Flatten()(k.layers.Conv2DTranspose(4, 3, strides=2)(k.layers.Masking()(x)))
    return k.Model(x, k.layers.LSTM(4)(k.layers.Reshape((6, 3))(k.layers.Dense(18, activation="tanh")(h))))


@wiring(only="keras", refused="a bias along axis 1")
def biases_of_heads_of_width_1_taken_for_those_of_steps(k: Any) -> Any:
    x = k.Input((4, 6))
    return k.Model(x, k.layers.MultiHeadAttention(4, 1)(x, x))


@wiring()
def one_dense_layer_at_many_positions_and_at_one(k: Any) -> Any:
    """A function for many positions at once, and one for a position, of the same tables."""
    x = k.Input((10, 8))
    dense = k.layers.Dense(12, activation="relu")
    return k.Model(x, [dense(k.layers.GlobalAveragePooling1D()(x)), dense(k.layers.Dense(8)(x))])


@wiring(suffix=".h5", only="keras")
def bins_in_hdf5(k: Any) -> Any:
    x = k.Input((4,))
    words = k.layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(x)
    return k.Model(x, k.layers.Flatten()(k.layers.Embedding(4, 3)(words)))


@wiring("gentle", suffix=".h5", only="keras")
def attention_in_hdf5(k: Any) -> Any:
    x = k.Input((6, 4))
    return k.Model(x, k.layers.GroupQueryAttention(3, 4, 2)(x, k.layers.MultiHeadAttention(2, 3, use_gate=True)(x, x)))


@wiring("masked", only="keras")
def masks_end_where_a_layer_does_not_declare_them(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Masking()(x)
    y = k.layers.EinsumDense("abc,cd->abd", (None, 5))(h)
    return k.Model(x, [k.layers.LSTM(2)(y), k.layers.GRU(2)(k.layers.RMSNormalization()(h))])


@wiring(only="keras", refused="cuts what it makes of them off")
def whole_numbers_that_are_normalised(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Permute((2, 1))(k.layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5])(x))
    return k.Model(x, k.layers.RMSNormalization()(h))


@wiring(only="keras")
def whole_numbers_that_became_floats(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Rescaling(0.5)(k.layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5])(x))
    return k.Model(x, k.layers.RMSNormalization()(h))


@wiring(refused="stateful and used more than once")
def stateful_and_shared(k: Any) -> Any:
    x, y = k.Input((6, 3), batch_size=ROWS), k.Input((6, 3), batch_size=ROWS)
    shared = k.layers.LSTM(4, stateful=True)
    return k.Model([x, y], [shared(x), shared(y)])


@wiring(refused="stateful and used more than once")
def stateful_in_a_shared_model(k: Any) -> Any:
    inner = k.Input((6, 3), batch_size=ROWS)
    shared = k.Model(inner, k.layers.GRU(4, stateful=True)(inner))
    x, y = k.Input((6, 3), batch_size=ROWS), k.Input((6, 3), batch_size=ROWS)
    return k.Model([x, y], [shared(x), shared(y)])


@wiring("gentle", only="tf_keras", refused="across the samples")
def lengths_of_whole_batches(k: Any) -> Any:
    """TensorFlow's own default is no axis at all."""
    x = k.Input((5,))
    return k.Model(x, import_module("tensorflow").math.l2_normalize(x))


@wiring("gentle", only="tf_keras")
def a_bias_of_each_place_behind_channels_first(k: Any) -> Any:
    """Keras reads it as if it lay as its output does."""
    x = k.Input((2, 5, 4))
    options = {"data_format": "channels_first", "bias_initializer": "glorot_uniform"}
    return k.Model(x, [k.layers.LocallyConnected2D(3, (2, 3), implementation=n, **options)(x) for n in (1, 2, 3)])


@wiring("gentle", only="tf_keras")
def a_bias_of_each_step_behind_channels_first(k: Any) -> Any:
    x = k.Input((2, 5))
    options = {"data_format": "channels_first", "bias_initializer": "glorot_uniform"}
    return k.Model(x, k.layers.LocallyConnected1D(3, 2, **options)(x))


@wiring("gentle", only="tf_keras")
def an_activation_of_rows_behind_local_kernels(k: Any) -> Any:
    """Softmax goes along the last axis, which holds no channels here."""
    x = k.Input((2, 5, 4))
    return k.Model(x, k.layers.LocallyConnected2D(3, 2, data_format="channels_first", activation="softmax")(x))


@wiring("gentle", only="keras", refused="a scale")
def a_scale_along_other_axes_than_are_normalised(k: Any) -> Any:
    """Keras lays it along the last axis, whichever was normalised."""
    x = k.Input((3, 3))
    return k.Model(x, k.layers.RMSNormalization(axis=-2)(x))


@wiring()
def a_cell_and_a_mean_of_what_has_no_length(k: Any) -> Any:
    """The cell's loop walks the sequence, and the mean takes it as a whole, unless both go step by step."""
    x = k.Input((None, 3))
    return k.Model(x, [k.layers.LSTM(3)(x), k.layers.GlobalAveragePooling1D()(x)])


@wiring("gentle")
def the_largest_of_an_open_length_as_one_step(k: Any) -> Any:
    """What is put out is a view of what the pool keeps from step to step."""
    x = k.Input((None, 3))
    return k.Model(x, k.layers.GlobalMaxPooling1D(keepdims=True)(k.layers.Conv1D(2, 2, padding="causal")(x)))


@wiring("gentle")
def the_largest_of_single_values_of_an_open_length(k: Any) -> Any:
    """(1,) made (1, 1) is no sequence."""
    x = k.Input((None, 1))
    return k.Model(x, k.layers.GlobalMaxPooling1D(keepdims=True)(x))


@wiring("gentle")
def a_mean_of_an_open_length_reshaped_twice(k: Any) -> Any:
    x = k.Input((None, 4))
    mean = k.layers.GlobalAveragePooling1D()(x)
    return k.Model(x, [k.layers.Reshape((2, 2))(mean), k.layers.Flatten()(k.layers.Reshape((4, 1))(mean))])


@wiring("gentle")
def whole_powers_of_negative_numbers(k: Any) -> Any:
    """Not by a logarithm: 0 and below, and beyond what is multiplied out."""
    x = k.Input((6, 3))
    bound = k.layers.Activation("tanh")(x) * 0.3
    apart = bound + 0.6 * k.layers.Activation("softsign")(x * 1e6 + 0.5)
    return k.Model(x, [apart**0, apart**-1, apart**-2, apart**-3, apart**17, bound**20])


@wiring("gentle", only="keras")
def vectors_shorter_than_epsilon(k: Any) -> Any:
    """The operator's least length is Keras's epsilon, the layer's is another."""
    x = k.Input((6, 3))
    short = x * 1e-8
    return k.Model(x, [k.ops.normalize(short), k.ops.normalize(short, epsilon=1e-9), k.ops.normalize(x)])
