"""Masks that Keras hands on, or takes off, tensor by tensor. As in ``wirings``."""

from typing import Any

from .wirings import wiring


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
