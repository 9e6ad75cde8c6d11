"""Wirings where generations of Keras differ, see ``docs/generations.md``. As in ``wirings``, each with each Keras."""

from typing import Any

from .wirings import wiring


@wiring("masked")
def a_mask_meets_a_rescaling(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.layers.LSTM(3)(k.layers.Rescaling(0.5, 0.1)(k.layers.Masking()(x))))


@wiring("masked")
def a_mask_meets_a_normalization(k: Any) -> Any:
    x = k.Input((6, 2))
    scaled = k.layers.Normalization(mean=[0.1, 0.2], variance=[1.0, 2.0])(k.layers.Masking()(x))
    return k.Model(x, k.layers.GRU(3, return_sequences=True)(scaled))


@wiring("masked")
def a_mask_meets_an_identity(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.layers.LSTM(3)(k.layers.Identity()(k.layers.Masking()(x))))


@wiring("tokens")
def words_masked_inside_their_steps(k: Any) -> Any:
    x = k.Input((4, 5))
    h = k.layers.TimeDistributed(k.layers.Embedding(9, 3, mask_zero=True))(x)
    return k.Model(x, k.layers.LSTM(2)(k.layers.TimeDistributed(k.layers.GRU(3))(h)))


@wiring("tokens", only="tf_keras")
def words_masked_before_their_steps(k: Any) -> Any:
    x = k.Input((4, 5))
    h = k.layers.TimeDistributed(k.layers.Dense(3))(k.layers.Embedding(9, 3, mask_zero=True)(x))
    return k.Model(x, k.layers.LSTM(2)(k.layers.TimeDistributed(k.layers.LSTM(3))(h)))


@wiring("tokens")
def words_masked_in_a_nested_model(k: Any) -> Any:
    words = k.Input((5,))
    inner = k.layers.LSTM(3, return_sequences=True)(k.layers.Embedding(9, 3, mask_zero=True)(words))
    x = k.Input((4, 5))
    h = k.layers.TimeDistributed(k.layers.GRU(2))(k.layers.TimeDistributed(k.Model(words, inner))(x))
    return k.Model(x, k.layers.LSTM(2)(h))


@wiring("masked")
def a_masking_inside_its_steps(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.layers.GRU(3)(k.layers.TimeDistributed(k.layers.Masking())(x)))


@wiring("tokens")
def words_through_time_distributed(k: Any) -> Any:
    x = k.Input((6,))
    h = k.layers.TimeDistributed(k.layers.Dense(3))(k.layers.Embedding(9, 4, mask_zero=True)(x))
    return k.Model(x, k.layers.LSTM(3)(h))


@wiring("masked")
def masked_vectors_meet_in_multiply(k: Any) -> Any:
    a, b = k.Input((3,)), k.Input((3,))
    return k.Model([a, b], k.layers.Multiply()([k.layers.Masking()(a), k.layers.Masking()(b)]))


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


@wiring("masked", only="keras")
def masks_end_at_bare_operations(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((6, 3))
    x, y = k.layers.Masking()(a), k.layers.Masking()(b)
    return k.Model([a, b], [k.layers.LSTM(3)(x + y), k.layers.GRU(2)(x * y), k.layers.GRU(2)(k.ops.maximum(x, y))])


@wiring("gentle", only="keras", refused="different rank")
def bare_operations_of_different_rank(k: Any) -> Any:
    a, b = k.Input((6, 3)), k.Input((3,))
    return k.Model([a, b], k.layers.LSTM(3)(a * b))


@wiring("masked", only="keras")
def a_mask_by_hand_of_another_value(k: Any) -> Any:
    """Made by the operations that Keras writes down for its own masks, but not that mask."""
    x = k.Input((6, 3))
    mask = k.ops.any(k.ops.not_equal(x, 0.5), axis=-1)
    return k.Model(x, k.layers.LSTM(3)(k.layers.Masking()(x), mask=mask))


@wiring("masked", only="keras")
def a_mask_by_hand_turned_round(k: Any) -> Any:
    x = k.Input((6, 3))
    mask = k.ops.logical_not(k.ops.any(k.ops.not_equal(x, 0.0), axis=-1))
    return k.Model(x, k.layers.LSTM(3)(k.layers.Masking()(x), mask=mask))
