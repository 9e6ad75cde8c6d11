"""The user's recurrent cells, which a module given by ``--custom`` registers.

A cell is one op: its step in NumPy, a template in C and one in MicroPython, and the weights and options of its Keras
class. ``examples/cells`` has three, ``docs/custom.md`` explains them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import Any

from ..backends.c99 import TEMPLATES as C99
from ..backends.c99.kernels import sets
from ..backends.micropython.text import TEMPLATES as MICROPYTHON
from ..backends.micropython.text import lookup
from ..core.errors import UsageError
from ..core.functions import Function, function
from ..core.near import hint
from ..importers.keras.dialect.config import UNITS, Option
from ..importers.keras.dialect.kinds import KINDS, Cell, Kind, Weight
from ..importers.keras.dialect.weights import snake_case
from ..importers.keras.layers.base import Builder, Spec, Value, reads
from ..importers.keras.layers.recurrent import SEQUENCE, read_recurrent
from ..layers.integer.base import Rule, quantizes
from ..layers.recurrent import Recurrent
from .mix import Formula, mix_rule

COMMON = {"kernel": "kernel", "recurrent_kernel": "recurrent", "bias": "bias"}
"""Weights -> the fields that all recurrent ops have for them."""

Step = Callable[[Any, Any, tuple[Any, ...]], tuple[Any, ...]]
"""``step(op, x, states)``: x (samples, inputs), states (samples, units); returns the new states, the output first."""


def cell(
    name: str,
    step: Step,
    *,
    states: Mapping[str, str],
    gates: str,
    weights: Sequence[str],
    options: Sequence[str] = (),
    functions: Sequence[str] = ("sigmoid", "tanh"),
    c99: str,
    micropython: str = "",
) -> type[Recurrent]:
    """Register a cell of the caller's module: ``keras.layers.RNN(CLASS(...))`` is then read.

    Args:
        name: name of the Keras class; it ends in ``Cell`` and has an option ``units``.
        states: name -> description, of ``units`` values each; the first is the output.
        gates: a letter for each block of ``units`` columns in the kernel.
        weights: names of the class's variables in the order in which it creates them. ``kernel`` (inputs, ...),
            ``recurrent_kernel`` (units, ...) and ``bias`` are the op's ``kernel``, ``recurrent`` and ``bias``; each
            other one is a further field.
        options: further keys of its ``get_config()``, fields of the op.
        functions: activations that ``step`` calls, fields of the op. Calibration gives an integer rule the ranges of
            their arguments and results; ``linear`` observes a value without changing it.
        c99: Mako template of its function, like those in ``gen/backends/c99/templates/layers``.
        micropython: the template of its function, like those in ``gen/backends/micropython/templates/float``; without
            it, MicroPython refuses the cell.

    Returns:
        The class of its op, for :func:`integer`.
    """
    assert name.endswith("Cell"), f"the class {name} must be called ...Cell"
    short, kind = name.removesuffix("Cell"), snake_case(name)
    extra = [weight for weight in weights if weight not in COMMON]
    matrices = {COMMON[weight]: 0 for weight in ("kernel", "recurrent_kernel") if weight in weights}
    op: Any = make_dataclass(
        short,
        [
            *((one, Any) for one in (*extra, *options)),
            *((word, Function, field(default=function(word))) for word in functions),
        ],
        bases=(Recurrent,),
        frozen=True,
        eq=False,
        namespace={
            **{"kind": kind, "memories": dict(states), "gates": gates, "stored": matrices, "cell": step},
            **{"read": None, "fed": lambda self, gain, offset: None, "macs": _macs},
        },
    )
    sets.lookup().put_string(f"{kind}.mako", c99)
    if micropython:
        lookup().put_string(f"float/{kind}.mako", micropython)
    _register(short, op, tuple(weights), tuple(options), len(states))
    return op  # type: ignore[no-any-return]


def integer(op: type[Recurrent], kind: str, rule: Rule, *, c99: str, micropython: str = "") -> None:
    """Register a cell's integer form: ``rule(op, task)`` as in ``gen/layers/integer``, and the templates of its op.

    Args:
        kind: kind of the op that the rule returns.
        c99: template like ``gen/backends/c99/templates/layers/integer_*.mako``.
        micropython: template like those in ``gen/backends/micropython/templates/viper``.
    """
    quantizes(op)(rule)
    sets.lookup().put_string(f"{kind}.mako", c99)
    if micropython:
        lookup().put_string(f"viper/{kind}.mako", micropython)


def mix(
    op: type[Recurrent],
    formula: Formula,
    activations: Mapping[str, str],
    *,
    places: int | None = None,
    bias: Callable[[Any], Any] = lambda op: op.bias,
    constants: Callable[[Any, Any], Mapping[str, int]] = lambda op, h: {},
) -> None:
    """Register the integer form of a cell with one state that mixes its gates. The definition, the C and the
    MicroPython code all follow from one formula.

    Args:
        formula: ``formula(shift, h, *gates, **constants)``: h and gates are int16, its result the new h before it
            saturates. It adds, subtracts, multiplies, and calls ``shift(v, n)``: v / 2^n rounded. Results of sigmoid
            and tanh have 15 bits after the point.
        activations: a gate's letter -> ``sigmoid``, ``tanh``, or ``linear`` for a gate on the scale of h; in the order
            of the kernel's columns. A kernel with one block of ``units`` columns serves every gate.
        places: bits of h after the point; without it, they follow from the calibrated range.
        bias: function of the op that returns one value per row.
        constants: function of the op and h's format that returns integers, which the formula takes by name.

    Raises:
        UsageError: the cell's step calls no such activation, or the formula or the cell has other gates.
    """
    allowed = {"linear", *(one.name for one in fields(op) if one.type is Function)}
    if unknown := [name for name in activations.values() if name not in allowed]:
        raise UsageError(f"custom.mix: {op.__name__} calls no {unknown[0]}", fix=(*hint(unknown[0], allowed),))
    try:
        inspect.signature(formula).bind_partial(None, None, *activations)
    except TypeError as error:
        fix = f"write formula(shift, h, {', '.join(activations)})"
        raise UsageError(f"custom.mix: the formula of {op.__name__} takes other gates: {error}", fix=fix) from None
    if not activations or len(op.gates) not in (1, len(activations)):
        problem = f"custom.mix: {op.__name__} has the gates {op.gates!r}, and {len(activations)} are activated"
        raise UsageError(problem, fix="name each gate once, in the order of the kernel's columns")
    kind = f"integer_{op.kind}"
    rule = mix_rule(kind, formula, activations, places, bias, constants)
    c99, micropython = ((folder / "mixed_cell.mako").read_text("utf-8") for folder in (C99, MICROPYTHON))
    integer(op, kind, rule, c99=c99, micropython=micropython)


def _macs(op: Any, *inputs: Any) -> int:
    """Multiply-accumulates of a step: one per number of each matrix."""
    del inputs
    return sum(int(array.size) for array in op.arrays().values() if array.ndim == 2)


def _register(short: str, op: Any, weights: tuple[str, ...], options: tuple[str, ...], states: int) -> None:
    """Register the kind of the cell; replaces one of the same name that a module registered before."""
    caller = next(frame.filename for frame in inspect.stack() if frame.filename != __file__)
    before = KINDS.pop(short, None)
    assert before is None or before.module is not None, f"{short} is a layer of Keras's own"
    table = (UNITS, *(Option(option, "any") for option in options))
    gates = {letter: letter for letter in op.gates}

    @reads(
        Kind(
            short,
            options=(*table, *SEQUENCE),
            weights=tuple(Weight(weight) for weight in weights),
            in_files=False,
            sequence=True,
            takes_mask=True,
            cell=Cell(table, gates, states, (), lambda terms: [], "", ""),
            placed=("units",),
            module=Path(caller).resolve(),
        )
    )
    def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
        fields = {weight: spec.weights[weight] for weight in weights if weight not in COMMON}
        fields |= {option: spec.config[option] for option in options}
        return read_recurrent(builder, spec, inputs, initial, lambda common: op(**common, **fields))
