"""RepeatVector: one frame, repeated at every step."""

from __future__ import annotations

from ....layers.repeat import Repeat
from ..dialect.config import Option
from .base import Builder, Spec, Value, one_input


@one_input("RepeatVector", options=(Option("n", "size"),), same_width=True, placed=("n",))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    if len(builder.shape(value)) != 1:
        raise builder.broken(f"repeats a vector and is given {builder.shape(value)}")
    return builder.node(Repeat(int(spec.config["n"])), value)
