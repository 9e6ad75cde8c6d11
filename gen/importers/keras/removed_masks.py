"""Masks that a layer removes from its inputs: a later call on the same tensor finds none.

Keras 3.8 on removes the masks of query, value and key from the tensors themselves, while the model runs:
``keras/src/layers/attention/multi_head_attention.py`` (``call``). Layers with an argument ``mask`` got theirs when the
model was built; those whose ``Kind`` looks for masks find them on their inputs, at each run.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import UnsupportedError
from .dialect.kinds import KINDS
from .dialect.spec import Call, LayerSpec, ModelSpec, Ref
from .layers.base import Builder, Value


class RemovedMasks:
    """The calls of one model, in reading order, and the masks that they find.

    Keras runs a call after those that it depends on; two that do not depend on each other may run in either order.

    Args:
        unsure: tensors whose masks may be gone when the model runs; shared by all models of a file.
    """

    def __init__(self, builder: Builder, unsure: set[int]) -> None:
        self.builder = builder
        self.unsure = unsure
        self.upstream: dict[Ref, int] = {}
        """The calls that an output depends on, its own included, one bit each."""
        self.mask_readers: dict[int, int] = {}
        """The calls that looked for the mask of a tensor, one bit each."""
        self.count = 0

    def record(self, call: Call, spec: LayerSpec | ModelSpec, feeds: Sequence[Value], results: Sequence[Value]) -> None:
        """Records a call.

        Raises:
            UnsupportedError: a mask that it finds, or that another call found, may have been removed by Keras.
        """
        if not self.builder.rules.attention_takes_masks:
            return
        bit, self.count = 1 << self.count, self.count + 1
        upstream = bit
        for ref in (*call.inputs, *call.initial_state):
            upstream |= self.upstream.get(ref, 0)
        self.upstream |= {Ref(call.layer, call.call, index): upstream for index in range(len(results))}
        masked = {value.tensor for value in feeds if value.mask is not None and not call.mask_of_input}
        kind = KINDS.get(spec.class_name)
        if kind is not None and kind.looks_for_masks:
            if masked & self.unsure:
                raise self._refused()
            self.mask_readers |= {tensor: self.mask_readers.get(tensor, 0) | bit for tensor in masked}
        if masked & self.unsure:
            self.unsure |= {value.tensor for value in results if value.mask is not None} - masked
        if kind is not None and kind.takes_masks_off:
            if any(self.mask_readers[tensor] & ~upstream for tensor in masked):
                raise self._refused()
            self.unsure |= masked

    def _refused(self) -> UnsupportedError:
        return self.builder.refuse(
            "has an input whose mask another layer takes off it, or off what it was made of, when the model runs: two "
            "answers are possible, or one that nobody means (Keras 3.8 on)",
            fix='normalise before attention, not behind it; or --written-by "Keras 3.7", which keeps the masks',
        )
