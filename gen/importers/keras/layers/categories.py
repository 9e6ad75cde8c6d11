"""Discretization and CategoryEncoding; Keras 3 ``keras/src/layers/preprocessing/{discretization,category_encoding}.py``
and ``keras/src/utils/numerical_utils.py``, tf_keras 2.21 the same in ``tf_keras/src/layers/preprocessing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ....layers.categories import Categories, Discretize
from ....layers.reshape import Reshape
from ..dialect.build import by_options, numbers
from ..dialect.config import Option, shown
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .activation import frames
from .base import Builder, Spec, Value, one_input
from .permute import permuted

MODES = {"int": "int", "one_hot": "one_hot", "multi_hot": "multi_hot", "binary": "multi_hot", "count": "count"}
MODE = Option("output_mode", "word", "int", values=tuple(MODES))
SPARSE = Option("sparse", "flag", False)


def settle_bins(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    if read["bin_boundaries"] is None:
        raise site.broken(
            "has no bin_boundaries", "it was neither given any nor adapted to data", "adapt() it and save again"
        )
    bounds = numbers(read["bin_boundaries"], "bin_boundaries", site).reshape(-1)
    if not len(bounds) or (np.diff(bounds) < 0).any():
        raise site.broken(f"has bin_boundaries={shown(bounds.tolist())}", "expected ascending numbers")
    return {"output_mode": MODES[read["output_mode"]], "bounds": bounds}


def settle_encoding(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    if read["num_tokens"] is None:
        raise site.broken("has no num_tokens", "how many categories there are must be in the file")
    return {"num_tokens": read["num_tokens"], "output_mode": MODES[read["output_mode"]]}


def encoded(builder: Builder, value: Value, mode: str, depth: int) -> Value:
    """The vector of each number, or one vector of all numbers along the first axis, which Keras reduces."""
    shape = builder.shape(value)
    if mode == "one_hot":
        tensor = value.tensor
        if shape and shape[-1] == 1:
            shape = shape[:-1]
            (tensor,) = builder.add(Reshape(()), [tensor], lead=len(shape), suffix="_numbers")
        (tensor,) = builder.add(Reshape((1,)), [tensor], lead=len(shape), suffix="_number")
        return builder.node(Categories(depth, False), tensor, lead=len(shape))
    if not shape:
        raise builder.refuse("takes the numbers of a batch together", fix="give each sample an axis of numbers")
    builder.lengths(shape[:1], "takes together the numbers of")
    tensor = permuted(builder, value.tensor, [*range(1, len(shape)), 0])
    return builder.node(Categories(depth, mode == "count"), tensor, lead=len(shape) - 1)


@one_input(
    "Discretization",
    options=(Option("bin_boundaries", "any", None, older=("bins",)), MODE),
    fixed=(SPARSE,),
    neutral=("num_bins", "epsilon"),
    describe=by_options(settle_bins, arrays=False),
)
def read_bins(builder: Builder, spec: Spec, value: Value) -> Value:
    bounds = spec.config["bounds"]
    (out,) = builder.add(Discretize(bounds), [value.tensor], lead=frames(builder.shape(value)), suffix="_bin")
    if spec.config["output_mode"] == "int":
        builder.types[out] = "int"
        return Value(out)
    return encoded(builder, Value(out), spec.config["output_mode"], len(bounds) + 1)


@one_input(
    "CategoryEncoding",
    options=(Option("num_tokens", "size?", None, older=("max_tokens",)), replace(MODE, default="multi_hot")),
    fixed=(SPARSE,),
    describe=by_options(settle_encoding, arrays=False),
    placed=("num_tokens",),
)
def read_encoding(builder: Builder, spec: Spec, value: Value) -> Value:
    if spec.config["output_mode"] == "int":
        return value
    return encoded(builder, value, spec.config["output_mode"], spec.config["num_tokens"])
