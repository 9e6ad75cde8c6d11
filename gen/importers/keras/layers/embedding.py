"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from dataclasses import replace

from ....layers.embedding import Embedding
from ..dialect import lora
from ..dialect.build import described, named
from ..dialect.config import Option, options, product
from ..dialect.kinds import Config, Kind, Weight
from ..dialect.quantized import mode_of, unquantized
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import values
from .base import Builder, Spec, Value, one_input
from .canonical import width_by


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """A table of the size that the options say."""
    read = options(kind.options, source.config, context.writer, site)
    shape = (read["input_dim"], read["output_dim"])
    product(shape, "embeddings", site)
    arrays, added = lora.parted(source.arrays, "embeddings", source.config, shape, site)
    if mode_of(source.config):
        if added is not None:
            raise site.unsupported("is quantised and has LoRA's matrices too", "", "save the float model")
        floats = unquantized(replace(source, arrays=arrays), ["embeddings"], context, site, shape[1])
        if floats.weights["embeddings"].shape != shape:
            raise site.broken(f"has embeddings of shape {floats.weights['embeddings'].shape}, expected {shape}")
        return described(kind, source, read, floats.weights, derived=floats.derived)
    table = values(named(arrays, kind.weights[:1], site)["embeddings"], shape, site)
    if added is None:
        return described(kind, source, read, {"embeddings": table})
    derived = ("product of LoRA's two matrices added to the table",)
    return described(kind, source, read, {"embeddings": table + added}, derived=derived)


def masks(config: Config) -> float | None:
    """The index that a mask is made of."""
    return 0.0 if config.get("mask_zero") else None


@one_input(
    "Embedding",
    options=(Option("input_dim", "size"), Option("output_dim", "size"), Option("mask_zero", "flag", False)),
    neutral=("sparse", "dropout"),
    weights=(Weight("embeddings", older=("W",)), *lora.weights("embeddings")),
    describe=describe,
    input_dtype="int32",
    input_axes=("input_length",),
    masks=masks,
    width=width_by("output_dim"),
    placed=("input_dim", "output_dim"),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    mask_zero = bool(spec.config["mask_zero"])
    rank = len(builder.shape(value))
    out, *mask = builder.add(Embedding(spec.weights["embeddings"], mask_zero), [value.tensor], lead=rank)
    return Value(out, mask[0] if mask else None)
