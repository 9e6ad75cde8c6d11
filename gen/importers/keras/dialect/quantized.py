"""Keras 3's quantised layers (``model.quantize``): their matrices as floats, and the rounding of their inputs.

int8: kernel = integers / scale; inputs are rounded at run time, each row to 127 steps of its largest value. int4: two
integers a byte, the first in the low half; kernel = integers / scale, or (integers - zero) scale by groups of inputs.
float8: kernel and inputs are rounded to e4m3, each with a scale of its own.

Sources: Keras 3.15 ``keras/src/layers/core/{dense,einsum_dense,embedding}.py`` (``_int8_call``, ``_int4_call``,
``_float8_call``), ``keras/src/quantizers/{quantizers,quantization_config}.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ....core.functions import function
from ..containers.stored import StoredArray
from . import lora
from .build import arrays_by_name
from .config import product
from .kinds import Weight
from .policies import policy, rounding_epsilon
from .site import Site
from .source import Context, Source
from .spec import FloatArray
from .weights import SAVE_AGAIN, expect, values

EXTRA = {
    "float8": "inputs_scale inputs_amax_history kernel_scale kernel_amax_history "
    "outputs_grad_scale outputs_grad_amax_history",
    "int8": "{0}_scale",
    "int4": "{0}_scale",
    "int4 groups": "{0}_scale {0}_zero g_idx",
}
"""Further arrays of a quantised layer, in Keras's order."""


@dataclass
class Floats:
    """A layer's arrays.

    Args:
        matrix: the matrix as floats.
        arrays: all of the layer's arrays, by name.
        config: ``rounds`` (the epsilon) if each row of inputs is rounded to 127 steps, ``float8`` (the scale).
        derived: descriptions of the changes.
    """

    matrix: FloatArray
    arrays: Mapping[str, StoredArray]
    config: dict[str, Any] = field(default_factory=dict)
    derived: tuple[str, ...] = ()


def mode_of(config: Mapping[str, Any]) -> str:
    """The mode: ``int8``, ``int4``, ``float8`` or another; empty if a layer is not quantised."""
    name = policy(config.get("dtype"))
    return name.partition("_from_")[0].partition("/")[0] if "_from_" in name else ""


def unquantized(source: Source, names: Sequence[str], context: Context, site: Site, width: int | None = None) -> Floats:
    """A layer's arrays, its matrix (the first of ``names``) as floats.

    Args:
        names: names of the layer's own arrays, in Keras's order.
        width: length of the matrix's last axis, which int4 does not store if it is odd.

    Raises:
        UnsupportedError: a form that is not read.
    """
    mode, matrix = mode_of(source.config), names[0]
    if not mode:
        arrays = arrays_by_name(source.arrays, [Weight(name) for name in names], site)
        return Floats(values(arrays[matrix], arrays[matrix].data.shape, site), arrays)
    if mode not in ("int8", "int4", "float8"):
        raise site.unsupported(f"is quantised as {mode}", "read are int8, int4 and float8", "save the float model")
    extra = EXTRA["int4 groups" if mode == "int4" and len(source.arrays) == len(names) + 3 else mode]
    words = [*names, *extra.format(matrix).split()]
    expect(source.arrays, len(words), ", ".join(words), site)
    arrays = arrays_by_name(source.arrays, [Weight(word) for word in words], site)
    data = {word: values(arrays[word], arrays[word].data.shape, site) for word in words}
    if mode == "float8":
        context.note(
            "float8 kernels are read as the floats that they stand for, and inputs are rounded as Keras rounds them"
        )
        return _float8(source, matrix, arrays, data, site)
    integers = _unpacked(arrays[matrix], width, site) if mode == "int4" else data[matrix]
    kernel = _times_scales(integers, data, matrix, site)
    if kernel.shape[0] != data[matrix].shape[0] or not np.isfinite(kernel).all():
        raise site.broken(f"has a {matrix} scale of 0 in {arrays[f'{matrix}_scale'].path}, or of another shape")
    looked_up = matrix == "embeddings"
    epsilon = None if looked_up else rounding_epsilon(source.config, mode, grouped=f"{matrix}_zero" in data)
    rounding = ", and inputs are rounded as Keras rounds them" if epsilon else ""
    context.note(f"{mode} kernels are read as float32{rounding}")
    return Floats(kernel, arrays, {"rounds": epsilon} if epsilon else {}, (f"{mode} {matrix} times its scales",))


def matrix_of(
    source: Source, names: Sequence[str], shape: tuple[int | None, int], context: Context, site: Site
) -> Floats:
    """The same for a matrix whose options give its shape, with LoRA's product added.

    Args:
        shape: the matrix's shape, with None if the number of rows is unknown.
    """
    name, (rows, columns) = names[0], shape
    if rows is None:
        mine = (array for array in source.arrays if name in array.name and "lora" not in array.name)
        rows = next((array.data.shape[0] for array in mine if array.data.ndim), 0)
    product((rows, columns), name, site)
    arrays, added = lora.parted(source.arrays, name, source.config, (rows, columns), site)
    if mode_of(source.config) and added is not None:
        raise site.unsupported("is quantised and has LoRA's matrices too", "", "save the float model")
    floats = unquantized(replace(source, arrays=arrays), names, context, site, columns)
    matrix = floats.matrix
    expected = (shape[0] if shape[0] is not None else next(iter(matrix.shape), 0), columns)
    product(expected, name, site)
    if not mode_of(source.config):
        values(floats.arrays[name], expected, site)
    if matrix.shape != expected:
        raise site.broken(f"has a matrix {name} of shape {matrix.shape}, expected {expected}", "", SAVE_AGAIN)
    if added is None:
        return floats
    derived = (*floats.derived, f"product of LoRA's two matrices added to the {name}")
    return replace(floats, matrix=matrix + added, derived=derived)


def _times_scales(integers: FloatArray, data: Mapping[str, FloatArray], matrix: str, site: Site) -> FloatArray:
    """The matrix as floats: by groups of inputs, by rows of an embedding, or by columns of a kernel."""
    scale = data[f"{matrix}_scale"]
    if f"{matrix}_zero" in data:
        return _by_groups(integers, scale, data[f"{matrix}_zero"], data["g_idx"], matrix == "embeddings", site)
    if matrix == "embeddings":
        scale = scale.reshape(-1, 1)
    elif scale.ndim > integers.ndim:
        scale = scale.reshape(scale.shape[scale.ndim - integers.ndim :])
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            kernel: FloatArray = (integers / scale).astype(np.float32)
    except ValueError:
        raise site.broken(f"has a {matrix} of shape {integers.shape} and scales of shape {scale.shape}") from None
    return kernel


def _float8(
    source: Source, matrix: str, arrays: Mapping[str, StoredArray], data: Mapping[str, FloatArray], site: Site
) -> Floats:
    """A kernel rounded to float8's values, with the scale for rounding inputs and the rounded bias."""
    scales = [float(data[word].reshape(-1)[0]) for word in ("inputs_scale", "kernel_scale")]
    if min(scales) <= 0:
        raise site.broken(f"has float8 scales of {scales[0]:g} and {scales[1]:g}")
    kernel = function("float8", scale=scales[1])(data[matrix])
    if "bias" in arrays and policy(source.config.get("dtype")).endswith("_from_float32"):
        arrays = {**arrays, "bias": replace(arrays["bias"], data=to_bfloat16(data["bias"]))}
    return Floats(kernel, arrays, {"float8": scales[0]}, ("kernel rounded to float8 e4m3, bias to bfloat16",))


def to_bfloat16(x: FloatArray) -> FloatArray:
    """Rounded to 8 binary digits, halves to even: Keras does this to the bias of a float8 layer that computes in
    float32, because a GPU's kernel needs it."""
    bits = x.view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)


def _unpacked(array: StoredArray, width: int | None, site: Site) -> FloatArray:
    """The values of int4: two a byte along the last axis, the first in the low half, each from -8 to 7."""
    raw = array.data.astype(np.int64) & 0xFF
    pairs = np.stack([raw & 15, raw >> 4], axis=-1).reshape(*raw.shape[:-1], -1)
    if width is not None and not pairs.shape[-1] - 1 <= width <= pairs.shape[-1]:
        raise site.broken(f"has the array {array.name} of {pairs.shape[-1]} values a row, expected {width}", array.path)
    signed = np.where(pairs > 7, pairs - 16, pairs)[..., :width]
    return np.ascontiguousarray(signed, np.float32)


def _by_groups(
    kernel: FloatArray, scale: FloatArray, zero: FloatArray, groups: FloatArray, rows: bool, site: Site
) -> FloatArray:
    """(integers - zero) scale; groups are along the first axis of a kernel, along the rows of an embedding."""
    index = groups.astype(np.int64).reshape(-1)
    axis = 1 if rows else 0
    spread_over = [*kernel.shape]
    spread_over[axis] = scale.shape[axis] if scale.ndim > axis else 0
    fits = zero.shape == scale.shape == tuple(spread_over) and index.size == kernel.shape[axis]
    if not fits or index.min() < 0 or index.max() >= scale.shape[axis]:
        raise site.broken(f"has a matrix of shape {kernel.shape}, scales {scale.shape} and {index.size} group numbers")
    spread = [np.take(part, index, axis=axis) for part in (zero, scale)]
    return ((kernel - spread[0]) * spread[1]).astype(np.float32)
