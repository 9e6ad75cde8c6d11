"""Pooling; Keras 3, ``keras/src/layers/pooling``. A mask ends here, save in a global mean, which minds it."""

from __future__ import annotations

from collections.abc import Sequence

from ....core.graph import count, known
from ....layers.concatenate import Concatenate
from ....layers.pad import Pad
from ....layers.pool import GlobalPool, Pool
from ....layers.reshape import Reshape
from ....layers.resize import Resize
from ....layers.windows import Window
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, options
from ..dialect.kinds import Kind
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, floats_for_mean, only, reads
from .interpolation import cells
from .reshape import add_reshape
from .spatial import (
    FORMAT,
    PADDING,
    channels_last,
    data_format,
    leading,
    on_theano,
    padding,
    per_axis,
    rank_of,
    ranked,
    read_windows,
    width_if_last,
)

NAMES = tuple(f"{mode}Pooling{rank}D" for mode in ("Max", "Average") for rank in (1, 2, 3))
POOL = Option("pool_size", "ints", 2, older=("pool_length",))


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    rank = rank_of(kind.name)
    read["data_format"] = data_format(read["data_format"], site)
    read["pool_size"] = per_axis(read["pool_size"], rank, "pool_size", site)
    strides = read["pool_size"] if read["strides"] is None else read["strides"]
    read["strides"] = per_axis(strides, rank, "strides", site)
    read["padding"] = padding(read["padding"], ("valid", "same"), site)
    if on_theano(context) and read["padding"] == "same":
        read["padding"] = "front"
    return described(kind, source, read, arrays_of(kind, source, read, site))


def describe_global(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    read["data_format"] = data_format(read["data_format"], site)
    return described(kind, source, read, arrays_of(kind, source, read, site))


@reads(
    *(
        Kind(
            name,
            options=(POOL, Option("strides", "ints", None, older=("stride",)), PADDING, FORMAT),
            describe=describe,
            width=width_if_last,
        )
        for name in NAMES
    )
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config)
    config = spec.config
    shape = ranked(builder, value, len(config["pool_size"]))
    windows = read_windows(builder, shape, config["pool_size"], config["strides"], config["padding"])
    mode = "max" if spec.class_name.startswith("Max") else "average"
    if all(window.plain for window in windows):
        return [Value(only(builder, inputs).tensor)]
    lead = leading(windows)
    (out,) = builder.add(Pool(mode, windows[lead:]), [value.tensor], lead=lead)
    return [back(Value(out))]


@reads(
    *(
        Kind(
            f"Global{name}",
            options=(FORMAT, Option("keepdims", "flag", False)),
            describe=describe_global,
            width=width_if_last,
            takes_mask=name == "AveragePooling1D",
        )
        for name in NAMES
    )
)
def read_global(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Over all positions. GlobalAveragePooling1D leaves masked steps out."""
    del initial
    given = only(builder, inputs)
    mode = "max" if "Max" in spec.class_name else "average"
    if mode == "average":
        given = floats_for_mean(builder, given)
    value, back = channels_last(builder, given, spec.config)
    shape = ranked(builder, value, int(spec.class_name[-2]))
    mask = given.mask if spec.class_name == "GlobalAveragePooling1D" else None
    if mask is not None and builder.shape(mask) != shape[:1]:
        raise builder.refuse(f"is given a mask of shape {builder.shape(mask)} for an input of shape {shape}")
    feeds = [value.tensor] if mask is None else [value.tensor, mask]
    (out,) = builder.add(GlobalPool(mode, mask is not None), feeds)
    if not spec.config["keepdims"]:
        return [Value(out)]
    return [back(add_reshape(builder, Value(out), (*(1,) * (len(shape) - 1), shape[-1])))]


def describe_adaptive(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    read["data_format"] = data_format(read["data_format"], site)
    read["output_size"] = per_axis(read["output_size"], rank_of(kind.name), "output_size", site)
    return described(kind, source, read, arrays_of(kind, source, read, site))


@reads(
    *(
        Kind(
            f"Adaptive{name}",
            options=(Option("output_size", "ints"), FORMAT),
            describe=describe_adaptive,
            width=width_if_last,
        )
        for name in NAMES
    )
)
def read_adaptive(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Cells of equal size are windows; of others, axis by axis, means are mixtures and maxima those of parts."""
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config)
    sizes = spec.config["output_size"]
    shape = ranked(builder, value, len(sizes))
    if not known(shape):
        raise builder.refuse(f"divides an axis whose length is not fixed in {shape}")
    pairs = [(int(n or 0), size) for n, size in zip(shape, sizes, strict=False)]
    mode = "max" if "Max" in spec.class_name else "average"
    if all(n % size == 0 for n, size in pairs):
        windows = tuple(Window(n // size, n // size) for n, size in pairs)
        lead = leading(windows)
        (out,) = builder.add(Pool(mode, windows[lead:]), [value.tensor], lead=lead)
        return [back(Value(out))]
    if mode == "max":
        for axis, (n, size) in enumerate(pairs):
            if n != size:
                value = Value(_largest_of_cells(builder, value.tensor, axis, n, size))
        return [back(value)]
    for axis, (n, size) in enumerate(pairs):
        if n != size:
            op = Resize(*cells(n, size))
            value = Value(builder.add(op, [value.tensor], lead=axis, suffix=f"_axis_{axis}")[0])
    return [back(value)]


def _largest_of_cells(builder: Builder, tensor: int, axis: int, n: int, size: int) -> int:
    """The maximum of each of ``size`` cells along an axis: cell i covers floor(i n / size) to ceil((i + 1) n / size) of
    it."""
    rest = builder.shape(tensor)[axis + 1 :]
    found = []
    for cell in range(size):
        first, end = cell * n // size, -(-(cell + 1) * n // size)
        parts = builder.add(Pad(((-first, end - n),)), [tensor], lead=axis, suffix=f"_axis_{axis}_cell")
        parts = builder.add(Reshape((end - first, count(rest))), parts, lead=axis, suffix="_flat")
        parts = builder.add(GlobalPool("max"), parts, lead=axis, suffix="_largest")
        found += builder.add(Reshape((1, *rest)), parts, lead=axis, suffix="_shaped")
    return builder.add(Concatenate(0), found, lead=axis, suffix=f"_axis_{axis}")[0]
