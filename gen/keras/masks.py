"""Masks in the wiring: which are given by hand, and which only write down what travels by itself.

Sources: Keras 3.15 ``keras/src/layers/layer.py`` (``__call__`` fills in ``mask``) and
``keras/src/layers/core/{embedding,masking}.py``, ``keras/src/layers/merging/concatenate.py`` (``compute_mask``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .nodes import RECURRENT
from .outline import Entry
from .site import Site
from .spec import Call, Ref

CONSTANTS = ("OnesLike", "ZerosLike")
"""Operations by which Concatenate's mask takes the shape of a value, not the value."""


def masked(
    call: Call,
    explicit: Mapping[tuple[str, int], tuple[Ref, ...]],
    calls: Sequence[Call],
    entries: Mapping[str, Entry],
    at: Callable[[Entry], Site],
) -> Call:
    """The call with its mask, if it is not one that Keras itself passed on.

    Keras 3 writes the masks that travel by themselves into the wiring, as operations on what goes into an Embedding
    or a Masking layer (``not_equal``, ``any``). Where these are the masks that reach the call anyway, they are left
    out.
    """
    masks = explicit.get((call.layer, call.call))
    if masks is None:
        return call
    site = at(entries[call.layer])
    uses = {(use.layer, use.call): use for use in calls}
    if any(entries[ref.layer].is_layer for ref in masks):
        if len(masks) != 1 or entries[call.layer].file_class not in RECURRENT | {"TimeDistributed"}:
            raise site.unsupported("is called with an explicit mask", "only recurrent layers take one here")
        return replace(call, mask=masks[0])
    sources: set[Ref] = set()
    stack, seen = list(call.inputs), set()
    while stack:
        ref = stack.pop()
        use = uses.get((ref.layer, ref.call))
        if use is None or (ref.layer, ref.call) in seen:
            continue
        seen.add((ref.layer, ref.call))
        entry = entries[ref.layer]
        if entry.file_class == "Masking" or (entry.file_class == "Embedding" and entry.config.get("mask_zero")):
            sources.update(use.inputs)
        else:
            stack.extend(use.inputs)
    roots = [root for ref in masks for root in _roots(ref, uses, entries)]
    if not set(roots) <= sources:
        raise site.unsupported(
            "is called with a mask that the model's own operations compute", "", "use a Masking layer"
        )
    return replace(call, own_mask=True)


def _roots(ref: Ref, uses: Mapping[tuple[str, int], Call], entries: Mapping[str, Entry]) -> list[Ref]:
    """What the operations of a mask compare with a value; the mask's own reference where they do something else."""
    found, stack, seen = [], [ref], {ref}
    while stack:
        at = stack.pop()
        use, entry = uses.get((at.layer, at.call)), entries[at.layer]
        if use is None or entry.is_layer:
            found.append(at)
        elif entry.file_class == "NotEqual":
            found.extend(use.inputs)
        elif entry.file_class not in CONSTANTS:
            stack.extend(item for item in use.inputs if item not in seen)
            seen.update(use.inputs)
    return found
