"""RepeatVector: one frame, seen again at every step."""

from __future__ import annotations

from collections.abc import Sequence

from ....layers.repeat import Repeat
from ..dialect.config import Option
from ..dialect.kinds import Kind, same_width
from .base import Builder, Spec, Value, only, reads


@reads(Kind("RepeatVector", options=(Option("n", "size"),), width=same_width, placed=("n",)))
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    if len(builder.shape(value)) != 1:
        raise builder.broken(f"repeats a vector and is given {builder.shape(value)}")
    (out,) = builder.add(Repeat(int(spec.config["n"])), [value.tensor])
    return [Value(out)]
