"""Operators that are layers without weights of their own: pooling, convolutions and norms by constants, attention.

Sources: Keras 3.15 ``keras/src/ops/{nn,image}.py`` and ``keras/src/backend/tensorflow/nn.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....core.formats import Array
from ....core.functions import LINEAR
from ..dialect.spec import LayerSpec
from .base import READERS, Value, only_floats
from .interpolation import INTERPOLATIONS
from .operator_composed import number
from .operator_elementwise import applied, combined, elementwise
from .operator_product import contracted
from .operator_reduce import EPSILON
from .operator_shape import shaped
from .operators import Operand, Use, operator

FILLED = -1e30
"""In the place of a score that a mask leaves out; Keras has the least float there, which is as good as this."""


def by_layer(use: Use, name: str, value: Value, config: Mapping[str, Any], **weights: Array | None) -> list[Value]:
    """What a layer of this class makes of a tensor."""
    arrays = {key: array for key, array in weights.items() if array is not None}
    return READERS[name](use.builder, LayerSpec(use.name, name, name, config, arrays), [value], ())


def sizes(use: Use, name: str, rank: int, usual: int | tuple[int, ...] = 1) -> tuple[int, ...]:
    """An argument that is one number, or one an axis."""
    numbers = use.wholes(name) if use.get(name) is not None else [usual] if isinstance(usual, int) else [*usual]
    each = tuple(numbers * rank if len(numbers) == 1 else numbers)
    if len(each) != rank or min(each, default=0) < 1:
        raise use.builder.broken(f"has {name}={numbers} for pictures of {rank} axes")
    return each


def placed(use: Use) -> dict[str, Any]:
    """Padding and the place of channels."""
    return {"padding": use.word("padding", "valid", "same"), "data_format": use.word(*FORMATS)}


FORMATS = ("data_format", "channels_last", "channels_first")


@operator("MaxPool", "AveragePool")
def read_pool(use: Use, inputs: Value) -> list[Value]:
    rank = len(use.builder.shape(inputs)) - 1
    pool = sizes(use, "pool_size", rank)
    config = {"pool_size": pool, "strides": sizes(use, "strides", rank, pool), **placed(use)}
    return by_layer(use, f"{use.name}ing{rank}D", inputs, config)


@operator("AdaptiveMaxPool", "AdaptiveAveragePool")
def read_adaptive(use: Use, inputs: Value) -> list[Value]:
    rank = len(use.builder.shape(inputs)) - 1
    config = {"output_size": sizes(use, "output_size", rank), "data_format": use.word(*FORMATS)}
    return by_layer(use, f"{use.name}ing{rank}D", inputs, config)


@operator("Conv", "DepthwiseConv")
def read_convolution(use: Use, inputs: Value, kernel: Array | None) -> list[Value]:
    """By a constant kernel."""
    shape = use.builder.shape(inputs)
    rank = len(shape) - 1
    if kernel is None or kernel.ndim != rank + 2:
        raise use.builder.broken(f"has no kernel for samples of {rank + 1} axes")
    config = walk(use, rank, kernel.shape[:rank])
    channels = int(shape[0 if config["data_format"] == "channels_first" else -1] or 0)
    if use.name == "Conv":
        config["groups"] = max(1, channels // kernel.shape[-2])
        return by_layer(use, f"Conv{rank}D", inputs, config, kernel=kernel)
    return by_layer(use, f"DepthwiseConv{min(rank, 2)}D", inputs, config, kernel=kernel)


@operator("SeparableConv")
def read_separable(
    use: Use, inputs: Value, depthwise_kernel: Array | None, pointwise_kernel: Array | None
) -> list[Value]:
    rank = len(use.builder.shape(inputs)) - 1
    kernels = {"depthwise_kernel": depthwise_kernel, "pointwise_kernel": pointwise_kernel}
    if any(kernel is None or kernel.ndim != rank + 2 for kernel in kernels.values()) or rank > 2:
        raise use.builder.broken(f"has no two kernels for samples of {rank + 1} axes")
    assert depthwise_kernel is not None
    config = walk(use, rank, depthwise_kernel.shape[:rank])
    return by_layer(use, f"SeparableConv{rank}D", inputs, config, **kernels)


def walk(use: Use, rank: int, kernel: tuple[int, ...]) -> dict[str, Any]:
    """The options of a convolution."""
    steps = {name: sizes(use, name, rank) for name in ("strides", "dilation_rate")}
    return {"kernel_size": kernel, "activation": LINEAR, **steps, **placed(use)}


@operator("BatchNorm")
def read_batch_norm(
    use: Use, x: Value, mean: Array | None, variance: Array | None, offset: Array | None, scale: Array | None
) -> list[Value]:
    if mean is None or variance is None:
        raise use.builder.broken("has no mean or no variance")
    config = {"axis": use.whole("axis"), "epsilon": use.number("epsilon", 1e-3)}
    moving = {"moving_mean": mean, "moving_variance": variance}
    return by_layer(use, "BatchNormalization", x, config, gamma=scale, beta=offset, **moving)


@operator("LayerNorm")
def read_layer_norm(
    use: Use, x: Value, gamma: Array | None, beta: Array | None, epsilon: float = EPSILON, rms_scaling: bool = False
) -> list[Value]:
    config = {"axis": use.wholes("axis", -1), "epsilon": epsilon, "rms_scaling": rms_scaling}
    return by_layer(use, "LayerNormalization", x, config, gamma=gamma, beta=None if rms_scaling else beta)


@operator("RMSNorm")
def read_rms_norm(use: Use, x: Value, scale: Array | None, epsilon: float = EPSILON) -> list[Value]:
    shape = use.builder.shape(x)
    axes = [use.axis(shape, axis) for axis in use.wholes("axis", -1)]
    if scale is None:
        scale = np.ones([shape[axis] or 1 for axis in axes], np.float32)
    config = {"axis": [axis + 1 for axis in axes], "epsilon": epsilon}
    return by_layer(use, "RMSNormalization", x, config, scale=scale)


@operator("Resize")
def read_resize(use: Use, images: Value, fill_value: float = 0.0) -> list[Value]:
    config = {
        **dict(zip(("height", "width"), sizes(use, "size", 2), strict=True)),
        "interpolation": use.word("interpolation", "bilinear", *INTERPOLATIONS),
        "data_format": use.word(*FORMATS),
        "fill_value": fill_value,
        **{name: use.flag(name) for name in ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")},
    }
    use.word("fill_mode", "constant")
    return by_layer(use, "Resizing", images, config)


@operator(
    "DotProductAttention", parameters=("query", "key", "value", "bias", "mask", "scale"), neutral=("flash_attention",)
)
def read_attention(use: Use, query: Value, key: Value, value: Value) -> list[Value]:
    """(steps, heads, features) a sample each; fewer heads of keys and values each serve several of the queries'."""
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


def masks_of(use: Use, steps: int, others: int) -> list[Operand]:
    """What is left out of the scores: by a mask that is given, and what comes later."""
    masks: list[Operand] = []
    if use.get("mask") is not None:
        mask = use.operand("mask")
        if not isinstance(mask, np.ndarray) and len(use.builder.shape(mask)) == 2:
            mask = shaped(use, mask, (1, *use.builder.shape(mask)))
        masks.append(mask)
    if use.flag("is_causal"):
        masks.append(np.tril(np.ones((1, steps, others), np.float32)))
    return masks
