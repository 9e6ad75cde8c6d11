"""Wirings where generations of Keras differ, see ``docs/generations.md``. As in ``wirings``, each with each Keras."""

from typing import Any

from .wirings import wiring, wirings

wirings(
    "masked",
    a_mask_meets_a_rescaling=(
        (6, 3),
        lambda k, x: k.layers.LSTM(3)(k.layers.Rescaling(0.5, 0.1)(k.layers.Masking()(x))),
    ),
    a_mask_meets_an_identity=((6, 3), lambda k, x: k.layers.LSTM(3)(k.layers.Identity()(k.layers.Masking()(x)))),
    a_masking_inside_its_steps=((6, 3), lambda k, x: k.layers.GRU(3)(k.layers.TimeDistributed(k.layers.Masking())(x))),
    masked_vectors_meet_in_multiply=(
        [(3,)] * 2,
        lambda k, a, b: k.layers.Multiply()([k.layers.Masking()(a), k.layers.Masking()(b)]),
    ),
)


@wiring("masked", of=(6, 2))
def a_mask_meets_a_normalization(k: Any, x: Any) -> Any:
    scaled = k.layers.Normalization(mean=[0.1, 0.2], variance=[1.0, 2.0])(k.layers.Masking()(x))
    return k.layers.GRU(3, return_sequences=True)(scaled)


@wiring("tokens", of=(4, 5))
def words_masked_inside_their_steps(k: Any, x: Any) -> Any:
    h = k.layers.TimeDistributed(k.layers.Embedding(9, 3, mask_zero=True))(x)
    return k.layers.LSTM(2)(k.layers.TimeDistributed(k.layers.GRU(3))(h))


@wiring("tokens", of=(4, 5), only="tf_keras")
def words_masked_before_their_steps(k: Any, x: Any) -> Any:
    h = k.layers.TimeDistributed(k.layers.Dense(3))(k.layers.Embedding(9, 3, mask_zero=True)(x))
    return k.layers.LSTM(2)(k.layers.TimeDistributed(k.layers.LSTM(3))(h))


@wiring("tokens", of=(4, 5), only="keras")
def words_of_sentences(k: Any, x: Any) -> Any:
    return k.layers.TimeDistributed(k.layers.LSTM(3))(k.layers.Embedding(9, 3, mask_zero=True)(x))


@wiring("tokens")
def words_masked_in_a_nested_model(k: Any) -> Any:
    words = k.Input((5,))
    inner = k.layers.LSTM(3, return_sequences=True)(k.layers.Embedding(9, 3, mask_zero=True)(words))
    x = k.Input((4, 5))
    h = k.layers.TimeDistributed(k.layers.GRU(2))(k.layers.TimeDistributed(k.Model(words, inner))(x))
    return k.Model(x, k.layers.LSTM(2)(h))


@wiring("tokens", of=(6,))
def words_through_time_distributed(k: Any, x: Any) -> Any:
    h = k.layers.TimeDistributed(k.layers.Dense(3))(k.layers.Embedding(9, 4, mask_zero=True)(x))
    return k.layers.LSTM(3)(h)


@wiring()
def inputs_and_outputs_by_name(k: Any) -> Any:
    a, b = k.Input((3,), name="zeta"), k.Input((3,), name="alpha")
    outputs = {"second": k.layers.Dense(2)(a), "first": k.layers.Subtract()([a, b])}
    return k.Model({"zeta": a, "alpha": b}, outputs)


@wiring()
def outputs_by_name_inside(k: Any) -> Any:
    a = k.Input((3,))
    inner = k.Model(a, {"b": k.layers.Dense(2)(a), "a": k.layers.Dense(3, activation="tanh")(a)})
    x = k.Input((3,))
    named = inner(x)
    return k.Model(x, [k.layers.Dense(1)(named["b"]), named["a"]])


@wiring(suffix=".h5", only="keras")
def a_dense_with_lora(k: Any) -> Any:
    x = k.Input((3,))
    first, second = k.layers.Dense(4, activation="tanh"), k.layers.Dense(2)
    model = k.Model(x, second(first(x)))
    first.enable_lora(2)
    second.enable_lora(1)
    return model


@wiring("masked", of=[(6, 3)] * 2, only="keras")
def masks_end_at_bare_operations(k: Any, a: Any, b: Any) -> Any:
    x, y = k.layers.Masking()(a), k.layers.Masking()(b)
    return [k.layers.LSTM(3)(x + y), k.layers.GRU(2)(x * y), k.layers.GRU(2)(k.ops.maximum(x, y))]


wirings(
    "gentle",
    only="keras",
    bare_operations_of_different_rank=([(6, 3), (3,)], lambda k, a, b: k.layers.LSTM(3)(a * b), "different rank"),
)


@wiring("masked", of=(6, 3), only="keras")
def a_mask_by_hand_of_another_value(k: Any, x: Any) -> Any:
    """Made by the operations that Keras writes down for its own masks, but not that mask."""
    mask = k.ops.any(k.ops.not_equal(x, 0.5), axis=-1)
    return k.layers.LSTM(3)(k.layers.Masking()(x), mask=mask)


@wiring("masked", of=(6, 3), only="keras")
def a_mask_by_hand_turned_round(k: Any, x: Any) -> Any:
    mask = k.ops.logical_not(k.ops.any(k.ops.not_equal(x, 0.0), axis=-1))
    return k.layers.LSTM(3)(k.layers.Masking()(x), mask=mask)
