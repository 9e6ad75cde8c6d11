"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from ....layers.embedding import Embedding
from ..dialect import lora
from ..dialect.build import described
from ..dialect.config import Option, options
from ..dialect.kinds import Config, Kind, Weight
from ..dialect.quantized import matrix_of
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, one_input


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """A table of the size that the options say."""
    read = options(kind.options, source.config, context.writer, site)
    floats = matrix_of(source, ["embeddings"], (read["input_dim"], read["output_dim"]), context, site)
    return described(kind, source, read, floats.weights, derived=floats.derived)


TABLE = (Option("input_dim", "size"), Option("output_dim", "size"), Option("mask_zero", "flag", False))


def masks(config: Config) -> float | None:
    """The index that a mask is made of."""
    return 0.0 if config.get("mask_zero") else None


@one_input(
    "Embedding",
    options=TABLE,
    neutral=("sparse", "dropout"),
    weights=(Weight("embeddings", older=("W",)), *lora.weights("embeddings")),
    describe=describe,
    input_dtype="int32",
    input_axes=("input_length",),
    masks=masks,
    placed=("input_dim", "output_dim"),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    mask_zero = bool(spec.config["mask_zero"])
    rank = len(builder.shape(value))
    out, *mask = builder.add(Embedding(spec.weights["embeddings"], mask_zero), [value.tensor], lead=rank)
    return Value(out, mask[0] if mask else None)
