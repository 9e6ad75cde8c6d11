"""Operators that are layers without weights of their own: pooling, convolutions and norms by constants, attention.

Sources: Keras 3.15 ``keras/src/ops/{nn,image}.py`` and ``keras/src/backend/tensorflow/nn.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....core.formats import Array
from ..containers.stored import StoredArray
from ..dialect.build import describe
from ..dialect.config import Writer, per_axis
from ..dialect.kinds import KINDS
from ..dialect.source import Context, Source
from .base import READERS, Value, only_floats
from .operator_composed import number
from .operator_elementwise import applied, combined, elementwise
from .operator_product import contracted
from .operator_reduce import EPSILON
from .operators import Operand, Use, operator
from .reshape import add_reshape

FILLED = -1e30
"""Value of masked scores; Keras uses the least float, which is equivalent."""


def by_layer(
    use: Use, name: str, value: Value, options: Mapping[str, Any] | None = None, **weights: Array | None
) -> list[Value]:
    """The outputs of a layer of this class. Its options are the arguments of the same names, and ``options``."""
    builder, kind = use.builder, KINDS.get(name)
    if kind is None:
        raise builder.broken(f"is given samples of shape {builder.shape(value)}")
    arguments = {option.name: _as_in_a_file(use.get(option.name)) for option in kind.options} | dict(options or {})
    config = {key: argument for key, argument in arguments.items() if argument is not None}
    arrays = tuple(StoredArray(key, key, array) for key, array in weights.items() if array is not None)
    site = builder.site(use.name)
    spec = describe(Source(use.name, name, config, arrays), Context(Writer("Keras 3")), site)
    return READERS[name](builder, spec, [value], ())


def _as_in_a_file(argument: Any) -> Any:
    """The argument in a file's form: lists for arrays, words in lower case."""
    if isinstance(argument, np.ndarray):
        return argument.tolist()
    return argument.lower() if isinstance(argument, str) else argument


@operator("MaxPool", "AveragePool", "AdaptiveMaxPool", "AdaptiveAveragePool")
def read_pool(use: Use, inputs: Value) -> list[Value]:
    return by_layer(use, f"{use.name}ing{len(use.builder.shape(inputs)) - 1}D", inputs)


def sides(use: Use, kernel: Array) -> tuple[list[int], int, int]:
    """The axes of a kernel: its windows' sizes, and the last two."""
    if kernel.ndim < 3 or not kernel.size:
        raise use.builder.broken(f"has a kernel of shape {kernel.shape}")
    *sizes, channels, filters = kernel.shape
    return sizes, channels, filters


@operator("Conv")
def read_convolution(use: Use, inputs: Value, kernel: Array) -> list[Value]:
    """A convolution with a constant kernel."""
    shape, (sizes, channels, filters) = use.builder.shape(inputs), sides(use, kernel)
    groups = max(1, int(shape[0 if use.channels_first else -1] or 0) // channels)
    options = {"filters": filters, "kernel_size": sizes, "use_bias": False, "groups": groups}
    return by_layer(use, f"Conv{len(shape) - 1}D", inputs, options, kernel=kernel)


@operator("DepthwiseConv")
def read_depthwise(use: Use, inputs: Value, kernel: Array) -> list[Value]:
    sizes, _, multiplier = sides(use, kernel)
    options = {"kernel_size": sizes, "use_bias": False, "depth_multiplier": multiplier}
    return by_layer(use, f"DepthwiseConv{len(sizes)}D", inputs, options, kernel=kernel)


@operator("SeparableConv")
def read_separable(use: Use, inputs: Value, depthwise_kernel: Array, pointwise_kernel: Array) -> list[Value]:
    (sizes, _, multiplier), (_, _, filters) = sides(use, depthwise_kernel), sides(use, pointwise_kernel)
    options = {"filters": filters, "kernel_size": sizes, "use_bias": False, "depth_multiplier": multiplier}
    kernels = {"depthwise_kernel": depthwise_kernel, "pointwise_kernel": pointwise_kernel}
    return by_layer(use, f"SeparableConv{len(sizes)}D", inputs, options, **kernels)


@operator("BatchNorm")
def read_batch_norm(
    use: Use, x: Value, mean: Array, variance: Array, offset: Array | None, scale: Array | None
) -> list[Value]:
    options = {"center": offset is not None, "scale": scale is not None}
    moving = {"moving_mean": mean, "moving_variance": variance}
    return by_layer(use, "BatchNormalization", x, options, gamma=scale, beta=offset, **moving)


@operator("LayerNorm")
def read_layer_norm(
    use: Use, x: Value, gamma: Array | None, beta: Array | None, epsilon: float = EPSILON, rms_scaling: bool = False
) -> list[Value]:
    options = {"center": beta is not None, "scale": gamma is not None, "epsilon": epsilon}
    return by_layer(use, "LayerNormalization", x, options, gamma=gamma, beta=None if rms_scaling else beta)


@operator("RMSNorm")
def read_rms_norm(use: Use, x: Value, scale: Array | None, epsilon: float = EPSILON) -> list[Value]:
    shape = use.builder.shape(x)
    axes = [use.axis(shape, axis) for axis in use.wholes("axis", -1)]
    if scale is None:
        scale = np.ones([shape[axis] or 1 for axis in axes], np.float32)
    return by_layer(use, "RMSNormalization", x, {"axis": [axis + 1 for axis in axes], "epsilon": epsilon}, scale=scale)


@operator("Resize")
def read_resize(use: Use, images: Value) -> list[Value]:
    height, width = per_axis(use.wholes("size"), 2, "size", use.builder.site(use.name))
    return by_layer(use, "Resizing", images, {"height": height, "width": width})


@operator(
    "DotProductAttention", parameters=("query", "key", "value", "bias", "mask", "scale"), neutral=("flash_attention",)
)
def read_attention(use: Use, query: Value, key: Value, value: Value) -> list[Value]:
    """Each sample is (steps, heads, features)."""
    if use.get("attn_logits_soft_cap") is not None:
        raise use.builder.refuse("caps its scores", fix="leave attn_logits_soft_cap out")
    if all(each.tensor in use.builder.types for each in (query, key, value)):
        only_floats(use.builder, query)
    shapes = [use.builder.shape(each) for each in (query, key, value)]
    if any(len(shape) != 3 or None in shape for shape in shapes) or len({s[1] for s in shapes}) > 1:
        raise use.builder.refuse(f"is given {', '.join(map(str, shapes))}", fix="as many heads of keys as of queries")
    (queries, _, size), (keys, _, _), _ = shapes
    scale = use.number("scale", float(np.asarray(size or 1, np.float32) ** -0.5))
    scores = contracted(use, query, "bqhd", key, "bkhd", "bhqk")
    scores = combined(use, "multiply", scores, number(scale))
    if use.get("bias") is not None:
        scores = combined(use, "add", scores, use.operand("bias"))
    for mask in masks_of(use, int(queries or 1), int(keys or 1)):
        scores = elementwise(use, "where", [mask, scores, number(FILLED)])
    weights = applied(use, "softmax", scores)
    return [contracted(use, weights, "bhqk", value, "bkhd", "bqhd")]


def masks_of(use: Use, steps: int, others: int) -> Iterator[Operand]:
    """The masks of the scores: the call's mask, and a causal one."""
    if use.get("mask") is not None:
        mask = use.operand("mask")
        if not isinstance(mask, np.ndarray) and len(use.builder.shape(mask)) == 2:
            mask = add_reshape(use.builder, mask, (1, *use.builder.shape(mask)))
        yield mask
    if use.flag("is_causal"):
        yield np.tril(np.ones((1, steps, others), np.float32))
