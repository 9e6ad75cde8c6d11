"""The functions of a generated model, as C declares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..base import AxisView, PortView
from .literals import ctype

WIDTH = 100


@dataclass(frozen=True)
class Prototypes:
    """Declarations without their final semicolon."""

    reset: str
    step: str
    run: str


def prototypes(
    name: str, inputs: Sequence[PortView], outputs: Sequence[PortView], axes: Sequence[AxisView]
) -> Prototypes:
    """reset, step and run of a model."""
    up = name.upper()
    state = f"{name}_t *state"
    step = [state]
    step += [f"const {ctype(port.dtype)} {port.name}[{up}_{port.name.upper()}]" for port in inputs]
    step += [f"{ctype(port.dtype)} {port.name}[{up}_{port.name.upper()}]" for port in outputs]
    if not axes:
        return Prototypes(
            listed("void ", f"{name}_reset", [state]),
            listed("void ", f"{name}_step", step),
            listed("void ", f"{name}_run", step),
        )
    run = [state]
    run += [f"const {ctype(port.dtype)} *{port.name}" for port in inputs]
    run += [f"size_t {axis.name}" for axis in axes if axis.fixed is None]
    run += [f"{ctype(port.dtype)} *{port.name}" for port in outputs]
    return Prototypes(
        listed("void ", f"{name}_reset", [state]),
        listed("void ", f"{name}_step", step),
        listed("void ", f"{name}_run", run),
    )


def listed(lead: str, function: str, arguments: Sequence[str]) -> str:
    """``lead function(arguments)``, wrapped under the opening parenthesis where the line would be too long."""
    head = f"{lead}{function}("
    line = head + ", ".join(arguments) + ")"
    if len(line) <= WIDTH:
        return line
    lines, current = [], head
    for i, argument in enumerate(arguments):
        word = argument + (")" if i == len(arguments) - 1 else ",")
        if len(current) + len(word) + 1 > WIDTH and current != head:
            lines.append(current.rstrip())
            current = " " * len(head)
        current += word + " "
    return "\n".join([*lines, current.rstrip()])


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape as a person writes it: ``(time, 9)``."""
    inner = ", ".join("time" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
