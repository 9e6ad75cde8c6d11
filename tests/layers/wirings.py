"""Layers wired together: what no single layer shows. Each function builds a model with the Keras it is given."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from .feeds import ROWS
from .lab import Subject

Build = Callable[[Any], Any]
WIRINGS: list[Subject] = []


def wiring(
    *feeds: str, only: str = "", refused: str = "", suffix: str = "", quantize: str = ""
) -> Callable[[Build], Build]:
    """Register a model; ``feeds`` as of ``feeds.FEEDS``, one for all inputs or one an input."""

    def register(build: Build) -> Build:
        for package in ("keras", "tf_keras"):
            if only in ("", package):
                name = f"wiring: {build.__name__.strip('_')}"
                WIRINGS.append(
                    Subject(
                        name, package, build, feeds or ("gentle",), refused=refused, suffix=suffix, quantize=quantize
                    )
                )
        return build

    return register


def wired() -> Iterator[Subject]:
    """All of them, those of other files too."""
    kinds = ("found", "images", "masks", "numeric", "operators", "tensorflow")
    for other in ("generations", *(f"wirings_{kind}" for kind in kinds)):
        import_module(f".{other}", __package__)
    yield from WIRINGS


# Several inputs and outputs, shared layers, nested models


@wiring()
def two_inputs_two_outputs(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((2,))
    h = k.layers.LSTM(4)(a)
    both = k.layers.Concatenate()([h, b])
    return k.Model([a, b], [k.layers.Dense(3, activation="softmax")(both), k.layers.Dense(1)(h)])


@wiring()
def one_tensor_given_out_twice_and_an_input_passed_through(k: Any) -> Any:
    a = k.Input((6, 3))
    h = k.layers.GRU(4, return_sequences=True)(a)
    return k.Model(a, [h, k.layers.Dense(2)(h), k.layers.Activation("linear")(a), h])


@wiring()
def a_shared_cell_on_two_inputs(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    shared = k.layers.LSTM(4)
    return k.Model([a, b], k.layers.Subtract()([shared(a), shared(b)]))


@wiring()
def a_shared_dense_in_a_row(k: Any) -> Any:
    a = k.Input((3,))
    shared = k.layers.Dense(3, activation="tanh")
    return k.Model(a, shared(shared(a)))


@wiring()
def a_nested_model_used_twice(k: Any) -> Any:
    x = k.Input((6, 3))
    inner = k.Model(x, k.layers.GRU(4)(k.layers.Dense(3, activation="relu")(x)))
    a, b = k.Input((6, 3)), k.Input((6, 3))
    return k.Model([a, b], k.layers.Add()([inner(a), inner(b)]))


@wiring()
def a_sequential_in_a_functional_in_a_sequential(k: Any) -> Any:
    low = k.Sequential([k.Input((6, 3)), k.layers.LSTM(4, return_sequences=True), k.layers.Dense(3)])
    x = k.Input((6, 3))
    middle = k.Model(x, k.layers.Add()([low(x), x]))
    return k.Sequential([k.Input((6, 3)), middle, k.layers.LSTM(2)])


@wiring()
def a_skip_around_a_cell(k: Any) -> Any:
    x = k.Input((None, 4))
    h = k.layers.LSTM(4, return_sequences=True)(x)
    h = k.layers.LSTM(4, return_sequences=True)(k.layers.Add()([x, h]))
    return k.Model(x, k.layers.Dense(2)(k.layers.Concatenate()([x, h])))


@wiring()
def branches_of_different_length(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((4, 2))
    return k.Model([a, b], k.layers.Concatenate()([k.layers.LSTM(3)(a), k.layers.GRU(3)(b)]))


@wiring()
def forward_and_backward_by_hand(k: Any) -> Any:
    x = k.Input((6, 3))
    back = k.layers.GRU(4, go_backwards=True, return_sequences=True)(x)
    ahead = k.layers.GRU(4, return_sequences=True)(x)
    return k.Model(x, k.layers.Concatenate()([ahead, back]))


@wiring()
def backward_twice(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.GRU(4, go_backwards=True, return_sequences=True)(x)
    return k.Model(x, [k.layers.LSTM(3, go_backwards=True, return_sequences=True)(h), h])


@wiring()
def two_bidirectionals(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(x)
    return k.Model(x, k.layers.Dense(2)(k.layers.Bidirectional(k.layers.GRU(3))(h)))


@wiring()
def an_encoder_of_vectors_and_a_decoder(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.RepeatVector(4)(k.layers.LSTM(5)(x))
    return k.Model(x, k.layers.TimeDistributed(k.layers.Dense(2))(k.layers.LSTM(3, return_sequences=True)(h)))


@wiring()
def attention(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.LSTM(4, return_sequences=True)(x)
    score = k.layers.Softmax(axis=1)(k.layers.Dense(1, activation="tanh")(h))
    return k.Model(x, [k.layers.Flatten()(k.layers.Dot(axes=1)([score, h])), score])


@wiring()
def permuted_attention(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.GRU(4, return_sequences=True)(x)
    a = k.layers.Dense(6, activation="softmax")(k.layers.Permute((2, 1))(h))
    return k.Model(x, k.layers.Flatten()(k.layers.Multiply()([h, k.layers.Permute((2, 1))(a)])))


@wiring()
def time_made_by_a_permute(k: Any) -> Any:
    x = k.Input((4, 6))
    return k.Model(x, k.layers.LSTM(3, return_sequences=True)(k.layers.Permute((2, 1))(x)))


@wiring()
def time_made_by_a_reshape(k: Any) -> Any:
    x = k.Input((2,))
    return k.Model(x, k.layers.GRU(3)(k.layers.Reshape((4, 3))(k.layers.Dense(12)(x))))


@wiring()
def odd_names(k: Any) -> Any:
    x = k.Input((6, 3), name="in")
    h = k.layers.LSTM(3, name="int", return_sequences=True)(x)
    return k.Model(
        x,
        k.layers.Dense(2, name="a-b.c" if k.__name__ == "tf_keras" else "a-b.c 1")(k.layers.GRU(2, name="state")(h)),
        name="float",
    )


# States in and out


def _encoder_decoder(k: Any, kind: str, **options: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((5, 2))
    _, *states = getattr(k.layers, kind)(4, return_state=True)(a)
    h = getattr(k.layers, kind)(4, return_sequences=True, **options)(b, initial_state=states)
    return k.Model([a, b], h)


@wiring()
def encoder_decoder_lstm(k: Any) -> Any:
    return _encoder_decoder(k, "LSTM")


@wiring()
def encoder_decoder_gru_backwards(k: Any) -> Any:
    return _encoder_decoder(k, "GRU", go_backwards=True)


@wiring("masked", "masked")
def encoder_decoder_masked(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 2))
    _, *states = k.layers.LSTM(4, return_state=True)(k.layers.Masking()(a))
    return k.Model([a, b], k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(b), initial_state=states))


@wiring("masked", "masked")
def encoder_decoder_bidirectional(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 2))
    inner = k.layers.LSTM(4, return_state=True)
    _, *states = k.layers.Bidirectional(inner)(k.layers.Masking()(a))
    h = k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True))(k.layers.Masking()(b), initial_state=states)
    return k.Model([a, b], h)


@wiring()
def states_from_model_inputs_and_out_again(k: Any) -> Any:
    x, h, c = k.Input((6, 3)), k.Input((4,)), k.Input((4,))
    return k.Model([x, h, c], k.layers.LSTM(4, return_state=True, return_sequences=True)(x, initial_state=[h, c]))


@wiring()
def a_state_from_a_dense(k: Any) -> Any:
    x, y = k.Input((6, 3)), k.Input((2,))
    start = k.layers.Dense(4, activation="tanh")(y)
    return k.Model([x, y], k.layers.GRU(4)(x, initial_state=start))


@wiring("masked", "gentle")
def a_masked_cell_with_an_initial_state(k: Any) -> Any:
    x, h = k.Input((6, 3)), k.Input((4,))
    return k.Model([x, h], k.layers.GRU(4)(k.layers.Masking()(x), initial_state=h))


@wiring("masked")
def stateful_stack_masked(k: Any) -> Any:
    x = k.Input((6, 3), batch_size=ROWS)
    h = k.layers.LSTM(4, return_sequences=True, stateful=True)(k.layers.Masking()(x))
    return k.Model(x, k.layers.GRU(3, stateful=True, return_state=True)(h))


@wiring()
def stateful_and_stateless(k: Any) -> Any:
    x = k.Input((6, 3), batch_size=ROWS)
    h = k.layers.LSTM(4, return_sequences=True, stateful=True)(x)
    return k.Model(x, k.layers.GRU(3, return_sequences=True)(h))


@wiring()
def final_states_used_as_features(k: Any) -> Any:
    x = k.Input((6, 3))
    h, last, cell = k.layers.LSTM(4, return_sequences=True, return_state=True)(x)
    return k.Model(x, [k.layers.Concatenate()([last, cell]), k.layers.Dense(2)(h)])


@wiring()
def bidirectional_states_used(k: Any) -> Any:
    x = k.Input((6, 3))
    h, fh, fc, bh, bc = k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True, return_state=True))(x)
    return k.Model(x, [h, k.layers.Concatenate()([fh, bh]), k.layers.Average()([fc, bc])])


# Masks on their way


@wiring("masked", "gentle", only="keras")
def a_mask_given_by_hand_beside_an_initial_state(k: Any) -> Any:
    x, h = k.Input((6, 3)), k.Input((4,))
    masking = k.layers.Masking()
    y = masking(x)
    return k.Model([x, h], k.layers.GRU(4)(y, initial_state=h, mask=masking.compute_mask(x)))


@wiring("masked", "gentle", "gentle")
def a_mask_past_an_initial_state(k: Any) -> Any:
    x, h, c = k.Input((6, 3)), k.Input((4,)), k.Input((4,))
    y = k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(x), initial_state=[h, c])
    return k.Model([x, h, c], k.layers.GRU(3)(y))


@wiring("masked")
def a_mask_through_dense_and_dropout(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Dropout(0.5)(k.layers.Dense(4)(k.layers.Masking()(x)))
    h = k.layers.BatchNormalization()(k.layers.Activation("tanh")(h))
    return k.Model(x, k.layers.LSTM(3)(k.layers.LayerNormalization()(h)))


@wiring("masked")
def a_mask_through_time_distributed(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.TimeDistributed(k.layers.Dense(4))(k.layers.Masking()(x))
    return k.Model(x, k.layers.GRU(3, return_sequences=True)(h))


@wiring("masked")
def a_mask_through_a_stack(k: Any) -> Any:
    x = k.Input((None, 3))
    h = k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(x))
    h = k.layers.GRU(3, return_sequences=True, go_backwards=True)(h)
    return k.Model(x, k.layers.SimpleRNN(2)(h))


@wiring("masked")
def a_mask_through_two_bidirectionals(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True), merge_mode="sum")(k.layers.Masking()(x))
    return k.Model(x, k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(h))


@wiring("masked")
def a_mask_ends_at_reshape(k: Any) -> Any:
    x = k.Input((6, 4))
    h = k.layers.Reshape((6, 2, 2))(k.layers.Masking()(x))
    return k.Model(x, k.layers.LSTM(3)(k.layers.Reshape((6, 4))(h)))


@wiring("masked")
def two_masks_meet_in_add(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    h = k.layers.Add()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.Model([a, b], k.layers.LSTM(3)(h))


@wiring("masked")
def two_masks_meet_in_concatenate(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 2))
    h = k.layers.Concatenate()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.Model([a, b], k.layers.GRU(3, return_sequences=True)(h))


@wiring("masked")
def masked_sequences_one_after_the_other(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    h = k.layers.Concatenate(axis=1)([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.Model([a, b], k.layers.LSTM(3)(h))


@wiring("masked", "gentle")
def a_mask_meets_none_in_multiply(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    return k.Model([a, b], k.layers.LSTM(3)(k.layers.Multiply()([k.layers.Masking()(a), b])))


@wiring("masked")
def two_masks_meet_in_multiply(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    h = k.layers.Multiply()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.Model([a, b], k.layers.LSTM(3)(h))


@wiring("masked", "masked", "gentle")
def two_masks_and_none_meet_in_maximum(k: Any) -> Any:
    a, b, c = k.Input((6, 3)), k.Input((6, 3)), k.Input((6, 3))
    h = k.layers.Maximum()([k.layers.Masking()(a), k.layers.Masking()(b), c])
    return k.Model([a, b, c], [k.layers.LSTM(3)(h), k.layers.Minimum()([c, k.layers.Masking()(a)])])


@wiring("masked", "gentle")
def a_mask_meets_none_in_concatenate(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 2))
    return k.Model([a, b], k.layers.LSTM(3)(k.layers.Concatenate()([k.layers.Masking()(a), b])))


@wiring("masked")
def a_mask_through_a_nested_model(k: Any) -> Any:
    y = k.Input((6, 3))
    inner = k.Model(y, k.layers.LSTM(4, return_sequences=True)(k.layers.Dense(3)(y)))
    x = k.Input((6, 3))
    return k.Model(x, k.layers.GRU(3)(inner(k.layers.Masking()(x))))


@wiring("tokens")
def words_through_a_stack(k: Any) -> Any:
    x = k.Input((None,), dtype="int32")
    h = k.layers.Embedding(9, 4, mask_zero=True)(x)
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(h)
    return k.Model(x, k.layers.Dense(2, activation="softmax")(k.layers.GRU(3)(h)))


@wiring("tokens", suffix=".keras")
def words_in_the_other_format(k: Any) -> Any:
    x = k.Input((6,), dtype="int32")
    h = k.layers.LSTM(3, return_sequences=True)(k.layers.Embedding(9, 4, mask_zero=True)(x))
    return k.Model(x, k.layers.TimeDistributed(k.layers.Dense(2))(h))


@wiring("masked", suffix=".h5", only="keras")
def keras_3_in_hdf5(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(k.layers.Masking()(x))
    return k.Model(x, k.layers.LSTM(2)(h))


@wiring("masked", suffix=".keras", only="tf_keras")
def tf_keras_in_a_zip(k: Any) -> Any:
    x = k.Input((6, 3))
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(k.layers.Masking()(x))
    return k.Model(x, k.layers.GRU(2, reset_after=False)(h))
