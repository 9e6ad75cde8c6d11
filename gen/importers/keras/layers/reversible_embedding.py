"""ReversibleEmbedding of Keras 3: rows of a table or, with ``reverse`` in a call, products with it; Keras 3.15
``keras/src/layers/core/reversible_embedding.py``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ....layers.dense import Dense
from ..dialect.build import arrays_by_name, described
from ..dialect.config import Option, product, table
from ..dialect.kinds import Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.policies import rounding_epsilon
from ..dialect.quantized import mode_of, unquantized
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import values
from . import embedding
from .base import Builder, Spec, Value, one_input
from .dense import rounded
from .expression import formula


def turned(node: Any) -> bool:
    """Whether a call has ``reverse``."""
    args = table(node).get("args")
    second = args[1] if isinstance(args, list) and len(args) > 1 else False
    return second is True or table(node, "kwargs").get("reverse") is True


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The tables, and the numbers of the calls that multiply."""
    mode, rows, width = mode_of(source.config), read["input_dim"], read["output_dim"]
    if mode not in ("", "int8"):
        raise site.unsupported(f"is quantised as {mode}", "read is int8", "save the float model")
    product((rows, width), "embeddings", site)
    shapes = {"embeddings": (rows, width)} | ({} if read["tie_weights"] else {"reverse_embeddings": (width, rows)})
    ends = ("", "_scale") if mode else ("",)
    arrays = arrays_by_name(source.arrays, [Weight(name + end) for name in shapes for end in ends], site)
    tables = []
    for name, shape in shapes.items():
        values(arrays[name], shape, site)
        part = replace(source, arrays=tuple(arrays[name + end] for end in ends))
        tables.append(unquantized(part, [name], context, site).matrix)
    weights, kernel = tables[0], np.ascontiguousarray(tables[0].T) if read["tie_weights"] else tables[1]
    if (cap := read["logit_soft_cap"]) == 0:
        raise site.broken("has logit_soft_cap=0")
    calls = [index for index, node in enumerate(source.nodes) if turned(node)]
    # Keras's _int8_call makes no mask, only the call in floats does.
    config = {"mask_zero": read["mask_zero"] and not mode, "cap": cap, "reversed": calls}
    if mode:
        config["rounds"] = rounding_epsilon(source.config, mode)
    return described(kind, source, config, {"embeddings": weights, "kernel": kernel})


@one_input(
    "ReversibleEmbedding",
    options=(*embedding.TABLE, Option("tie_weights", "flag", True), Option("logit_soft_cap", "float?", None)),
    fixed=(Option("reverse_dtype", "any", None),),
    weights=(Weight("embeddings"), Weight("reverse_embeddings", when=lambda config: config["tie_weights"] is False)),
    describe=describe,
    called_with=("reverse",),
    masks=embedding.masks,
    placed=("input_dim", "output_dim"),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    if builder.turn not in spec.config["reversed"]:
        return embedding.read(builder, spec, value)
    kernel, cap = spec.weights["kernel"], spec.config["cap"]
    shape = builder.shape(value)
    if shape[-1:] != kernel.shape[:1]:
        raise builder.broken(f"multiplies {shape} by a table of {kernel.shape}")
    tensor = rounded(builder, value, spec.config).tensor
    (out,) = builder.add(Dense(kernel, None), [tensor], lead=len(shape) - 1, suffix="_reversed")
    if cap is None:
        return Value(out)
    return formula(builder, "tanh(x * (1 / cap)) * cap", x=Value(out), cap=cap)
