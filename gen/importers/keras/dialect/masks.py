"""Masks in the wiring: those given by hand, and those that only record the masks Keras itself passes on.

Sources: Keras 3.15 ``keras/src/layers/layer.py`` (``__call__`` fills in ``mask``) and
``keras/src/layers/core/{embedding,masking}.py``, ``keras/src/layers/merging/concatenate.py`` (``compute_mask``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .config import table
from .kinds import Kind, kind_of
from .outline import Entry
from .site import Site
from .spec import Call, Ref

CONSTANTS = ("OnesLike", "ZerosLike")
"""Operations of Concatenate's mask that read the shape of a value, not the value."""
CARRIED = ("Any", "ConvertToTensor", "Squeeze", "ExpandDims", "BroadcastTo", "LogicalOr", "Concatenate", "Cast")
"""Operations that record the masks of Embedding, Masking and of merge layers."""
Compared = tuple[Ref, float | None]
"""The tensor that a mask compares, and the value: a step equal to it is masked."""
Use = tuple[str, int]
"""A layer, and the number of its call."""
Uses = Mapping[Use, Call]
Entries = Mapping[str, Entry]
At = Callable[[Entry], Site]


def add_masks(calls: Sequence[Call], explicit: Mapping[Use, Sequence[Ref]], entries: Entries, at: At) -> Iterator[Call]:
    """The calls with the masks that Keras itself did not pass on.

    Keras 3 writes the masks that it passes on into the wiring, as operations on the input of an Embedding or a
    Masking layer (``not_equal``, ``any``). If these are the masks that reach the call anyway, they are left out.
    """
    uses = {(use.layer, use.call): use for use in calls}
    for call in calls:
        masks, entry = explicit.get((call.layer, call.call)), entries[call.layer]
        if masks is None:
            yield call
            continue
        compared, constants = _compared(masks, uses, entries)
        if compared <= _carried(call, uses, entries):
            yield replace(call, mask_of_input=True, must_carry=not constants)
        else:
            yield _by_hand(call, masks, kind_of(entry.file_class), at(entry))


def _by_hand(call: Call, masks: Sequence[Ref], kind: Kind | None, site: Site) -> Call:
    """The call with a mask that the model computes."""
    if len(masks) != 1 or kind is None or not kind.takes_mask:
        raise site.unsupported(
            "is called with an explicit mask", "only recurrent layers and global means take one here"
        )
    return replace(call, mask=masks[0])


def _carried(call: Call, uses: Uses, entries: Entries) -> set[Compared]:
    """The comparisons of the masks that Keras passes on to a call."""
    sources: set[Compared] = set()
    stack, visited = list(call.inputs), set()
    while stack:
        ref = stack.pop()
        use = uses.get((ref.layer, ref.call))
        if use is None or (ref.layer, ref.call) in visited:
            continue
        visited.add((ref.layer, ref.call))
        entry = entries[ref.layer]
        if not entry.is_layer:
            continue  # masks end at Keras 3's bare operations
        source = kind_of(entry.file_class)
        value = source.masks(entry.config) if source is not None else None
        if value is not None:
            sources.update((ref, value) for ref in use.inputs)
        else:
            stack.extend(use.inputs)
    return sources


def _compared(masks: Sequence[Ref], uses: Uses, entries: Entries) -> tuple[set[Compared], bool]:
    """The comparisons of the operations of masks, or the references of other operations; and whether constants take
    part, as when Concatenate joins masked and unmasked tensors."""
    compared: set[Compared] = set()
    constants = False
    stack, visited = list(masks), set(masks)
    while stack:
        at = stack.pop()
        use, entry = uses.get((at.layer, at.call)), entries[at.layer]
        if entry.file_class == "NotEqual" and use is not None:
            value = _constant(entry, use.call)
            compared.update((_before_casts(item, uses, entries), value) for item in use.inputs)
        elif use is None or entry.is_layer or entry.file_class not in (*CARRIED, *CONSTANTS):
            compared.add((at, None))
        elif entry.file_class in CONSTANTS:
            constants = True
        else:
            stack.extend(item for item in use.inputs if item not in visited)
            visited.update(use.inputs)
    return compared, constants


def _before_casts(ref: Ref, uses: Uses, entries: Entries) -> Ref:
    """The input of a Masking layer of another type than float32: Keras 3 records the cast to that type."""
    while (use := uses.get((ref.layer, ref.call))) is not None and not entries[ref.layer].is_layer:
        dtype = entries[ref.layer].config.get("dtype")
        if entries[ref.layer].file_class != "Cast" or len(use.inputs) != 1 or "float" not in str(dtype):
            break
        ref = use.inputs[0]
    return ref


def _constant(entry: Entry, call: int) -> float | None:
    """The number that a NotEqual compares with."""
    nodes = entry.raw.get("inbound_nodes")
    node = nodes[call] if isinstance(nodes, list) and call < len(nodes) else None
    arguments = table(node).get("args")
    return number_in(arguments[1]) if isinstance(arguments, list) and len(arguments) == 2 else None


def number_in(value: Any) -> float | None:
    """A number of the file; None for other values."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
