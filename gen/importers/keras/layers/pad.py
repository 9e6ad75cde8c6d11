"""ZeroPadding, Cropping and UpSampling; Keras 3, ``keras/src/layers/reshaping``. Masks end here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ....layers.pad import Pad
from ....layers.upsample import Upsample
from ..dialect.build import arrays_of, by_options, described
from ..dialect.config import Option, rank_of, shown, whole
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, one_input, reads_one
from .canonical import FORMAT
from .interpolation import resized
from .spatial import channels_last, ranked


def ends_of(value: Any, rank: int) -> list[list[Any]]:
    """The amounts before and after each axis, from the form of any generation; Keras 1 has dictionaries too."""
    if isinstance(value, Mapping):
        sides = ("left", "right") if rank == 1 else ("top", "bottom", "left", "right")
        flat = [value.get(f"{side}_pad", 0) for side in sides]
        value = flat if rank == 1 else [flat[:2], flat[2:]]
    if not isinstance(value, (list, tuple)):
        value = [value] * rank
    elif rank == 1 and not any(isinstance(item, (list, tuple)) for item in value):
        value = [list(value) * 2 if len(value) == 1 else list(value)]
    return [list(item) if isinstance(item, (list, tuple)) else [item, item] for item in value]


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    rank, word = rank_of(kind.name), kind.options[0].name
    pairs = ends_of(read[word], rank)
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        raise site.broken(f"has {word}={shown(read[word])}", f"expected two numbers for each of {rank} axes")
    ends = tuple((whole(a, word, site), whole(b, word, site)) for a, b in pairs)
    if any(amount < 0 for pair in ends for amount in pair):
        raise site.broken(f"has {word}={shown(read[word])}", "amounts are 0 or more")
    config = {"ends": ends, "data_format": read["data_format"]}
    return described(kind, source, config, arrays_of(kind, source, read, site))


PADDING = Kind(
    "ZeroPadding{}D",
    ranks=(1, 2, 3),
    options=(Option("padding", "any", 1), FORMAT),
    describe=describe,
)


@reads_one(PADDING, replace(PADDING, name="Cropping{}D", options=(Option("cropping", "any", 1), FORMAT)))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    moved, back = channels_last(builder, Value(value.tensor), spec.config)
    sign = -1 if spec.class_name.startswith("Cropping") else 1
    ends = tuple((sign * a, sign * b) for a, b in spec.config["ends"])
    shape = ranked(builder, moved, len(ends))
    if any(n is not None and n + sum(pair) < 1 for n, pair in zip(shape, ends, strict=False)):
        raise builder.broken(f"leaves nothing of an input of shape {shape}")
    if not any(map(any, ends)):
        return Value(value.tensor)
    lead = next(axis for axis, pair in enumerate(ends) if any(pair))
    return back(builder.node(Pad(ends[lead:]), moved, lead=lead))


def settle_interpolation(read: Ledger, context: Context, site: Site) -> None:
    if read["interpolation"] == "bilinear" and context.writer.generation == "Keras 2":
        read["interpolation"] = "bilinear_corners"


@one_input(
    "UpSampling{}D",
    ranks=(1, 2, 3),
    options=(Option("size", "sizes", 2, older=("length",)), FORMAT, Option("interpolation", "word", "nearest")),
    describe=by_options(settle_interpolation),
)
def read_upsampling(builder: Builder, spec: Spec, value: Value) -> Value:
    value, back = channels_last(builder, Value(value.tensor), spec.config)
    shape, factors = ranked(builder, value, len(spec.config["size"])), spec.config["size"]
    if (how := spec.config["interpolation"]) != "nearest":
        sizes = [int(n or 0) * by for n, by in zip(shape, factors, strict=False)]
        return back(resized(builder, value, sizes, how))
    return back(builder.node(Upsample(factors), value))
