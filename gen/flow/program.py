"""A graph as a program: the library's files, and the lengths of the buffers around it."""

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


def program(model: Model, plan: Plan, graph: Graph | None = None, observed: Observations | None = None) -> Generated:
    """The library's files.

    Args:
        graph: the model's prepared graph, if known.
        observed: calibrated values of the file, if known.
    """
    return written(model, plan, placed(model, plan, graph or prepare(model, plan.settings, plan.numeric, observed)))


def placed(model: Model, plan: Plan, graph: Graph) -> Program:
    """The graph with an order and places in memory: the same for every board of a backend. On this machine, time along
    one axis matters more than memory."""
    settings, carry, board = plan.settings, plan.settings.carry_state is not None, not plan.target.is_host
    if note := renamed(model, plan):
        graph = replace(graph, notes=(*graph.notes, note))
    ports = ArenaPorts(settings.own_inputs, settings.own_outputs)
    capacity, rows = settings.max_steps, not plan.python
    return passes.compile_graph(graph, capacity, settings.stream, settings.hop, carry, rows, ports, board)


def written(model: Model, plan: Plan, compiled: Program) -> Generated:
    """The library's files, from a graph that has places."""
    settings, board = plan.settings, plan.target
    source = model.reading.source
    keras = f"{source.generation} ({source.keras_version})" if source.keras_version else source.generation
    origin = Origin(model.path.name, source.sha256, keras, source.weights_id)
    name = requested_name(model, settings)
    if plan.python:
        arch = board.micropython.arch if board.micropython and settings.asm else ""
        module = micropython.Options(micropython.module_identifier(name), board.name, plan.numeric, arch)
        generated = micropython.generate(compiled, origin, module, __version__)
    else:
        options = Options(
            model_identifier(name),
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


def requested_name(model: Model, settings: Settings) -> str:
    """The model's name in the settings, or that of its file."""
    return settings.name or model.path.name.split(".")[0]


def renamed(model: Model, plan: Plan) -> str:
    """A note with the reason if the model cannot have the requested name, and its name instead; empty if it can."""
    requested = identifier(requested_name(model, plan.settings), "model").rstrip("_")
    name, language = (
        (micropython.module_identifier(requested), "Python or MicroPython")
        if plan.python
        else (model_identifier(requested), owner(requested))
    )
    note = f"the model is called {name} here"
    if name.rstrip("_") != requested:
        return f"{note}: {requested} is a name of {language}"
    return f"{note}: names are of small letters, digits and _" if plan.settings.name not in (None, name) else ""


def buffers(generated: Generated, ram: int) -> tuple[tuple[int, ...], bool]:
    """Steps of a program's buffers per axis, and whether they hold a single step in place of sequences.

    They hold a single step if sequences would take more than a quarter of the RAM (bytes; 0 for no bounds). The program
    on a device and the program that talks to it both follow this.
    """
    lengths = generated.lengths
    both = generated.graph.stateful and generated.restarts  # a call goes on from some values and sets others to zero
    if both or not (ram and generated.causal and len(generated.axes) == 1):
        return lengths, False
    ports = (*generated.inputs, *generated.outputs)
    sizes = [port.format.size * port.frame * (1 if port.axis is None else lengths[port.axis]) for port in ports]
    by_steps = sum(sizes) > ram // 4
    return ((1,) if by_steps else lengths), by_steps
