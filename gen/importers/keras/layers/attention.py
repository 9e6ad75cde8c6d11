"""Attention and AdditiveAttention; Keras 3 ``keras/src/layers/attention/{attention,additive_attention}.py``, tf_keras
2.21 ``tf_keras/src/layers/attention/{base_dense_attention,attention,additive_attention}.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import numpy as np

from ....layers.attention import KEYS, ZEROED, Attention
from ....layers.reshape import Reshape
from ..dialect.arguments import Slot, alike
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, shown
from ..dialect.kinds import Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from .base import Builder, Spec, Value, reads

PARAMETERS = ("inputs", "mask", "training", "return_attention_scores", "use_causal_mask")


def flag(arguments: dict[str, Any], name: str, site: Site) -> bool:
    """An argument of the call that is true or false."""
    value = arguments.get(name)
    if value not in (None, True, False):
        raise site.unsupported(f"is called with {name}={shown(value)}", f"{name} is true or false")
    return bool(value)


def slots(value: Any) -> list[int | None]:
    """The places of tensors among a call's inputs; None for an absent one."""
    items = value if isinstance(value, list) else [value]
    return [item.index if isinstance(item, Slot) else None for item in items]


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The layer's options and arrays, and the arguments of its call."""
    weights = arrays_of(kind, source, read, site)
    call = alike(source.nodes, site).bound(PARAMETERS, site)
    tensors = slots(call.get("inputs"))
    if len(tensors) not in (2, 3) or None in tensors:
        raise site.broken(f"is called with {len(tensors)} inputs", "expected query, value and perhaps key")
    config: dict[str, Any] = {
        **{key: read[key] for key in ("use_scale", "score_mode") if key in read},
        "causal": bool(read["causal"]) or flag(call, "use_causal_mask", site),
        "return_attention_scores": flag(call, "return_attention_scores", site),
        "inputs": tensors,
        "masks": slots(call["mask"]) if call.get("mask") is not None else None,
    }
    return described(kind, source, config, weights)


CAUSAL = Option("causal", "flag", False)
ATTENTION = Kind(
    "Attention",
    options=(Option("use_scale", "flag", False), Option("score_mode", "word", "dot", values=("dot", "concat")), CAUSAL),
    neutral=("dropout",),
    weights=(
        Weight("scale", when=itemgetter("use_scale")),
        Weight("concat_score_weight", when=lambda config: config["score_mode"] == "concat"),
    ),
    describe=describe,
    with_nodes=True,
    looks_for_masks=True,
    hidden=("inputs", "masks", "return_attention_scores"),
)


@reads(
    ATTENTION,
    replace(
        ATTENTION,
        name="AdditiveAttention",
        options=(Option("use_scale", "flag", True), CAUSAL),
        neutral=("dropout", "score_mode"),
        weights=(Weight("scale", when=itemgetter("use_scale")),),
    ),
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """A masked query gives 0, a masked value is ignored, and the output has the query's mask."""
    config = spec.config
    if max(config["inputs"]) >= len(inputs):
        raise builder.broken(f"is called with {len(inputs)} inputs, expected query, value and perhaps key")
    values = [inputs[index] for index in config["inputs"]]
    query, value, key = values[0], values[1], values[-1]
    shapes = [builder.shape(x) for x in (query, key, value)]
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes) or rank < 2:
        raise builder.refuse(
            f"works across the samples of a batch: its inputs have shapes {', '.join(map(str, shapes))}",
            fix="give it sequences: (steps, features) a sample",
        )
    for shape in shapes:
        builder.lengths(shape, "attends to")
    lead = rank - 2
    outer = {shape[:lead] for shape in shapes}
    if len(outer) > 1 or shapes[0][-1] != shapes[1][-1] or shapes[1][-2] != shapes[2][-2]:
        raise builder.broken(f"is given a query, key and value of shapes {', '.join(map(str, shapes))}")
    features, keys = int(shapes[0][-1] or 0), int(shapes[1][-2] or 0)
    masks: dict[str, int] = {}
    named = config["masks"]
    carried = (
        [x.mask for x in (query, value)] if named is None else [None if m is None else inputs[m].tensor for m in named]
    )
    for name, mask, shape in zip((ZEROED, KEYS), carried, (shapes[0], shapes[2]), strict=False):
        if mask is not None:
            if builder.shape(mask) != shape[:-1]:
                raise builder.refuse(f"is given a mask of shape {builder.shape(mask)} for {shape}")
            masks[name] = mask
    factor, sums = _scoring(builder, spec, features)
    names = tuple(name for name in (KEYS, ZEROED) if name in masks)
    op = Attention(1, 1, keys, factor, sums, config["causal"], None, names, config["return_attention_scores"])
    feeds = [query.tensor, key.tensor, value.tensor, *(masks[name] for name in names)]
    out, *scores = builder.add(op, feeds, lead=lead)  # scores of one head: (1, queries, keys)
    return [
        Value(out, query.mask if named is None else masks.get(ZEROED)),
        *(builder.node(Reshape(builder.shape(x)[lead + 1 :]), x, lead=lead, suffix="_scores") for x in scores),
    ]


def _scoring(builder: Builder, spec: Spec, features: int) -> tuple[FloatArray, float | None]:
    """Factor and ``sums`` of :class:`Attention`."""
    scale = spec.weights.get("scale")
    factor = np.ones(1, np.float32) if scale is None else scale.reshape(-1)
    if spec.class_name == "AdditiveAttention":
        if factor.size not in (1, features):
            raise builder.broken(f"has a scale of shape {factor.shape} for {features} features")
        return factor, 1.0
    if spec.config["score_mode"] == "concat":
        return spec.weights["concat_score_weight"].reshape(-1), float(factor[0])
    if factor.size != 1:
        raise builder.broken(f"has a scale of shape {factor.shape}, where one number is expected")
    return factor, None
