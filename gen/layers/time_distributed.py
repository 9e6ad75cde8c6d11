"""TimeDistributed: a layer or model applied at every position of the first axis. No op of its own."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Builder, Spec, Value, only, reads


@reads("TimeDistributed")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """The mask, if any, goes past the wrapped layer (masked steps are computed like the others)."""
    del initial
    value = only(builder, inputs)
    with builder.deeper():
        (out,) = builder.call(spec.inner[0], [Value(value.tensor)])
    return [Value(out.tensor, value.mask)]
