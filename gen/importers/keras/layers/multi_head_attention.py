"""MultiHeadAttention and GroupQueryAttention: projections by Dense layers, attention of each head, a projection back.

Keras 3 ``keras/src/layers/attention/{multi_head_attention,grouped_query_attention}.py``, tf_keras 2.21
``tf_keras/src/layers/attention/multi_head_attention.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ....core.functions import LINEAR, function
from ....core.graph import Shape, count, shape_text
from ....layers.attention import KEYS, PAIRS, QUERIES, Attention
from ....layers.dense import Dense
from ....layers.merge import Merge
from ....layers.round_rows import RoundRows
from ..containers._wire import StoredArray
from ..dialect.arguments import Slot, alike
from ..dialect.build import described
from ..dialect.config import USE_BIAS, Option
from ..dialect.kinds import Config, Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.policies import policy
from ..dialect.quantized import unquantized
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import expect, values
from .attention import flag, slots
from .base import Builder, Spec, Value, not_a_bias, reads, sample_axes
from .parts import reshaped
from .permute import permuted

TENSORS = ("query", "value", "key")
MEANINGS = {"query_mask": QUERIES, "value_mask": KEYS, "key_mask": KEYS, "attention_mask": PAIRS}
"""The meaning of a mask, by its argument."""
FLAGS = ("return_attention_scores", "training", "use_causal_mask")
WORDS = {"query": "query", "key": "key", "value": "value", "gate": "gate", "output": "attention_output"}
"""Projection -> its name in HDF5 files; ``.keras`` has ``query_dense`` or ``_query_dense``."""


def has(name: str, part: str) -> Callable[[Config], bool]:
    """Whether a layer has an array of a projection: gates and biases may be off."""
    return lambda config: (name != "gate" or config["use_gate"]) and (part != "bias" or config["use_bias"])


WEIGHTS = tuple(Weight(f"{name}_{part}", when=has(name, part)) for name in WORDS for part in ("kernel", "bias"))
"""The arrays in Keras's order of creation."""


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """Projections as matrices (inputs, heads x width), and the arguments of the call."""
    if "_from_" in policy(source.config.get("dtype")):
        raise site.unsupported(
            "is a quantised MultiHeadAttention", "Keras does not keep its projections", "save the float model"
        )
    masks_named = MEANINGS if context.writer.generation == "Keras 3" else ("attention_mask",)
    call = alike(source.nodes, site).bound((*TENSORS, *masks_named, *FLAGS), site)
    tensors = {name: slots(call.get(name))[0] for name in TENSORS}
    if tensors["query"] is None or tensors["value"] is None:
        raise site.broken("is called without query or value")
    grouped = kind.name.startswith("Group")
    heads, wide = (read["num_query_heads"], read["head_dim"]) if grouped else (read["num_heads"], read["key_dim"])
    groups = read["num_key_value_heads"] if grouped else heads
    if heads % groups:
        raise site.broken(
            f"has {heads} heads of queries and {groups} of keys", "the first must be a multiple of the other"
        )
    deep = read.get("value_dim") or wide
    shapes = {"query": (heads, wide), "key": (groups, wide), "value": (groups, deep), "gate": (heads, deep)}
    weights, rounds, target = _matrices(source, read, shapes, context, site)
    ignores = context.writer.generation == "tf.keras 2" and () < context.writer.version < (2, 10)
    masks = {name: call[name].index for name in MEANINGS if isinstance(call.get(name), Slot)}
    if any(call.get(name) is not None and name not in masks for name in MEANINGS):
        raise site.unsupported(
            "is given a constant as a mask", "", "use use_causal_mask=True, or a mask that is a tensor"
        )
    scores = flag(call, "return_attention_scores", site)
    config: dict[str, Any] = {
        **{"heads": heads, "groups": groups, "width": wide, "output_shape": tuple(int(n) for n in target)},
        **{name: read.get(name) for name in ("use_bias", "use_gate", "sliding_window", "attention_axes")},
        "causal": flag(call, "use_causal_mask", site),
        "return_attention_scores": scores,
        "minds_masks": not ignores,
        "blank": (bool(read["dropout"]) or scores) and context.writer.generation == "Keras 3",
        **{"inputs": tensors, "masks": masks, "rounds": rounds},
    }
    return described(kind, source, config, weights)


def _matrices(
    source: Source, read: Config, shapes: Mapping[str, tuple[int, ...]], context: Context, site: Site
) -> tuple[dict[str, FloatArray], dict[str, float], tuple[int, ...]]:
    """Kernels and biases of the projections, the epsilons for inputs of int8 kernels, and the shape of the output.

    Args:
        shapes: shape of each projection's outputs except the last's, whose inputs have the gate's.
    """
    weights: dict[str, FloatArray] = {}
    rounds: dict[str, float] = {}
    target: tuple[int, ...] = ()
    for name, arrays in _projections(source, read["use_gate"], read["use_bias"], site).items():
        data = arrays[0].data
        inputs = data.shape[: 2 if name == "output" else 1]
        if data.ndim < 2 or not data.size or (name == "output" and inputs != shapes["gate"]):
            raise site.broken(f"has the array {arrays[0].name} of shape {shape_text(data.shape)}", arrays[0].path)
        outputs = data.shape[2:] if name == "output" else shapes[name]
        target = outputs if name == "output" else target
        kernel = values(arrays[0], (*inputs, *outputs), site)
        if _is_int8(arrays):
            words = ("kernel", "bias")[: len(arrays) - 1]
            projection = replace(source, arrays=tuple(arrays), config={"dtype": "int8_from_float32"})
            floats = unquantized(projection, words, context, site)
            kernel, rounds[name] = floats.matrix, floats.config["rounds"]
        weights[f"{name}_kernel"] = kernel.reshape(count(inputs), -1)
        if read["use_bias"]:
            weights[f"{name}_bias"] = values(arrays[1], outputs, site).reshape(-1)
    return weights, rounds, target


def _projections(source: Source, gate: bool, bias: bool, site: Site) -> Mapping[str, Sequence[StoredArray]]:
    """The arrays of each projection: by the name of its part or, in HDF5, by the arrays' names or order.

    Kernel, then bias; scales of an int8 kernel come last. ``model.quantize("int8")`` quantises the projections without
    a trace in the configuration: Keras 3.15 itself cannot load the file. Nor can it load int4's and float8's.
    """
    names, step = [name for name in WORDS if gate or name != "gate"], 1 + bias
    if source.arrays:
        parts = {name: [a for a in source.arrays if f"/{WORDS[name]}/" in f"/{a.name}"] for name in names}
    else:
        inside = {name: [source.place.part(f"{before}{name}_dense") for before in ("", "_")] for name in names}
        parts = {name: [*(new.stored() or old.stored())] for name, (new, old) in inside.items()}
    if any(_is_int4_or_float8(arrays) for arrays in parts.values()):
        why = "Keras itself cannot load such a file, and only int8 projections are read"
        fix = 'save the float model, before model.quantize(), or quantise that by model.quantize("int8")'
        raise site.unsupported("has projections in int4 or float8", why, fix)
    if source.arrays and any(len(arrays) != step + _is_int8(arrays) for arrays in parts.values()):
        stored = list(expect(source.arrays, len(names) * step, "query, key, value and output", site))
        parts = {name: stored[k * step : (k + 1) * step] for k, name in enumerate(names)}
    for name, arrays in parts.items():
        expect(arrays, step + _is_int8(arrays), f"of its {name} projection", site)
    return {name: sorted(arrays, key=_role(_is_int8(arrays))) for name, arrays in parts.items()}


def _role(int8: bool) -> Callable[[StoredArray], int]:
    """Kernels first, scales last; arrays of ``.keras`` files have numbers for names, and are in order."""
    return lambda a: 2 if a.name.endswith("_scale") else int("bias" in a.name or (not int8 and a.data.ndim == 1))


def _is_int8(arrays: Sequence[StoredArray]) -> bool:
    """Whether a projection was quantised to int8: int4, two values a byte, has a matrix of two axes."""
    return any(array.data.dtype == np.int8 and array.data.ndim > 2 for array in arrays)


def _is_int4_or_float8(arrays: Sequence[StoredArray]) -> bool:
    """Whether a projection was quantised otherwise: only float8 has scales without axes."""
    return any(array.data.ndim == 0 or (array.data.dtype == np.int8 and array.data.ndim == 2) for array in arrays)


DROPOUT = Option("dropout", "float", 0.0)
"""Only with it Keras 3 computes by its Softmax layer, whose rows without an allowed key are 0 instead of a mean."""
SHARED = (USE_BIAS, Option("use_gate", "flag", False), Option("sliding_window", "size?", None), DROPOUT)
"""Options of both layers."""
KIND = Kind(
    "MultiHeadAttention",
    options=(
        Option("num_heads", "size"),
        Option("key_dim", "size"),
        Option("value_dim", "size?", None),
        Option("attention_axes", "places?", None),
        *SHARED,
    ),
    fixed=(Option("softmax_robust_masking", "flag", False),),
    neutral=("output_shape", "flash_attention", "query_shape", "key_shape", "value_shape"),
    weights=WEIGHTS,
    describe=describe,
    with_nodes=True,
    looks_for_masks=True,
    takes_masks_off=True,
    placed=("heads", "width"),
    hidden=("inputs", "masks", "minds_masks", "blank", "rounds", "return_attention_scores", "output_shape"),
)


@reads(
    KIND,
    replace(
        KIND,
        name="GroupQueryAttention",
        takes_masks_off=False,
        aliases=("GroupedQueryAttention",),
        keras_class="GroupedQueryAttention",
        options=(
            Option("head_dim", "size"),
            Option("num_query_heads", "size"),
            Option("num_key_value_heads", "size"),
            *SHARED,
        ),
    ),
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Masks of query, value and key and a mask of pairs must all allow a pair; the output has the query's mask."""
    config = spec.config
    fed = {name: inputs[index] for name, index in config["inputs"].items() if index is not None}
    query, value = fed["query"], fed["value"]
    key = fed.get("key", value)
    axes = _attended(builder, config["attention_axes"], query)
    plain = len(builder.shape(query)) == 2
    if not plain and (config["causal"] or config["sliding_window"]):
        raise builder.refuse("sees keys by their places along several axes", fix="attend along one axis of sequences")
    order = [axis for axis in range(len(builder.shape(query))) if axis not in axes]
    order = [*order[:-1], *axes, order[-1]]
    lead = len(order) - 1 - len(axes)
    q, k, v = (_rows(builder, x, order, lead) for x in (query, key, value))
    masks = _masks(builder, spec, fed, inputs, plain)
    _mind_biases(builder, spec, {"query": query, "key": key, "value": value, "gate": query})
    projected = [_dense(builder, spec, name, x, lead) for name, x in (("query", q), ("key", k), ("value", v))]
    scale, keys = np.asarray([1 / np.sqrt(config["width"])], np.float32), int(builder.shape(k)[-2] or 0)
    visible = config["causal"], config["sliding_window"], tuple(masks)
    answer = config["return_attention_scores"], config["blank"]
    op = Attention(config["heads"], config["groups"], keys, scale, None, *visible, *answer)
    out, *scores = builder.add(op, [*projected, *masks.values()], lead=lead, suffix="_heads")
    if config["use_gate"]:
        gate = _dense(builder, spec, "gate", q, lead)
        (out,) = builder.add(Merge("multiply"), [out, gate], lead=lead + 1, suffix="_gated")
    out = _dense(builder, spec, "output", out, lead)
    target = config["output_shape"]
    out = reshaped(builder, out, target, "_shaped", lead + 1)
    shape = builder.shape(query)
    out = reshaped(builder, out, (*(shape[a] for a in axes), *target), "_shaped", lead)
    positions = [*order[:-1], *range(len(order) - 1, len(order) - 1 + len(target))]
    out = permuted(builder, out, [positions.index(axis) for axis in range(len(positions))])
    return [Value(out, query.mask), *(Value(x) for x in scores)]


def _attended(builder: Builder, numbers: Any, query: Value) -> list[int]:
    """The axes of a sample for attention."""
    rank = len(builder.shape(query))
    if rank < 2:
        raise builder.refuse("works across the samples of a batch", fix="give it sequences: (steps, features) a sample")
    axes = list(range(rank - 1)) if numbers is None else sample_axes(builder, query, numbers, "attends along")
    if rank - 1 in axes:
        raise builder.refuse(f"attends along the axes {numbers} of tensors of {rank + 1} axes")
    return axes


def _rows(builder: Builder, value: Value, order: Sequence[int], lead: int) -> int:
    """The tensor as (other axes..., positions, features)."""
    shape: Shape = builder.shape(value)
    if len(shape) != len(order):
        raise builder.broken(f"is given tensors of different rank: {shape} and one of {len(order)} axes")
    builder.lengths(shape, "attends to")
    tensor = permuted(builder, value.tensor, order)
    shape = builder.shape(tensor)
    return reshaped(builder, tensor, (count(shape[lead:-1]), shape[-1]), "_positions", lead)


def _mind_biases(builder: Builder, spec: Spec, sources: Mapping[str, Value]) -> None:
    """Refuses biases (heads, width) that Keras may add along the steps: see ``not_a_bias``."""
    config = spec.config
    for name, value in sources.items():
        bias = spec.weights.get(f"{name}_bias")
        if bias is not None:
            groups = config["heads" if name in ("query", "gate") else "groups"]
            shape = (groups, len(bias) // groups)
            not_a_bias(builder, (*builder.shape(value)[:-1], *shape), shape)
    if "output_bias" in spec.weights:
        target = config["output_shape"]
        not_a_bias(builder, (*builder.shape(sources["query"])[:-1], *target), target)


def _dense(builder: Builder, spec: Spec, name: str, tensor: int, lead: int) -> int:
    kernel = spec.weights[f"{name}_kernel"]
    if builder.shape(tensor)[-1] != len(kernel):
        raise builder.broken(f"has a {name} kernel for {len(kernel)} features and is given {builder.shape(tensor)}")
    if epsilon := spec.config["rounds"].get(name):
        (tensor,) = builder.add(RoundRows(epsilon), [tensor], lead=lead + 1, suffix=f"_{name}_rounded")
    op = Dense(kernel, spec.weights.get(f"{name}_bias"), function("sigmoid") if name == "gate" else LINEAR)
    return builder.node(op, tensor, lead=lead + 1, suffix=f"_{name}").tensor


def _masks(
    builder: Builder, spec: Spec, fed: Mapping[str, Value], inputs: Sequence[Value], plain: bool
) -> dict[str, int]:
    """The masks by their meaning: of keys, of queries, of pairs."""
    explicit = {name: inputs[index].tensor for name, index in spec.config["masks"].items()}
    if "query_mask" in explicit and builder.rules.attention_takes_masks and spec.class_name == "MultiHeadAttention":
        raise builder.refuse(
            "is given a query_mask, which Keras 3.8 on does not look at: it takes the mask that the query carries",
            fix="leave query_mask out, or make the query's mask by a Masking layer",
        )
    carried = {f"{name}_mask": value.mask for name, value in fed.items() if value.mask is not None}
    masks = {**(carried if spec.config["minds_masks"] else {}), **explicit}
    if masks and not plain:
        raise builder.refuse("is given masks of tensors that have more axes than time and features")
    queries, keys = (builder.shape(fed[name])[0] for name in ("query", "value"))
    shapes: dict[str, list[Shape]] = {QUERIES: [(queries,)], KEYS: [(keys,)], PAIRS: [(queries, keys), (1, keys)]}
    by_meaning: dict[str, int] = {}
    for name, mask in masks.items():
        meaning = MEANINGS[name]
        if builder.shape(mask) not in shapes[meaning]:
            mismatch = f"a {name} of shape {builder.shape(mask)} for {queries} queries and {keys} keys"
            raise builder.refuse(f"is given {mismatch}", fix="give a mask of one number a step, or of one a pair")
        if by_meaning.setdefault(meaning, mask) != mask:
            (by_meaning[meaning],) = builder.add(Merge("minimum"), [by_meaning[meaning], mask], suffix="_mask")
    return by_meaning
