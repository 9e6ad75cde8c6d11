"""The shared base of layers with windows: each generation's form of them, paddings by their words, channels moved
to the last axis.

Sources: Keras 1.2.2 ``keras/layers/{convolutional,pooling}.py``, Keras 2.3.1 the same and
``keras/backend/theano_backend.py``, tf_keras 2.21 ``tf_keras/src/layers/{convolutional,pooling,reshaping}``, Keras 3.15
``keras/src/layers/{convolutional,pooling,reshaping}``.

Theano convolved with flipped kernels, and its ``same`` pads differently from TensorFlow's. Kernels here have the order
of TensorFlow's correlation; the paddings of Theano have words of their own: ``half`` (half the window of zeros on both
sides), ``half_cut`` (the same, but at most ceil(n / stride) outputs) and ``front`` (pooling).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ....core.graph import Shape, shape_text
from ....layers.permute import Permute
from ....layers.windows import Window, Windows
from ..containers._wire import StoredArray
from ..dialect.config import FIRST, Option, per_axis, product
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray
from ..dialect.weights import values
from .base import Builder, Value, not_a_bias

Sizes = Sequence[int]
"""One size for each axis."""
STRIDES = Option("strides", "sizes", 1, older=("subsample_length", "subsample", "stride"))
PADDING = Option("padding", "word", "valid", older=("border_mode",), values=("valid", "same"))


def on_theano(context: Context) -> bool:
    """Whether the layers ran on Theano, which flipped kernels and padded differently."""
    writer = context.writer
    return writer.backend == "theano" and writer.generation in ("Keras 0", "Keras 1", "Keras 2")


def settle_windows(
    source: Source, read: Ledger, context: Context, site: Site, theano: str = "same", strided_dilation: bool = False
) -> None:
    """Settles the options of a layer with windows and a kernel.

    Args:
        theano: the padding that ``same`` means on Theano.
        strided_dilation: whether strides and dilation may both be above 1.
    """
    rank = len(read["strides"])
    if read["kernel_size"] is None:
        words = ("nb_row", "nb_col") if rank == 2 else ("kernel_dim1", "kernel_dim2", "kernel_dim3")
        sizes = tuple(source.config[word] for word in words if word in source.config)
        read["kernel_size"] = per_axis(sizes, rank, "kernel_size", site)
    if read["padding"] == "causal" and rank > 1:
        raise site.unsupported("has padding='causal'", "read are valid, same")
    if max(read["strides"]) > 1 and max(read["dilation_rate"]) > 1 and not strided_dilation:
        raise site.broken("has strides and a dilation_rate above 1", "Keras takes one or the other")
    if read["padding"] == "same" and on_theano(context):
        read["padding"] = theano


def kernel_of(
    array: StoredArray, read: Mapping[str, Any], context: Context, site: Site, tail: tuple[int | None, int], flips: bool
) -> FloatArray:
    """A kernel as (axes..., *tail), for correlation.

    Args:
        tail: lengths of the last two axes, None if the options do not give them.
        flips: whether Theano flipped this one.
    """
    kernel, data = read["kernel_size"], array.data
    stored = kernel if context.writer.generation != "Keras 1" or len(kernel) > 1 else (*kernel, 1)
    turned = context.writer.generation == "Keras 1" and len(kernel) > 1 and read["data_format"] == FIRST
    if data.ndim != len(stored) + 2:
        raise site.broken(
            f"has the array {array.name} of shape {shape_text(data.shape)}, expected {len(stored) + 2} axes", array.path
        )
    ends = (data.shape[1], data.shape[0]) if turned else data.shape[-2:]
    last = tuple(length if wanted is None else wanted for length, wanted in zip(ends, tail, strict=True))
    product((*stored, *last), "kernel", site)
    weights = values(array, (last[1], last[0], *stored) if turned else (*stored, *last), site)
    if turned:
        weights = weights.transpose(*range(2, weights.ndim), 1, 0)
    weights = weights.reshape(*kernel, *last)
    return np.ascontiguousarray(np.flip(weights, tuple(range(len(kernel)))) if flips else weights)


def read_windows(
    builder: Builder, axes: Shape, sizes: Sizes, strides: Sizes, padding: str, dilation: Sizes = (1, 1, 1)
) -> Windows:
    """The windows over axes of these lengths.

    Args:
        padding: ``valid``, ``same``, ``causal``; ``half``, ``half_cut`` and ``front`` of Theano.

    Raises:
        ModelError: an axis is too short for a window.
        UnsupportedError: a padding that depends on a length that is not fixed.
    """
    windows = []
    for n, kernel, stride, dilated in zip(axes, sizes, strides, dilation, strict=False):
        left, right = _ends(builder, padding, n, Window(kernel, stride, dilated))
        window = Window(kernel, stride, dilated, left, right)
        count = window.length(n)
        if count is not None and count < 1:
            raise builder.broken(f"an axis of {n} values is shorter than its window of {window.extent}")
        windows.append(window)
    if padding == "same" and _other_on_torch(windows, axes):
        not_on_torch(builder, "pads its windows", (3, 9))
    return tuple(windows)


def _other_on_torch(windows: Sequence[Window], axes: Shape) -> bool:
    """Whether Keras 3.8 padded otherwise on torch: it cut off values if the last window leaves some behind it, and
    exchanged the axes' paddings if each axis is padded alike at both ends."""
    left_over = any(n and (n - 1) % window.stride >= window.extent for n, window in zip(axes, windows, strict=False))
    alike = len({window.left for window in windows}) > 1 and all(window.left == window.right for window in windows)
    return left_over or (alike and any(window.stride > 1 for window in windows))


def not_on_torch(builder: Builder, doing: str, before: tuple[int, ...] | None = None) -> None:
    """Refuse what Keras 3 computes differently on torch than on TensorFlow. Run in 3.6 to 3.15; of 3.3 and 3.4
    the source was read.

    Args:
        before: the release from which on they are the same.

    Raises:
        UnsupportedError: with the layer's action.
    """
    version = builder.rules.torch
    if version is not None and (before is None or version < before):
        raise builder.refuse(
            f"{doing}, which Keras computes differently on torch than on TensorFlow (docs/generations.md)",
            fix="load the model with KERAS_BACKEND=tensorflow, test whether it is still as good, and save it again; "
            "then leave out --keras-backend",
        )


def _ends(builder: Builder, padding: str, n: int | None, window: Window) -> tuple[int, int]:
    """The amounts of padding before and after an axis."""
    extent, stride = window.extent, window.stride
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return extent - 1, 0
    if padding == "half":
        return extent // 2, extent // 2
    if n is None:
        if stride > 1 or padding != "same":
            raise builder.refuse(
                "pads by the length of its input, which is not fixed", fix="fix the length in the model's Input"
            )
        return (extent - 1) // 2, extent // 2
    reach = (-(-n // stride) - 1) * stride + extent
    if padding == "same":
        total = max(reach - n, 0)
        return total // 2, total - total // 2
    if padding == "half_cut":
        left = extent // 2
    else:
        left = window.kernel - 2 if window.kernel % 2 and window.kernel > 2 else window.kernel - 1
    return left, reach - n - left


def leading(windows: Windows) -> int:
    """The number of first axes along which an output sees only its own position: they can be an op's lead."""
    count = 0
    while count < len(windows) - 1 and windows[count].plain:
        count += 1
    return count


def channels_last(
    builder: Builder, value: Value, config: Any, bias: FloatArray | None = None
) -> tuple[Value, Callable[[Value], Value]]:
    """The value with its channels as the last axis, and the function that brings a result back to its order.

    Args:
        bias: the array that was added to the result, along its channels.
    """
    shape = builder.shape(value)
    if config["data_format"] != FIRST or len(shape) < 2:
        return value, lambda result: result

    def back(result: Value) -> Value:
        shape = builder.shape(result)
        if bias is not None and len(shape) > 1:
            not_a_bias(builder, (shape[-1], *shape[:-1]), (shape[-1], *(1 for _ in shape[1:])))
        return channels_back(builder, result)

    return Value(_moved(builder, value.tensor, (*range(1, len(shape)), 0), "_channels_last")), back


def channels_back(builder: Builder, value: Value) -> Value:
    """The value with its channels as the first axis again."""
    rank = len(builder.shape(value))
    if rank < 2:
        return value
    return Value(_moved(builder, value.tensor, (rank - 1, *range(rank - 1)), "_channels_first"), value.mask)


def _moved(builder: Builder, tensor: int, order: tuple[int, ...], suffix: str) -> int:
    builder.lengths(builder.shape(tensor), "moves an axis of")
    return builder.add(Permute(order), [tensor], suffix=suffix)[0]


def ranked(builder: Builder, value: Value, rank: int) -> Shape:
    """The shape of an input, which must have ``rank`` axes besides its channels."""
    shape = builder.shape(value)
    if len(shape) != rank + 1 or shape[-1] is None:
        raise builder.broken(f"needs an input of {rank + 1} axes and is given {shape}")
    return shape
