"""The role of each node in a causal stream, one after the other; :mod:`.streaming` defines the roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..core.graph import Graph, Node, Port, Shape, Tensor, count, known
from ..core.op import Carry, Op, View, Walk
from ..layers.copy import Copy
from ..layers.reshape import Reshape
from .lower import root
from .stream_facts import MAX_STEPS, Clock, FrameBuffer, Queue, Role, Streaming, Window, ends, sequences


class Analysis:
    """The analysis of a graph as a stream.

    Args:
        hop, carry: as in :func:`gatesmith.passes.streaming.streaming`.
        along: the number of first nodes that stream although they pad, for windows.
    """

    def __init__(self, graph: Graph, hop: int | None, along: int, carry: bool) -> None:
        self.graph = graph
        self.hop = hop
        self.along = {node.name for node in graph.nodes[:along]}
        self.carry = carry
        self.tensors = list(graph.tensors)
        self.ports = list(graph.outputs)
        self.producer = graph.producer()
        self.consumers = graph.consumers()
        self.clocks = {tensor: Clock() for tensor in sequences(graph)}
        self.windows: dict[str, Window] = {}
        self.queues: dict[str, tuple[Queue, ...]] = {}
        self.frame_buffers: dict[int, FrameBuffer] = {}
        """Frame buffers by tensor."""
        self.blurred: set[int] = set()
        """Tensors whose frames depend on the start or end of the sequence: those after padding and cells."""
        self.nodes: list[Node] = []
        self.lines: list[Role] = []
        self.lost: set[int] = set()
        """Tensors after a layer that was refused."""

    def run(self) -> None:
        """Analyze all nodes; ``lines`` then has their roles."""
        lengths = {self.graph.shape(tensor)[0] for tensor in self.clocks}
        if len(lengths) > 1 and self.graph.nodes:
            lengths_text = " and ".join("open" if n is None else str(n) for n in lengths)
            why = f"the inputs' lengths differ ({lengths_text}), and a step takes a frame of each"
            self.lines.append(Role(self.graph.nodes[0], why=why, fix="give all of them as many steps"))
            self.lost.update(t.id for t in self.graph.tensors)
        for node in self.graph.nodes:
            if self.lost.intersection(node.inputs):
                self.lost.update(node.outputs)
                self.lines.append(Role(node))
                continue
            self.lines.append(line := self._node(node))
            if line.why:
                self.lost.update(node.outputs)
            elif self.blurred.intersection(node.inputs) or line.role == "cell" or padded(node):
                self.blurred.update(node.outputs)
        if not self.lost:
            self._outputs()

    @property
    def refused(self) -> bool:
        """Whether a layer cannot stream."""
        return any(line.why for line in self.lines)

    def result(self) -> Streaming:
        """The graph of one step, in which tensors on the time axis have the shape of one frame."""
        tensors = tuple(replace(t, shape=(1, *t.shape[1:])) if t.id in self.clocks else t for t in self.tensors)
        return Streaming(
            source=self.graph,
            graph=replace(self.graph, tensors=tensors, nodes=tuple(self.nodes), outputs=tuple(self.ports)),
            clocks=self.clocks,
            windows=self.windows,
            queues=self.queues,
            frame_buffers=tuple(self.frame_buffers.values()),
            lines=tuple(self.lines),
            frames_replayed_at_window_start=self._frames_replayed(),
            frames_recomputed=self._frames_recomputed(),
        )

    def _frames_replayed(self) -> int:
        """A window's first steps to run again, until all frames that padding before it affects are computed."""
        padded = [buffer for buffer in self.frame_buffers.values() if buffer.before]
        return max((b.given.first + (b.before - 1) * b.given.stride + 1 for b in padded), default=0)

    def _frames_recomputed(self) -> dict[str, int]:
        """By node on the time axis, the frames that every window recomputes at its start and at its end."""
        if not any(buffer.has_edge_frames for buffer in self.frame_buffers.values()):
            return {}
        steps, frames = self._frames_replayed(), {}
        for node in self.nodes:
            tensor = node.outputs[0]
            if (clock := self.clocks.get(tensor)) is not None:
                frames[node.name] = max(clock.frames(steps), 0) + self._late_frames(tensor)
        return frames

    @property
    def _steps(self) -> int:
        """Steps of a window."""
        port = next(port for port in self.graph.inputs if port.tensor in self.clocks)
        return int(self.graph.shape(port.tensor)[0] or 0)

    def _came(self, tensor: int) -> int:
        """Frames of a window that are ready after its last step."""
        return self.clocks[tensor].frames(self._steps)

    def _late_frames(self, tensor: int) -> int:
        """Frames of a window that only ``finish`` gives."""
        return int(self.graph.shape(tensor)[0] or 0) - self._came(tensor)

    def _outputs(self) -> None:
        """Check that all output sequences have one clock; a frame buffer that is an output is copied."""
        if self.hop is not None:
            for index, port in enumerate(self.ports):
                if port.tensor not in self.clocks:
                    continue
                if (odd := self._odd(port.tensor)) is not None:
                    self.lines.append(_refused(self.producer[port.tensor], *odd))
                    return
                self.ports[index] = Port(port.name, self._whole_of(port.tensor))
            self._inputs()
        self._copies()
        clocks = {self.clocks[port.tensor] for port in self.ports if port.tensor in self.clocks}
        timed = [self.producer[port.tensor] for port in self.ports if port.tensor in self.clocks]
        if len(clocks) > 1 or (clocks and self.frame_buffers):
            why = "the model's outputs come at different steps"
            self.lines.append(Role(timed[0], why=why, fix="make a model for each output"))
        elif self.nodes and not (clocks or self.frame_buffers or any(map(ends, self.nodes))):
            why = "no output depends on a sequence"
            self.lines.append(Role(self.nodes[0], why=why, fix="give the model an input of (steps, values)"))

    def _inputs(self) -> None:
        """Buffer the inputs for edge frames: the first steps to run again, or the last one to know a window's end."""
        if not any(one.has_edge_frames for one in self.frame_buffers.values()):
            return
        if cells := [line.node for line in self.lines if line.role == "cell"]:
            why = "its states go on from window to window, and another branch begins anew in each"
            self.lines.append(Role(cells[0], why=why, fix="--stream, which lets all go on"))
        for port in self.graph.inputs:
            if port.tensor in self.clocks and port.tensor not in self.frame_buffers:
                self._whole_of(port.tensor, 0 if self._frames_replayed() else 1)

    def _copies(self) -> None:
        wholes = {buffer.whole for buffer in self.frame_buffers.values()}
        for node in self.nodes:
            if node.op.view is View.SAME and node.inputs[0] in wholes:
                wholes.update(node.outputs)
        for index, port in enumerate(self.ports):
            if port.tensor in wholes:
                copied = self._tensor(f"{port.name}_copy", self.tensors[port.tensor].shape, port.tensor)
                self.nodes.append(Node(f"{port.name}_copy", port.name, Copy(), (port.tensor,), (copied,)))
                self.ports[index] = Port(port.name, copied)

    def _node(self, node: Node) -> Role:
        """The node's role; a node that can stream is stored as a step computes it."""
        timed = [t for t in node.inputs if t in self.clocks]
        if not timed:
            if node.op.carry is not None and node.lead == 0:
                return _refused(node, RESTARTS, GO_ON)
            if self.hop is None and self.frame_buffers and node.op.whole:
                return _refused(node, node.op.whole, WINDOWS)
            self.nodes.append(node)
            return Role(node, "whole" if self.frame_buffers else "once")
        if any(not known(self.graph.shape(t)[1:]) for t in (*timed, *node.outputs)):
            return _refused(node, "more than the number of steps is open", "fix the other axes of the input")
        if self.hop is not None and ((padded(node) and not self._along(node)) or len(timed) < len(node.inputs)):
            return self._whole(node, timed)
        if node.op.view is View.SAME:
            return self._view(node)
        if node.op.view is not None:
            return _refused(node, "it goes from the last step to the first, or over the sequence again and again")
        if node.lead:
            return self._merge(node, timed)
        if node.op.carry is not None:
            return self._cell(node, timed)
        if len(node.inputs) == 1 and node.op.by_rows is not None:
            return self._window(node, node.op.by_rows)
        running = node.op.running(*(self.graph.core(node, t) for t in node.inputs))
        if running is not None and self.hop is None:
            return self._running(node, running)
        return self._whole(node, timed)

    def _along(self, node: Node) -> bool:
        """Whether a node that pads streams along with the windows."""
        walk = node.op.walk
        return node.name in self.along and walk is not None and min(walk.padding) >= 0

    def _clean(self, node: Node, clock: Clock) -> bool:
        """Whether some frames of a node's output, after the dirty ones, depend on no padding of a window."""
        if self.hop is None or clock.dirty == 0:
            return True
        return clock.dirty < clock.frames(self._steps) <= int(self.graph.shape(node.outputs[0])[0] or 0)

    def _whole(self, node: Node, timed: Sequence[int]) -> Role:
        """A node that needs the last frames at once, and computes each output from scratch."""
        why = node.op.whole or "it sees the sequence as a whole"
        if self.hop is None and node.op.whole:
            return _refused(node, why, WINDOWS)
        if self.hop is None and self.blurred.intersection(timed):
            return _refused(node, f"{why}, and what lies behind padding or a cell depends on where it begins", WINDOWS)
        if node.op.carry is not None:
            return _refused(node, RESTARTS, GO_ON)
        if any(self.graph.shape(t)[0] is None for t in timed):
            return _refused(node, f"{why}, whose length is open", "fix it by --length STEPS")
        if (longest := max(int(self.graph.shape(t)[0] or 0) for t in timed)) > MAX_STEPS or (self.hop or 0) > MAX_STEPS:
            return _refused(node, f"it sees {longest:,} steps at once; at most {MAX_STEPS:,} are kept")
        if (odd := self._odd(*timed)) is not None:
            return _refused(node, *odd)
        inputs = tuple(self._whole_of(t) if t in self.clocks else t for t in node.inputs)
        self.nodes.append(replace(node, inputs=inputs))
        buffers = [self.frame_buffers[t] for t in dict.fromkeys(timed)]
        return Role(node, "whole", _sizes(buffers), max((b.clock for b in buffers), key=lambda clock: clock.first))

    def _odd(self, *tensors: int) -> tuple[str, str] | None:
        """The reason and the remedy if windows begin between frames of a tensor; None if they do not."""
        strides = (self.clocks[tensor].stride for tensor in tensors)
        odd = next((stride for stride in strides if self.hop is not None and self.hop % stride), None)
        return None if odd is None else (f"it has a frame for every {odd} steps", f"take a hop that {odd} divides")

    def _whole_of(self, tensor: int, last: int = 0) -> int:
        """The tensor of a window's frames, or of its ``last`` ones."""
        if tensor not in self.frame_buffers:
            shape, clock = self.tensors[tensor].shape, self.clocks[tensor]
            frames, size = int(shape[0] or 0), count(shape[1:])
            hop, before, after = 1, 0, 0
            if self.hop is not None:
                hop, before, after = self.hop // clock.stride, clock.dirty, frames - self._came(tensor)
            skip = frames - last if last else 0
            whole = self._tensor(f"{self.tensors[tensor].name}_frames", (last or frames, *shape[1:]), tensor)
            self.frame_buffers[tensor] = FrameBuffer(
                tensor, whole, frames - after - skip, size, hop, clock, before, after if after > 0 else 0, skip
            )
        return self.frame_buffers[tensor].whole

    def _view(self, node: Node) -> Role:
        before, after = (self.graph.shape(t) for t in (node.inputs[0], node.outputs[0]))
        inner = self.graph.shape(node.inputs[0])[node.lead :]
        if node.lead == 0 and (len(after) < 2 or before[0] != after[0] or not inner):
            return self._whole(node, node.inputs)
        source = node.inputs[0]
        self._keep(node, self.clocks[source])
        return Role(node, "frame", clock=self.clocks[source])

    def _merge(self, node: Node, timed: Sequence[int]) -> Role:
        if len(timed) < len(node.inputs):
            return _refused(node, "one of its inputs has no steps")
        clocks = [self.clocks[t] for t in timed]
        if len({clock.stride for clock in clocks}) > 1:
            return _refused(node, "its inputs tick differently", "give both branches the same strides")
        latest = max(clocks, key=lambda clock: clock.first)
        early = [t for t in dict.fromkeys(timed) if self.clocks[t].first < latest.first]
        frames = [self.clocks[t].frames(latest.first + 1) for t in early]
        waiting = [Queue(t, n, count(self.graph.shape(t)[1:])) for t, n in zip(early, frames, strict=True)]
        if (longest := max(frames, default=0)) > MAX_STEPS:
            return _refused(node, f"an input waits {longest:,} steps for another; at most {MAX_STEPS:,} are kept")
        if waiting:
            self.queues[node.name] = tuple(waiting)
        clock = replace(latest, lag=max(one.lag for one in clocks), dirty=max(one.dirty for one in clocks))
        if not self._clean(node, clock):
            self.queues.pop(node.name, None)
            return self._whole(node, timed)
        self._keep(node, clock)
        return Role(node, "merge" if len(set(timed)) > 1 else "frame", _sizes(waiting), clock)

    def _cell(self, node: Node, timed: Sequence[int]) -> Role:
        carry, walk = node.op.carry, node.op.walk
        assert carry is not None
        if self.hop is not None and not self.carry:
            return _refused(node, RESTARTS, GO_ON)
        if carry.initial:
            return _refused(node, "its states start from another layer's last step")
        if walk is not None and not walk.stepwise:
            return _refused(node, "it needs steps that are still to come")
        if len({self.clocks[t] for t in timed}) > 1:
            return _refused(node, "its inputs tick differently")
        self.clocks[node.outputs[0]] = clock = replace(self.clocks[timed[0]], dirty=0)
        if self.hop is None:
            self.nodes.append(node)
        elif (odd := self._odd(timed[0])) is not None:
            return _refused(node, *odd)
        elif self._late_frames(timed[0]):
            return _refused(node, "padding behind each window decides the last steps that it sees", ALONG)
        elif not self._carried(node, carry):
            return _refused(node, "more than its output is used of its states", ALONG)
        return _cell_line(node, carry, clock)

    def _carried(self, node: Node, carry: Carry) -> bool:
        """Let a cell's states go on, with its last output in place of its last state. Whether that is possible."""
        sequence, *finals = node.outputs
        states = [self._tensor(f"{self.graph.tensor(t).name}_now", self.graph.shape(t), t) for t in finals]
        self.nodes.append(replace(node, outputs=(sequence, *states)))
        ports = {port.tensor for port in self.graph.outputs}
        for tensor, state in zip(finals, carry.finals, strict=True):
            if tensor not in ports and not self.consumers[tensor]:
                continue
            same = self.graph.tensor(tensor).format == self.graph.tensor(sequence).format
            shown = state == (carry.output or carry.states[0])
            if carry.mask is not None or not shown or not same or self.consumers[sequence] or sequence in ports:
                return False
            last = self._whole_of(sequence, 1)
            view = Reshape(self.graph.shape(tensor))
            self.nodes.append(Node(f"{node.name}_last", node.layer, view, (last,), (tensor,)))
        return True

    def _window(self, node: Node, rows: Op) -> Role:
        source, walk = node.inputs[0], node.op.walk or Walk()
        length = self.graph.shape(source)[0]
        source_clock = self.clocks[source]
        window = Window(walk, count(self.graph.shape(source)[1:]), source_clock, (), ())
        if walk.stride > 1 and length is None and walk.padding not in ((0, 0), (window.reach, 0)):
            return _refused(node, "its padding depends on the length, which is open", "fix it by --length STEPS")
        if max(window.reach + 1, walk.stride) > MAX_STEPS:
            return _refused(node, f"its window reaches over {window.reach + 1:,} steps; at most {MAX_STEPS:,} are kept")
        if window.first < 1:
            more = walk.padding[0] - window.reach
            return _refused(node, f"{more} outputs are there before the first step", f"pad by at most {window.reach}")
        first = source_clock.first + (window.first - 1) * source_clock.stride
        lag, dirty = source_clock.lag + window.right * source_clock.stride, source_clock.dirty + walk.padding[0]
        clock = Clock(source_clock.stride * walk.stride, first, lag, -(-dirty // walk.stride))
        if not self._clean(node, clock):
            return self._whole(node, (source,))
        # The steps include those at which the function meets padding; a step's function computes just one output.
        steps = max(window.reach + 1, length or 0)
        outputs = (steps + sum(walk.padding) - window.reach - 1) // walk.stride + 1
        ins, outs = (self.graph.shape(t)[1:] for t in (source, node.outputs[0]))
        ins, outs = (frame if len(frame) > 1 else (1, *frame) for frame in (ins, outs))
        self.windows[node.name] = replace(window, ins=((steps, *ins),), outs=((outputs, *outs),))
        self._keep(replace(node, op=rows), clock)
        return Role(node, "window", (window.reach, window.reach * window.frame), clock)

    def _running(self, node: Node, running: Op) -> Role:
        source = node.inputs[0]
        clock = self.clocks[source]
        (output,) = node.outputs
        sequence, last = running.shapes(*(self.graph.shape(t) for t in node.inputs))
        so_far = self._tensor(f"{node.name}_so_far", sequence, output)
        self.clocks[so_far] = clock
        shown = output in {root(self.producer, port.tensor) for port in self.graph.outputs}
        final = self._tensor(f"{node.name}_last", last, output) if shown else output
        self.nodes.append(replace(node, op=running, outputs=(so_far, final)))
        if shown:
            self.nodes.append(Node(f"{node.name}_copy", node.layer, Copy(), (final,), (output,)))
        assert running.carry is not None
        return _cell_line(node, running.carry, clock)

    def _tensor(self, name: str, shape: Shape, like: int) -> int:
        tensor = Tensor(len(self.tensors), name, shape, self.tensors[like].format)
        self.tensors.append(tensor)
        return tensor.id

    def _keep(self, node: Node, clock: Clock) -> None:
        self.clocks |= dict.fromkeys(node.outputs, clock)
        self.nodes.append(node)


RESTARTS = "its states start anew in every window, so that each would compute all of its steps again"
GO_ON = "--stream or --carry-state let its states go on; without --window, NAME_HOP of NAME_push.h computes each anew"
ALONG = "--stream instead of windows"
WINDOWS = "compute windows instead: --window STEPS --hop STEPS"


def padded(node: Node) -> bool:
    """Whether frames of its output depend on the start or end of the sequence."""
    walk = node.op.walk
    return node.lead == 0 and walk is not None and any(walk.padding)


def _sizes(buffers: Sequence[FrameBuffer | Queue]) -> tuple[int, int]:
    """Frames and values that are stored from step to step."""
    return sum(buffer.frames for buffer in buffers), sum(buffer.frames * buffer.frame for buffer in buffers)


def _cell_line(node: Node, carry: Carry, clock: Clock) -> Role:
    return Role(node, "cell", (1, sum(state.size for state in carry.members)), clock)


def _refused(node: Node, why: str, fix: str = "") -> Role:
    return Role(node, why=why, fix=fix or "use run, on whole sequences")
