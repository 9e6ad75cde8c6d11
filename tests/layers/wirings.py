"""Layers wired together: what no single layer shows. Each function builds a model with the Keras it is given."""

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from typing import Any

from . import operators
from .feeds import ROWS
from .lab import Subject

Build = Callable[[Any], Any]
WIRINGS: list[Subject] = []
OPTIONS = ("only", "suffix", "quantize", "dtype", "batch_size")


def wiring(
    *feeds: str, of: Any = None, only: str = "", refused: str = "", suffix: str = "", quantize: str = "", **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a model.

    Args:
        feeds: as of ``feeds.FEEDS``, one for all inputs or one an input.
        of: shapes of its inputs, or the one shape of the only one. The function is given these inputs, after Keras, and
            returns the outputs; without shapes it is given Keras alone, and returns the model.
        options: of all inputs.
    """

    def register(build: Callable[..., Any]) -> Callable[..., Any]:
        whole = build if of is None else _shaped(build, of if isinstance(of, list) else [of], options)
        name, more = f"wiring: {build.__name__.strip('_')}", {"suffix": suffix, "quantize": quantize}
        for package in ("keras", "tf_keras"):
            if only in ("", package):
                WIRINGS.append(Subject(name, package, whole, feeds or ("gentle",), refused=refused, **more))
        return build

    return register


def _shaped(build: Callable[..., Any], shapes: list[tuple[int | None, ...]], options: dict[str, Any]) -> Build:
    """The model of a function that is also given ``o``, Keras's operators, and ``tf``, if it has such parameters."""
    names = signature(build).parameters
    rooms = {"o": lambda k: k.ops, "tf": lambda k: import_module("tensorflow")}

    def whole(k: Any) -> Any:
        inputs = [k.Input(shape, **options) for shape in shapes]
        modules = {name: room(k) for name, room in rooms.items() if name in names}
        return k.Model(inputs if len(inputs) > 1 else inputs[0], build(k, *inputs, **modules))

    return whole


def wirings(*feeds: str, **rows: Any) -> None:
    """Register models by their names: shapes, function, and words of the refusal, if it is refused; beside options of
    :func:`wiring` that they have in common."""
    shared = {name: rows.pop(name) for name in OPTIONS if name in rows}
    for name, (of, build, *refused) in rows.items():
        build.__name__ = name
        wiring(*feeds, of=of, refused="".join(refused), **shared)(build)


def wired() -> Iterator[Subject]:
    """All of them, those of other files too."""
    kinds = ("fuzzed", "operators", "tensorflow")
    for other in ("generations", *(f"wirings_{kind}" for kind in kinds)):
        import_module(f".{other}", __package__)
    yield from WIRINGS
    yield from operators.models()


# Several inputs and outputs, shared layers, nested models


@wiring(of=[(6, 3), (2,)])
def two_inputs_two_outputs(k: Any, a: Any, b: Any) -> Any:
    h = k.layers.LSTM(4)(a)
    both = k.layers.Concatenate()([h, b])
    return [k.layers.Dense(3, activation="softmax")(both), k.layers.Dense(1)(h)]


@wiring(of=(6, 3))
def one_tensor_given_out_twice_and_an_input_passed_through(k: Any, a: Any) -> Any:
    h = k.layers.GRU(4, return_sequences=True)(a)
    return [h, k.layers.Dense(2)(h), k.layers.Activation("linear")(a), h]


@wiring(of=[(6, 3)] * 2)
def a_shared_cell_on_two_inputs(k: Any, a: Any, b: Any) -> Any:
    shared = k.layers.LSTM(4)
    return k.layers.Subtract()([shared(a), shared(b)])


@wiring(of=(3,))
def a_shared_dense_in_a_row(k: Any, a: Any) -> Any:
    shared = k.layers.Dense(3, activation="tanh")
    return shared(shared(a))


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


@wiring(of=(None, 4))
def a_skip_around_a_cell(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(4, return_sequences=True)(x)
    h = k.layers.LSTM(4, return_sequences=True)(k.layers.Add()([x, h]))
    return k.layers.Dense(2)(k.layers.Concatenate()([x, h]))


wirings(
    branches_of_different_length=(
        [(6, 3), (4, 2)],
        lambda k, a, b: k.layers.Concatenate()([k.layers.LSTM(3)(a), k.layers.GRU(3)(b)]),
    ),
    time_made_by_a_permute=((4, 6), lambda k, x: k.layers.LSTM(3, return_sequences=True)(k.layers.Permute((2, 1))(x))),
    time_made_by_a_reshape=((2,), lambda k, x: k.layers.GRU(3)(k.layers.Reshape((4, 3))(k.layers.Dense(12)(x)))),
    states_from_model_inputs_and_out_again=(
        [(6, 3), (4,), (4,)],
        lambda k, x, h, c: k.layers.LSTM(4, return_state=True, return_sequences=True)(x, initial_state=[h, c]),
    ),
)


@wiring(of=(6, 3))
def forward_and_backward_by_hand(k: Any, x: Any) -> Any:
    back = k.layers.GRU(4, go_backwards=True, return_sequences=True)(x)
    ahead = k.layers.GRU(4, return_sequences=True)(x)
    return k.layers.Concatenate()([ahead, back])


@wiring(of=(6, 3))
def backward_twice(k: Any, x: Any) -> Any:
    h = k.layers.GRU(4, go_backwards=True, return_sequences=True)(x)
    return [k.layers.LSTM(3, go_backwards=True, return_sequences=True)(h), h]


@wiring(of=(6, 3))
def two_bidirectionals(k: Any, x: Any) -> Any:
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(x)
    return k.layers.Dense(2)(k.layers.Bidirectional(k.layers.GRU(3))(h))


@wiring(of=(6, 3))
def an_encoder_of_vectors_and_a_decoder(k: Any, x: Any) -> Any:
    h = k.layers.RepeatVector(4)(k.layers.LSTM(5)(x))
    return k.layers.TimeDistributed(k.layers.Dense(2))(k.layers.LSTM(3, return_sequences=True)(h))


@wiring(of=(6, 3))
def attention(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(4, return_sequences=True)(x)
    score = k.layers.Softmax(axis=1)(k.layers.Dense(1, activation="tanh")(h))
    return [k.layers.Flatten()(k.layers.Dot(axes=1)([score, h])), score]


@wiring(of=(6, 3))
def permuted_attention(k: Any, x: Any) -> Any:
    h = k.layers.GRU(4, return_sequences=True)(x)
    a = k.layers.Dense(6, activation="softmax")(k.layers.Permute((2, 1))(h))
    return k.layers.Flatten()(k.layers.Multiply()([h, k.layers.Permute((2, 1))(a)]))


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


wirings(
    encoder_decoder_lstm=(None, lambda k: _encoder_decoder(k, "LSTM")),
    encoder_decoder_gru_backwards=(None, lambda k: _encoder_decoder(k, "GRU", go_backwards=True)),
)


@wiring("masked", "masked", of=[(6, 3), (6, 2)])
def encoder_decoder_masked(k: Any, a: Any, b: Any) -> Any:
    _, *states = k.layers.LSTM(4, return_state=True)(k.layers.Masking()(a))
    return k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(b), initial_state=states)


@wiring("masked", "masked", of=[(6, 3), (6, 2)])
def encoder_decoder_bidirectional(k: Any, a: Any, b: Any) -> Any:
    inner = k.layers.LSTM(4, return_state=True)
    _, *states = k.layers.Bidirectional(inner)(k.layers.Masking()(a))
    return k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True))(k.layers.Masking()(b), initial_state=states)


@wiring(of=[(6, 3), (2,)])
def a_state_from_a_dense(k: Any, x: Any, y: Any) -> Any:
    start = k.layers.Dense(4, activation="tanh")(y)
    return k.layers.GRU(4)(x, initial_state=start)


wirings(
    "masked",
    "gentle",
    a_masked_cell_with_an_initial_state=(
        [(6, 3), (4,)],
        lambda k, x, h: k.layers.GRU(4)(k.layers.Masking()(x), initial_state=h),
    ),
    a_mask_meets_none_in_multiply=(
        [(6, 3)] * 2,
        lambda k, a, b: k.layers.LSTM(3)(k.layers.Multiply()([k.layers.Masking()(a), b])),
    ),
    a_mask_meets_none_in_concatenate=(
        [(6, 3), (6, 2)],
        lambda k, a, b: k.layers.LSTM(3)(k.layers.Concatenate()([k.layers.Masking()(a), b])),
    ),
)


@wiring("masked", of=(6, 3), batch_size=ROWS)
def stateful_stack_masked(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(4, return_sequences=True, stateful=True)(k.layers.Masking()(x))
    return k.layers.GRU(3, stateful=True, return_state=True)(h)


@wiring(of=(6, 3), batch_size=ROWS)
def stateful_and_stateless(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(4, return_sequences=True, stateful=True)(x)
    return k.layers.GRU(3, return_sequences=True)(h)


@wiring(of=(6, 3))
def final_states_used_as_features(k: Any, x: Any) -> Any:
    h, last, cell = k.layers.LSTM(4, return_sequences=True, return_state=True)(x)
    return [k.layers.Concatenate()([last, cell]), k.layers.Dense(2)(h)]


@wiring(of=(6, 3))
def bidirectional_states_used(k: Any, x: Any) -> Any:
    h, fh, fc, bh, bc = k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True, return_state=True))(x)
    return [h, k.layers.Concatenate()([fh, bh]), k.layers.Average()([fc, bc])]


# Masks on their way


@wiring("masked", "gentle", of=[(6, 3), (4,)], only="keras")
def a_mask_given_by_hand_beside_an_initial_state(k: Any, x: Any, h: Any) -> Any:
    masking = k.layers.Masking()
    y = masking(x)
    return k.layers.GRU(4)(y, initial_state=h, mask=masking.compute_mask(x))


@wiring("masked", "gentle", "gentle", of=[(6, 3), (4,), (4,)])
def a_mask_past_an_initial_state(k: Any, x: Any, h: Any, c: Any) -> Any:
    y = k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(x), initial_state=[h, c])
    return k.layers.GRU(3)(y)


@wiring("masked", of=(6, 3))
def a_mask_through_dense_and_dropout(k: Any, x: Any) -> Any:
    h = k.layers.Dropout(0.5)(k.layers.Dense(4)(k.layers.Masking()(x)))
    h = k.layers.BatchNormalization()(k.layers.Activation("tanh")(h))
    return k.layers.LSTM(3)(k.layers.LayerNormalization()(h))


@wiring("masked", of=(6, 3))
def a_mask_through_time_distributed(k: Any, x: Any) -> Any:
    h = k.layers.TimeDistributed(k.layers.Dense(4))(k.layers.Masking()(x))
    return k.layers.GRU(3, return_sequences=True)(h)


@wiring("masked", of=(None, 3))
def a_mask_through_a_stack(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(4, return_sequences=True)(k.layers.Masking()(x))
    h = k.layers.GRU(3, return_sequences=True, go_backwards=True)(h)
    return k.layers.SimpleRNN(2)(h)


@wiring("masked", of=(6, 3))
def a_mask_through_two_bidirectionals(k: Any, x: Any) -> Any:
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True), merge_mode="sum")(k.layers.Masking()(x))
    h = k.layers.Bidirectional(k.layers.SimpleRNN(3, return_sequences=True), merge_mode="mul")(h)
    return k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(h)


@wiring("masked", of=(6, 4))
def a_mask_ends_at_reshape(k: Any, x: Any) -> Any:
    h = k.layers.Reshape((6, 2, 2))(k.layers.Masking()(x))
    return k.layers.LSTM(3)(k.layers.Reshape((6, 4))(h))


@wiring("masked", of=[(6, 3)] * 2)
def two_masks_meet_in_add(k: Any, a: Any, b: Any) -> Any:
    h = k.layers.Add()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.layers.LSTM(3)(h)


@wiring("masked", of=[(6, 3), (6, 2)])
def two_masks_meet_in_concatenate(k: Any, a: Any, b: Any) -> Any:
    h = k.layers.Concatenate()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.layers.GRU(3, return_sequences=True)(h)


@wiring("masked", of=[(6, 3)] * 2)
def masked_sequences_one_after_the_other(k: Any, a: Any, b: Any) -> Any:
    h = k.layers.Concatenate(axis=1)([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.layers.LSTM(3)(h)


@wiring("masked", of=[(6, 3)] * 2)
def two_masks_meet_in_multiply(k: Any, a: Any, b: Any) -> Any:
    h = k.layers.Multiply()([k.layers.Masking()(a), k.layers.Masking()(b)])
    return k.layers.LSTM(3)(h)


@wiring("masked", "masked", "gentle", of=[(6, 3)] * 3)
def two_masks_and_none_meet_in_maximum(k: Any, a: Any, b: Any, c: Any) -> Any:
    h = k.layers.Maximum()([k.layers.Masking()(a), k.layers.Masking()(b), c])
    return [k.layers.LSTM(3)(h), k.layers.Minimum()([c, k.layers.Masking()(a)])]


@wiring("masked")
def a_mask_through_a_nested_model(k: Any) -> Any:
    y = k.Input((6, 3))
    inner = k.Model(y, k.layers.LSTM(4, return_sequences=True)(k.layers.Dense(3)(y)))
    x = k.Input((6, 3))
    return k.Model(x, k.layers.GRU(3)(inner(k.layers.Masking()(x))))


@wiring("tokens", of=(None,), dtype="int32")
def words_through_a_stack(k: Any, x: Any) -> Any:
    h = k.layers.Embedding(9, 4, mask_zero=True)(x)
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(h)
    return k.layers.Dense(2, activation="softmax")(k.layers.GRU(3)(h))


@wiring("tokens", of=(6,), suffix=".keras", dtype="int32")
def words_in_the_other_format(k: Any, x: Any) -> Any:
    h = k.layers.LSTM(3, return_sequences=True)(k.layers.Embedding(9, 4, mask_zero=True)(x))
    return k.layers.TimeDistributed(k.layers.Dense(2))(h)


@wiring("masked", of=(6, 3), suffix=".h5", only="keras")
def keras_3_in_hdf5(k: Any, x: Any) -> Any:
    h = k.layers.Bidirectional(k.layers.GRU(3, return_sequences=True))(k.layers.Masking()(x))
    return k.layers.LSTM(2)(h)


@wiring("masked", of=(6, 3), suffix=".keras", only="tf_keras")
def tf_keras_in_a_zip(k: Any, x: Any) -> Any:
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(k.layers.Masking()(x))
    return k.layers.GRU(2, reset_after=False)(h)
