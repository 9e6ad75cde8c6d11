"""ZeroPadding, Cropping and UpSampling; Keras 3, ``keras/src/layers/reshaping``. Masks end here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....layers.pad import Pad
from ....layers.upsample import Upsample
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, options, shown, whole
from ..dialect.kinds import Kind
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, only, reads
from .interpolation import resized
from .spatial import FORMAT, channels_last, data_format, per_axis, rank_of, ranked, width_if_last

AMOUNTS = {"ZeroPadding": Option("padding", "any", 1), "Cropping": Option("cropping", "any", 1)}


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """How much comes in front of each axis and behind it; Keras 1 also wrote dictionaries."""
    read = options(kind.options, source.config, context.writer, site)
    rank, word = rank_of(kind.name), kind.options[0].name
    value = read[word]
    if isinstance(value, Mapping):
        sides = ("left", "right") if rank == 1 else ("top", "bottom", "left", "right")
        flat = [value.get(f"{side}_pad", 0) for side in sides]
        value = flat if rank == 1 else [flat[:2], flat[2:]]
    if not isinstance(value, (list, tuple)):
        value = [[value, value]] * rank
    elif rank == 1 and not any(isinstance(item, (list, tuple)) for item in value):
        value = [list(value) * 2 if len(value) == 1 else list(value)]
    pairs = [list(item) if isinstance(item, (list, tuple)) else [item, item] for item in value]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        raise site.broken(f"has {word}={shown(value)}", f"expected two numbers for each of {rank} axes")
    ends = tuple((whole(a, word, site), whole(b, word, site)) for a, b in pairs)
    if any(amount < 0 for pair in ends for amount in pair):
        raise site.broken(f"has {word}={shown(value)}", "amounts are 0 or more")
    config = {"ends": ends, "data_format": data_format(read["data_format"], site)}
    return described(kind, source, config, arrays_of(kind, source, read, site))


def describe_upsampling(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    read["size"] = per_axis(read["size"], rank_of(kind.name), "size", site)
    read["data_format"] = data_format(read["data_format"], site)
    if read["interpolation"] == "bilinear" and context.writer.generation == "Keras 2":
        read["interpolation"] = "bilinear_corners"
    return described(kind, source, read, arrays_of(kind, source, read, site))


@reads(
    *(
        Kind(f"{name}{rank}D", options=(amount, FORMAT), describe=describe, width=width_if_last)
        for name, amount in AMOUNTS.items()
        for rank in (1, 2, 3)
    )
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config)
    ends = spec.config["ends"]
    if spec.class_name.startswith("Cropping"):
        ends = tuple((-a, -b) for a, b in ends)
    shape = ranked(builder, value, len(ends))
    if any(n is not None and n + sum(own) < 1 for n, own in zip(shape, ends, strict=False)):
        raise builder.broken(f"leaves nothing of an input of shape {shape}")
    if not any(map(any, ends)):
        return [Value(only(builder, inputs).tensor)]
    lead = next(axis for axis, own in enumerate(ends) if any(own))
    (out,) = builder.add(Pad(ends[lead:]), [value.tensor], lead=lead)
    return [back(Value(out))]


@reads(
    *(
        Kind(
            f"UpSampling{rank}D",
            options=(
                Option("size", "ints", 2, older=("length",)),
                FORMAT,
                Option("interpolation", "word", "nearest"),
            ),
            describe=describe_upsampling,
            width=width_if_last,
        )
        for rank in (1, 2, 3)
    )
)
def read_upsampling(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config)
    shape = ranked(builder, value, len(spec.config["size"]))
    if (how := spec.config["interpolation"]) != "nearest":
        sizes = [int(n or 0) * by for n, by in zip(shape, spec.config["size"], strict=False)]
        return [back(resized(builder, value, sizes, how))]
    (out,) = builder.add(Upsample(tuple(spec.config["size"])), [value.tensor])
    return [back(Value(out))]
