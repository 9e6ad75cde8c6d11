"""A graph as a program: the library's files, what the device must say of itself, and the buffers around it."""

from __future__ import annotations

from dataclasses import replace

from .. import passes
from ..backends import c99, micropython
from ..backends.base import Generated, Origin
from ..backends.c99.blocks import Layout
from ..backends.c99.model import Options
from ..backends.names import identifier
from ..backends.reserved import model_identifier, owner
from ..core.errors import UsageError
from ..core.graph import Graph
from ..core.settings import Settings
from ..importers.reading import Model
from ..passes.memory import Program
from ..passes.places import ArenaPorts
from ..quantization.observations import Observations
from ..quantization.prepare import prepare
from ..version import __version__
from .idle import idle
from .plan import Plan


def program(model: Model, plan: Plan, graph: Graph | None = None, seen: Observations | None = None) -> Generated:
    """The library's files.

    Args:
        graph: the model's, prepared already, where it is known.
        seen: what calibration has shown of the file, where it may be known.
    """
    return written(model, plan, placed(model, plan, graph or prepare(model, plan.settings, plan.numeric, seen)))


def placed(model: Model, plan: Plan, graph: Graph) -> Program:
    """The graph with an order and places in memory: the same for every board of a backend; on this machine time along
    one axis counts more than memory."""
    settings, carry, board = plan.settings, plan.settings.carry_state is not None, not plan.target.is_host
    if note := renamed(model, plan):
        graph = replace(graph, notes=(*graph.notes, note))
    ports = ArenaPorts(settings.own_inputs, settings.own_outputs)
    capacity, rows = settings.max_steps, not plan.python
    return passes.compile_graph(graph, capacity, settings.stream, settings.hop, carry, rows, ports, board)


def written(model: Model, plan: Plan, compiled: Program) -> Generated:
    """What :func:`program` gives, of a graph that has places."""
    settings, board = plan.settings, plan.target
    source = model.reading.source
    keras = f"{source.generation} ({source.keras_version})" if source.keras_version else source.generation
    origin = Origin(model.path.name, source.sha256, keras, source.weights_id)
    wanted = wanted_name(model, settings)
    if plan.python:
        arch = board.micropython.arch if board.micropython and settings.asm else ""
        module = micropython.Options(micropython.module_identifier(wanted), board.name, plan.numeric, arch)
        generated = micropython.generate(compiled, origin, module, __version__)
    else:
        options = Options(
            model_identifier(wanted),
            board.name,
            plan.numeric,
            Layout(board.layout.rows, board.layout.lanes, board.layout.isa, board.layout.code),
            settings.math,
            board.constants == "progmem",
            settings.asm,
        )
        generated = c99.generate(compiled, origin, options, __version__)
    if settings.own_inputs and not any(port.in_arena for port in generated.inputs):
        raise UsageError("all inputs of this model are read as they come", fix="leave out --own-inputs")
    if settings.own_outputs and not any(port.in_arena for port in generated.outputs):
        raise UsageError("all outputs of this model are given as they are made", fix="leave out --own-outputs")
    lengths = tuple(
        axis.fixed or settings.max_steps or axis.length or axis.capacity or passes.DEFAULT_CAPACITY
        for axis in generated.axes
    )
    noted = replace(generated.graph, notes=(*generated.graph.notes, *idle(plan, generated)))
    return replace(generated, lengths=lengths, graph=noted)


def wanted_name(model: Model, settings: Settings) -> str:
    """What the model would be called: as the settings say, or as its file."""
    return settings.name or model.path.name.split(".")[0]


def renamed(model: Model, plan: Plan) -> str:
    """Why the model cannot be called as its file or ``--name`` is, and what it is called; empty if it can."""
    wanted = identifier(wanted_name(model, plan.settings), "model").rstrip("_")
    name, who = (
        (micropython.module_identifier(wanted), "Python or MicroPython")
        if plan.python
        else (model_identifier(wanted), owner(wanted))
    )
    told = f"the model is called {name} here"
    if name.rstrip("_") != wanted:
        return f"{told}: {wanted} is a name of {who}"
    return f"{told}: names are of small letters, digits and _" if plan.settings.name not in (None, name) else ""


def buffers(generated: Generated, ram: int) -> tuple[tuple[int, ...], bool]:
    """Steps that a program's buffers hold, one an axis, and whether that is a single step where it could be sequences.

    They would take more than a quarter of the RAM (bytes; 0 for no bounds) otherwise. Whoever flashes a program and
    whoever talks to it ask here alike.
    """
    lengths = generated.lengths
    if not (ram and generated.causal and len(generated.axes) == 1):
        return lengths, False
    ports = (*generated.inputs, *generated.outputs)
    sizes = [port.format.size * port.frame * (1 if port.axis is None else lengths[port.axis]) for port in ports]
    by_steps = sum(sizes) > ram // 4
    return ((1,) if by_steps else lengths), by_steps
