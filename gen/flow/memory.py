"""The plan of a model's working memory, computed from its file without running it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import passes
from ..core.errors import UsageError
from ..core.graph import Port, count
from ..core.settings import Settings
from ..importers.reading import FileOrModel, load
from ..passes.memory import Program
from ..passes.packing import Item
from ..passes.places import ArenaPorts
from ..quantization.sized import sized
from .plan import plan
from .reports import Allocation, MemoryReport


def memory(model: FileOrModel, settings: Settings) -> MemoryReport:
    """Plan a model's memory in the settings' numeric type.

    Raises:
        GatesmithError: the file or the settings are refused, or the model has no such form.
    """
    # Sizes follow from shapes: values of calibration data are not read.
    settings = replace(settings, calibration=settings.calibration or "synthetic")
    numeric = plan(settings).numeric
    model = load(model, settings)
    graph = sized(model, numeric, settings)
    ports = ArenaPorts(settings.own_inputs, settings.own_outputs)
    program = passes.compile_graph(graph, settings.max_steps, by_rows=True, arena_ports=ports)
    if program.schedule.stream is not None:
        raise UsageError(
            "this model streams, because its length is open: no memory plan", fix="gatesmith inspect --stream MODEL"
        )
    return _layout(program, str(model.path), numeric.name)


def _layout(program: Program, file: str, numeric: str) -> MemoryReport:
    """The memory plan of a program that goes by rows."""
    graph, schedule = program.schedule.graph, program.schedule
    nodes = {node.name: node for stage in schedule.stages for node in stage.nodes}
    maker = {tensor: node.layer for node in nodes.values() for tensor in node.outputs}
    inputs = {port.tensor: port.name for port in graph.inputs}
    last: dict[int, str] = {}
    for node in nodes.values():
        last |= {schedule.access[tensor].tensor: node.layer for tensor in node.inputs}

    def one(item: Item) -> Allocation:
        places = 1 if len(item.at) == 1 else item.size // item.length
        if isinstance(item.what, str):
            layer, role, until = nodes[item.what].layer, "scratch", ""
            rows = places = 1
        else:
            layer = inputs.get(item.what) or maker[item.what]
            role, until, rows = ("input" if item.what in inputs else "output"), last.get(item.what, ""), len(item.at)
        return Allocation(layer, role, item.dtype, item.offset, item.size, rows, places, item.first, item.last, until)

    return MemoryReport(
        file=file,
        numeric=numeric,
        arena=program.bytes,
        states=sum(s.size * s.format.size for n in nodes.values() if n.op.carry for s in n.op.carry.members),
        inputs=_bytes_outside(program, graph.inputs),
        outputs=_bytes_outside(program, graph.outputs),
        moments=max((item.last for item in program.items), default=0) + 1,
        groups=tuple(
            tuple(dict.fromkeys(n.layer for n in g.nodes)) for groups in program.groups.values() for g in groups
        ),
        held=tuple(sorted(map(one, program.items), key=lambda one: (one.first, one.offset))),
    )


def _bytes_outside(program: Program, ports: Sequence[Port]) -> int:
    """Bytes of a sample's ports outside the arena."""
    graph, schedule, total = program.schedule.graph, program.schedule, 0
    for tensor in (port.tensor for port in ports):
        if program.places[schedule.access[tensor].tensor].kind != "arena":
            shape, form = graph.shape(tensor), graph.tensor(tensor).format
            total += count([n or 1 for n in shape[1 if tensor in schedule.axes.of else 0 :]]) * form.size
    return total
