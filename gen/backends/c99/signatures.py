"""The declarations of a generated model's functions in C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import wrap

from ...core import graph
from ..base import AxisView, PortView, Rate
from ..names import remark
from .literals import ctype

WIDTH = 100
shape_text = partial(graph.shape_text, unknown="time")


@dataclass(frozen=True)
class Prototypes:
    """Declarations without their final semicolon."""

    reset: str
    step: str
    run: str
    finish: str
    valid: str


def prototypes(
    name: str, inputs: Sequence[PortView], outputs: Sequence[PortView], axes: Sequence[AxisView], stream: bool = False
) -> Prototypes:
    """reset, step and run of a model; also finish for a stream, whose step returns whether there is an output."""
    up = name.upper()
    state = f"{name}_t *state"
    step = [state]
    step += [f"const {ctype(port.dtype)} {port.name}[{up}_{port.name.upper()}]" for port in inputs]
    results = [f"{ctype(port.dtype)} {port.name}[{up}_{port.name.upper()}]" for port in outputs]
    step += results
    run = [state]
    run += [f"const {ctype(port.dtype)} *{port.name}" for port in inputs]
    run += [f"size_t {axis.name}" for axis in axes if axis.fixed is None]
    run += [f"{ctype(port.dtype)} *{port.name}" for port in outputs]
    return Prototypes(
        listed("void ", f"{name}_reset", [state]),
        listed("int " if stream else "void ", f"{name}_step", step),
        listed("void ", f"{name}_run", run if axes else step),
        listed("int ", f"{name}_finish", [state, *results]),
        f"int {name}_state_valid(const {state})",
    )


def listed(lead: str, function: str, arguments: Sequence[str]) -> str:
    """``lead function(arguments)``."""
    return f"{lead}{function}({', '.join(arguments)})"


def remarked(note: str) -> str:
    """A comment that a reader must not miss, in lines."""
    return "/* " + "\n * ".join(wrap(f"NOTE: {remark(note)}", WIDTH - 6)) + " */"


def rated(rate: Rate) -> str:
    """The rate of a stream's outputs, inside a comment."""
    every = "every frame gives one" if rate.every == 1 else f"every {ordinal(rate.every)} frame gives one"
    text = f" * Rate: {every}; the first comes with frame {rate.first}."
    if rate.delay:
        late = "one frame" if rate.delay == 1 else f"{rate.delay} frames"
        text += f"\n * Delay: {late}; finish gives the outputs that remain."
    return text


def ordinal(number: int) -> str:
    """``2nd``."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else last}"
