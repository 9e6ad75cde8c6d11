"""Masking: a step whose features all equal mask_value is masked and zeroed; ``keras/src/layers/core/masking.py``."""

from __future__ import annotations

import numpy as np

from ....layers.masking import Masking
from ..dialect.config import Option
from ..dialect.masks import number_in
from .base import Builder, Spec, Value, one_input


@one_input(
    "Masking",
    options=(Option("mask_value", "float", 0.0),),
    masks=lambda config: number_in(config.get("mask_value", 0.0)),
    same_width=True,
    placed=("mask_value",),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    rank = len(builder.shape(value))
    op = Masking(float(np.float32(spec.config["mask_value"])))
    out, mask = builder.add(op, [value.tensor], lead=rank - 1)
    return Value(out, mask)
