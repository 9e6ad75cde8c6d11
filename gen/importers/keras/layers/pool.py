"""Pooling; Keras 3, ``keras/src/layers/pooling``. Masks end here; a global mean uses its input's mask."""

from __future__ import annotations

from dataclasses import replace

from ....core.graph import count
from ....layers.concatenate import Concatenate
from ....layers.pad import Pad
from ....layers.pool import GlobalPool, Pool
from ....layers.reshape import Reshape
from ....layers.resize import Resize
from ....layers.windows import Window, Windows
from ..dialect.build import by_options
from ..dialect.config import Option, rank_of
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, floats_for_mean, reads_one
from .canonical import FORMAT
from .interpolation import cells
from .reshape import add_reshape
from .spatial import (
    PADDING,
    channels_last,
    leading,
    not_on_torch,
    on_theano,
    ranked,
    read_windows,
)


def settle(read: Ledger, context: Context, site: Site) -> None:
    if read["strides"] is None:
        read["strides"] = read["pool_size"]
    if on_theano(context) and read["padding"] == "same":
        read["padding"] = "front"


POOLING = Kind(
    "MaxPooling{}D",
    ranks=(1, 2, 3),
    options=(
        Option("pool_size", "sizes", 2, older=("pool_length",)),
        Option("strides", "sizes", None, older=("stride",)),
        PADDING,
        FORMAT,
    ),
    describe=by_options(settle),
)


def mode_of(spec: Spec) -> str:
    """The mode of a pool: the maximum or the mean."""
    return "max" if "Max" in spec.class_name else "average"


@reads_one(POOLING, replace(POOLING, name="AveragePooling{}D"))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    value, back = channels_last(builder, Value(value.tensor), spec.config)
    config = spec.config
    shape = ranked(builder, value, len(config["pool_size"]))
    windows = read_windows(builder, shape, config["pool_size"], config["strides"], config["padding"])
    if mode_of(spec) == "average" and config["padding"] == "same":
        kernels = [window.kernel for window in windows if window.right]
        if kernels and any(window.left != window.right for window in windows):
            before = None if max(kernels) > 2 else (3, 5)  # until then a mean counted the zero behind the last value
            not_on_torch(builder, "pads its windows at one end more than at the other", before)
    return back(pooled(builder, value, mode_of(spec), windows))


def pooled(builder: Builder, value: Value, mode: str, windows: Windows) -> Value:
    """The pooled tensor; the input itself if every window sees only its own place."""
    if all(window.plain for window in windows):
        return value
    lead = leading(windows)
    return builder.node(Pool(mode, windows[lead:]), value, lead=lead)


GLOBAL = Kind(
    "GlobalMaxPooling{}D",
    ranks=(1, 2, 3),
    options=(FORMAT, Option("keepdims", "flag", False)),
)
MASKED = "GlobalAveragePooling1D"


@reads_one(
    GLOBAL,
    replace(GLOBAL, name="GlobalAveragePooling{}D", ranks=(2, 3)),
    replace(GLOBAL, name=MASKED, ranks=(), takes_mask=True),
)
def read_global(builder: Builder, spec: Spec, value: Value) -> Value:
    """Pools over all positions. GlobalAveragePooling1D skips masked steps."""
    mode = mode_of(spec)
    mask = value.mask if spec.class_name == MASKED else None
    value, back = channels_last(builder, floats_for_mean(builder, value) if mode == "average" else value, spec.config)
    shape = ranked(builder, value, rank_of(spec.class_name))
    if mask is not None and builder.shape(mask) != shape[:1]:
        raise builder.refuse(f"is given a mask of shape {builder.shape(mask)} for an input of shape {shape}")
    feeds = [value.tensor] if mask is None else [value.tensor, mask]
    (out,) = builder.add(GlobalPool(mode, mask is not None), feeds)
    if not spec.config["keepdims"]:
        return Value(out)
    return back(add_reshape(builder, Value(out), (*(1,) * (len(shape) - 1), shape[-1])))


ADAPTIVE = replace(GLOBAL, name="AdaptiveMaxPooling{}D", options=(Option("output_size", "sizes"), FORMAT))


@reads_one(ADAPTIVE, replace(ADAPTIVE, name="AdaptiveAveragePooling{}D"))
def read_adaptive(builder: Builder, spec: Spec, value: Value) -> Value:
    """Cells of equal size are windows. Otherwise, axis by axis, means are mixtures and maxima are those of parts."""
    value, back = channels_last(builder, Value(value.tensor), spec.config)
    sizes, mode = spec.config["output_size"], mode_of(spec)
    lengths = builder.lengths(ranked(builder, value, len(sizes)), "divides the axes of")
    pairs = list(zip(lengths, sizes, strict=False))
    if all(n % size == 0 for n, size in pairs):
        return back(pooled(builder, value, mode, tuple(Window(n // size, n // size) for n, size in pairs)))
    tensor = value.tensor
    for axis, (n, size) in enumerate(pairs):
        if n != size and mode == "max":
            tensor = _largest_of_cells(builder, tensor, axis, n, size)
        elif n != size:
            (tensor,) = builder.add(Resize(*cells(n, size)), [tensor], lead=axis, suffix=f"_axis_{axis}")
    return back(Value(tensor))


def _largest_of_cells(builder: Builder, tensor: int, axis: int, n: int, size: int) -> int:
    """The maximum of each of ``size`` cells along an axis: cell i covers floor(i n / size) to ceil((i + 1) n / size) of
    it."""
    inner = builder.shape(tensor)[axis + 1 :]
    largest = []
    for cell in range(size):
        first, end = cell * n // size, -(-(cell + 1) * n // size)
        parts = builder.add(Pad(((-first, end - n),)), [tensor], lead=axis, suffix=f"_axis_{axis}_cell")
        parts = builder.add(Reshape((end - first, count(inner))), parts, lead=axis, suffix="_flat")
        parts = builder.add(GlobalPool("max"), parts, lead=axis, suffix="_largest")
        largest += builder.add(Reshape((1, *inner)), parts, lead=axis, suffix="_shaped")
    return builder.add(Concatenate(0), largest, lead=axis, suffix=f"_axis_{axis}")[0]
