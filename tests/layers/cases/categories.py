"""Cases of Discretization, CategoryEncoding."""

from typing import Any

from . import case, cases, each

BOUNDS = [-1.0, 0.0, 0.5]

BINS: dict[str, Any] = {"bin_boundaries": BOUNDS}

TOKENS: dict[str, Any] = {"num_tokens": 9, "feeds": ["tokens"]}

CASES = (
    *cases("Discretization", (40,), options=each(output_mode=("int", "multi_hot")), feeds=["edges"], **BINS),
    *cases("Discretization", (6,), options=each(output_mode=("count",)), **BINS),
    case("Discretization", (6, 3), **BINS),
    case("Discretization", (6, 3), **BINS, output_mode="one_hot", only="keras"),
    case("Discretization", (1,), **BINS, output_mode="one_hot"),
    *cases("CategoryEncoding", (5,), options=each(output_mode=("multi_hot", "count")), **TOKENS),
    *cases("CategoryEncoding", (1,), options=each(output_mode=("one_hot",)), **TOKENS),
    *cases("CategoryEncoding", (4, 5), options=each(output_mode=("multi_hot",)), **TOKENS, only="keras"),
)
