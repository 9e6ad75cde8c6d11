"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from ....layers.embedding import Embedding
from ..dialect import lora
from ..dialect.config import Option
from ..dialect.kinds import Config, Weight
from .base import Builder, Spec, Value, one_input
from .canonical import describe_matrix

TABLE = (Option("input_dim", "size"), Option("output_dim", "size"), Option("mask_zero", "flag", False))


def masks(config: Config) -> float | None:
    """The index whose steps are masked."""
    return 0.0 if config.get("mask_zero") else None


@one_input(
    "Embedding",
    options=TABLE,
    neutral=("sparse", "dropout"),
    weights=(Weight("embeddings", older=("W",)), *lora.weights("embeddings")),
    describe=describe_matrix(lambda read: (read["input_dim"], read["output_dim"])),
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
