"""Cases of Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each


def _cases() -> Iterator[Case]:
    pair, three = ((5, 4), (7, 4)), ((5, 4), (7, 3), (7, 4))
    scores = each(score_mode=(..., "concat"), use_scale=(..., True))
    yield from cases("Attention", pair, three, options=scores, feeds=["gentle"])
    yield from cases("Attention", ((6, 3), (6, 3)), options=scores, feeds=["masked"])
    yield case("Attention", (2, 5, 4), (2, 7, 4), feed="gentle")
    yield case("Attention", (5,), (5,), refused="across the samples")
    yield case("Attention", (None, 4), (None, 4), refused="not fixed")
    scales = each(use_scale=(..., False))
    yield from cases("AdditiveAttention", pair, (*pair, (7, 4)), options=scales, feeds=["gentle"])
    yield from cases("AdditiveAttention", ((6, 3), (6, 3)), options=scales, feeds=["masked"])
    two: dict[str, Any] = {"num_heads": 2, "key_dim": 3, "feeds": ["gentle"], "apart": True}
    several: tuple[dict[str, Any], ...] = (
        {},
        {"value_dim": 5},
        {"output_shape": 7},
        {"use_bias": False},
        {"dropout": 0.3},
    )
    yield from cases("MultiHeadAttention", ((5, 4), (7, 3)), options=several, **two)
    yield case("MultiHeadAttention", (5, 4), (7, 3), (7, 6), feed="gentle", num_heads=3, key_dim=2, apart=True)
    yield case("MultiHeadAttention", (6, 3), (6, 3), feed="masked", num_heads=2, key_dim=3, apart=True)
    along = each(attention_axes=((1,), (2,), (1, 2)))
    yield from cases("MultiHeadAttention", ((3, 4, 5), (3, 4, 5)), options=along, **two)
    newer: tuple[dict[str, Any], ...] = ({"use_gate": True}, {"sliding_window": 2}, {"sliding_window": 1})
    same = ((6, 4), (6, 4))
    yield from cases("MultiHeadAttention", same, options=newer, only="keras", **two)
    groups = each(num_key_value_heads=(1, 2, 4), head_dim=(3,), num_query_heads=(4,))
    grouped: dict[str, Any] = {"feeds": ["gentle"], "only": "keras", "apart": True}
    yield from cases("GroupQueryAttention", ((5, 4), (7, 4)), options=groups, **grouped)
    for options in (*newer, {"use_bias": False}):
        yield from cases("GroupQueryAttention", same, options=[groups[1] | options], **grouped)
    yield case("GroupQueryAttention", (6, 3), (6, 3), feed="masked", **groups[1], only="keras", apart=True)


CASES = tuple(_cases())
