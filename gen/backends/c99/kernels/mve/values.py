"""Sums of inputs and layer norms in integers by Helium: four values at once in 32 bits."""

from __future__ import annotations

from typing import ClassVar, cast

from .....core.graph import count
from .....layers.integer.elementwise import IntegerSum
from .....layers.integer.layer_norm import IntegerLayerNorm
from ..base import Layer, LayerKernel

LANES = 8
"""Number of which a normalized layer's values are a multiple: a vector of 16 bits."""
FOUR = 4
"""Number of which the inputs' values are a multiple: a vector of 32 bits."""
TYPES = ("int8", "int16")


class SumsAndNorms(LayerKernel):
    """A sum of inputs with one shape; a layer norm around the mean."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_sum", "integer_layer_norm")

    def takes(self, f: Layer) -> bool:
        if f.op.kind == "integer_sum":
            op = cast(IntegerSum, f.op)
            alike = set(f.ins) == set(f.outs) and count(f.outs[0]) % FOUR == 0
            return alike and {*f.dtypes_in, op.result.dtype} <= set(TYPES)
        norm = cast(IntegerLayerNorm, f.op)
        fits = norm.centered and not norm.rms and {f.dtypes_in[0], norm.result.dtype} <= set(TYPES)
        return fits and count(f.ins[0]) % LANES == 0 and norm.post.size == norm.m.size


KERNELS = (SumsAndNorms(),)
