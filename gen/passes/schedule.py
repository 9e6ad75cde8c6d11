"""The order of all computations: loops over time, and the work between them.

Work is divided into levels. Level n first runs its loops, one for each time axis, then the nodes that need whole
sequences or final states. A node that reads a sequence forward joins the loop that writes it, so only one frame is
stored. A node that reads it reversed, or that starts from a final state, waits for the next level. Nodes move to the
latest loop that still serves all their readers, so that the forward half of a Bidirectional runs in the same loop as
its readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.graph import Graph, Node
from ..core.op import Shape, View
from .axes import Axes, Axis, find_axes, is_view
from .stream_facts import Streaming

BEFORE = -1
"""The level of the values that exist before the first loop: model inputs."""


@dataclass(frozen=True)
class Access:
    """A loop's access to a tensor: the stored tensor, and the stride of a step (1, -1 from the end, 0)."""

    tensor: int
    stride: int


@dataclass(frozen=True)
class Stage:
    """A loop over a time axis, or (axis None) work that is done once."""

    index: int
    axis: Axis | None
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Schedule:
    """The stages in order, and the accesses of their nodes."""

    graph: Graph
    axes: Axes
    stages: tuple[Stage, ...]
    access: Mapping[int, Access]
    """By tensor, the stored tensor behind its views."""
    stage_of: Mapping[str, int]
    """Node name -> index of its stage."""
    stream: Streaming | None = None
    """The facts of a causal stream, if it is one."""

    @property
    def source(self) -> Graph:
        """The graph on whole sequences."""
        return self.stream.source if self.stream else self.graph

    def cores(self, node: Node) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
        """Core shapes of a node's inputs and outputs as its function sees them."""
        if self.stream is not None and node.name in self.stream.windows:
            window = self.stream.windows[node.name]
            return window.ins, window.outs
        ins, outs = (tuple(self.graph.core(node, t) for t in side) for side in (node.inputs, node.outputs))
        return ins, outs

    def by_rows(self, node: Node) -> bool:
        """Whether the node calls its function for single steps, with pointers to its input frames."""
        return self.stream is not None and node.name in self.stream.windows

    @property
    def causal(self) -> bool:
        """Whether one call can advance the model by one time step, so that its outputs are those of the steps so
        far."""
        if self.stream is not None:
            return self.stream.clock.steady
        loops = [stage for stage in self.stages if stage.axis]
        if len(loops) > 1:
            return False
        timed = set(self.axes.of)
        for node in (node for stage in loops for node in stage.nodes):
            if node.op.carry is not None and node.op.carry.initial and node.lead == 0:
                return False
            for tensor in timed.intersection(node.inputs):
                access = self.access[tensor]
                if access.stride != 1 or self.axes.of.get(access.tensor) is not self.axes.of[tensor]:
                    return False
        once = [node for stage in self.stages if not stage.axis for node in stage.nodes]
        # Work outside loops must neither read nor write a sequence: a step would then have to walk the whole sequence.
        return not any(self.access[tensor].tensor in timed for node in once for tensor in (*node.inputs, *node.outputs))

    @property
    def restarts(self) -> bool:
        """Whether a call first sets to zero what its steps go on from: states of cells that are not stateful, frames of
        earlier steps, or the output that a masked step repeats."""
        windows = self.stream.windows.values() if self.stream is not None else ()
        carries = [node.op.carry for node in self.graph.nodes if node.op.carry is not None and node.lead == 0]
        repeats = any(carry.output is not None and carry.masked_output == "previous" for carry in carries)
        return repeats or any(window.reach for window in windows) or not all(carry.stateful for carry in carries)


def make_schedule(graph: Graph) -> Schedule:
    """Order a lowered graph into stages."""
    return _Scheduler(graph).run()


class _Scheduler:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.axes = find_axes(graph)
        self.producer = graph.producer()
        self.consumers = graph.consumers()
        self.access = {tensor.id: self._resolve(tensor.id) for tensor in graph.tensors}
        self.nodes = [node for node in graph.nodes if not self._is_view(node)]
        self.level: dict[str, int] = {}

    def _is_view(self, node: Node) -> bool:
        return node.op.view is View.SAME or (is_view(node) and node.outputs[0] in self.axes.of)

    def _resolve(self, tensor: int) -> Access:
        node = self.producer.get(tensor)
        if node is None or not self._is_view(node):
            return Access(tensor, 1)
        below = self._resolve(node.inputs[0])
        assert node.op.view is not None
        return Access(below.tensor, below.stride * node.op.view)

    def axis(self, node: Node) -> Axis | None:
        """The axis of the node's loop; None for work that is done once."""
        if node.lead == 0 and node.op.carry is None:
            return None
        return self.axes.of.get(node.outputs[0]) if node.lead else self.axes.of.get(node.inputs[0])

    def run(self) -> Schedule:
        for node in self.nodes:
            self.level[node.name] = self._earliest(node)
        for node in reversed(self.nodes):
            self.level[node.name] = max(self.level[node.name], self._latest(node))
        stages: list[Stage] = []
        for level in range(BEFORE, max(self.level.values(), default=BEFORE) + 1):
            of_level = [node for node in self.nodes if self.level[node.name] == level]
            for axis in self.axes.axes:
                loop = tuple(node for node in of_level if self.axis(node) is axis)
                if loop:
                    stages.append(Stage(len(stages), axis, loop))
            once = tuple(node for node in of_level if self.axis(node) is None)
            if once:
                stages.append(Stage(len(stages), None, once))
        stage_of = {node.name: stage.index for stage in stages for node in stage.nodes}
        return Schedule(self.graph, self.axes, tuple(stages), self.access, stage_of)

    def _delay(self, reader: Node, tensor: int) -> int:
        """Levels that must pass between writing a tensor and reading it: 1 if the reader cannot join the writer's
        loop."""
        access = self.access[tensor]
        maker = self.producer.get(access.tensor)
        if maker is None:
            # Model inputs exist before level 0; a loop has at least level 0.
            return 1 if self.axis(reader) else 0
        if self.axis(reader) is None:
            return 0
        # A view that is not walked itself (a flattened sequence) is read when it is complete.
        walked = access.tensor in self.axes.of and tensor in self.axes.of
        joins = self.axis(maker) is self.axis(reader) and access.stride == 1 and walked
        return 0 if joins else 1

    def _earliest(self, node: Node) -> int:
        levels = [BEFORE + 1 if self.axis(node) else BEFORE]
        for tensor in node.inputs:
            maker = self.producer.get(self.access[tensor].tensor)
            level = self.level[maker.name] if maker else BEFORE
            levels.append(level + self._delay(node, tensor))
        return max(levels)

    def _latest(self, node: Node) -> int:
        """The latest level that serves every reader; the present one if there is no reader."""
        levels = [
            self.level[reader.name] - self._delay(reader, tensor)
            for output in node.outputs
            for tensor, access in self.access.items()
            if access.tensor == output
            for reader in self.consumers[tensor]
            if not self._is_view(reader)
        ]
        return min(levels, default=self.level[node.name])
