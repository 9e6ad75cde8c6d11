"""The whole model in integers, for the templates of the MicroPython backend: a buffer for each width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ...core.formats import Format
from ...passes.memory import Program
from ..base import Options, Origin
from ..function import ShapedOp
from .fixed import SCRATCH, SharedNeeds
from .function import LayerFunction
from .matrices import IntegerFunction
from .model import ModelView


class IntegerView(ModelView):
    """A program in integers: ``functions`` for viper, ``plain`` in plain Python."""

    reserved = "floor numbers reals s8 s16 s32 z q".split()
    buffer_names: ClassVar[Mapping[str, str]] = {"int8": "s8", "int16": "s16", "int32": "s32"}
    counts = "int16"
    scratch = f", {SCRATCH}"

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.shared = SharedNeeds()
        self.plain: list[LayerFunction] = []
        super().__init__(program, origin, options, helpers)
        self.scales = np.array([port.format.scale for port in (*self.inputs, *self.outputs)], np.float32)
        for n, port in enumerate((*self.inputs, *self.outputs)):
            if port.format.features:
                scales, zeros = port.format.each
                self.weights.add(f"SCALES_{n}", scales, f"of the features of {port.name}")
                self.weights.add(f"ZEROS_{n}", zeros.astype(np.int32), f"of the features of {port.name}")

    def _write(self, shaped: ShapedOp) -> str:
        for viper, functions in ((True, self.functions), (False, self.plain)):
            functions.append(IntegerFunction(shaped, self.weights, self.shared, viper))
        return f"_{shaped.name}"

    def helper(self, name: str, dtype: str) -> str:
        return f"_{name}{Format(dtype).bits}"

    def counter(self, place: int) -> str:
        return f"{self.buffer_names[self.counts]}[{place}]"

    def unpack(self, source: str) -> str:
        return f"{', '.join([*self.buffer_names.values(), SCRATCH])} = {source}"

    @property
    def state_bytes(self) -> int:
        return super().state_bytes + 4 * self.shared.scratch
