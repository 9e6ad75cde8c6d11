"""gemv of floats by Helium: rows side by side in vectors of four, input by input; and whole cells."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, cast

from .....layers.gru import Gru
from .....layers.lstm import Lstm
from ...blocks import Blocks, Layout, choose
from ..base import PART, Ask, Gemv, Layer, LayerKernel, Product

STORAGES = ("float32", "float16", "int8")
"""Storages with loads."""
LANES = 4
MOST = 28
"""Rows of a block: seven vectors of sums and one of weights are all that the core has."""


class HeliumFloats(Gemv):
    """Weights in float32; or in int8 with one scale per row, or in halves, which are widened one vector at a time."""

    serves = ("float",)
    sliced = True

    def takes(self, ask: Ask) -> bool:
        return ask.storage in STORAGES and ask.inputs == "float32"

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        if gates > 1:  # so that a gate of a block is a vector
            return Blocks(units, LANES, gates)
        return choose(replace(layout, rows=MOST, lanes=LANES), units, gates)

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows <= MOST and blocks.rows % LANES == 0

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        few = not self.fits(blocks)  # few rows: plain C's code, with another name
        scaled = "_scaled" if ask.scales is not None and ask.storage == "float16" else ""
        name = f"gemv_{ask.storage}_{blocks.rows}{scaled}_mve"
        if len(ask.values) <= PART:
            return (self.product(ask, blocks, layout, name, "few" if few else "gemv"),)
        part = self.product(ask, blocks, layout, f"{name}_part", "few" if few else "gemv_part")
        return part, self.product(ask, blocks, layout, f"{name}_long", "gemv_long", turn=1)


class HeliumCell(LayerKernel):
    """An LSTM or a GRU with sigmoid and tanh: four units at once after the sums."""

    template = "cells.mako"
    kinds: ClassVar[tuple[str, ...]] = ("lstm", "gru")

    def takes(self, f: Layer) -> bool:
        op = cast(Lstm | Gru, f.op)
        standard = (op.recurrent_activation.name, op.activation.name) == ("sigmoid", "tanh")
        return standard and f.storage.name in STORAGES and getattr(op, "reset_after", True)


KERNELS = (HeliumFloats(), HeliumCell())
