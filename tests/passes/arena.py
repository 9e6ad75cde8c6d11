"""Plays a program that goes by rows on an arena of bytes, as the definitions of its ops say."""

from gatesmith.core.formats import Format
from gatesmith.core.graph import Node, count
from gatesmith.passes.memory import Program


class Bytes:
    """Plays a program as the C runs it, on an arena whose bytes remember what was written there last: which tensor,
    which row of it, and as what type."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.graph = program.schedule.graph
        self.access = program.schedule.access
        self.holds: dict[int, tuple[object, ...]] = {}
        self.types: dict[int, set[str]] = {}

    def play(self) -> None:
        for port in self.graph.inputs:
            for row in range(self.rows(port.tensor) if self.program.places[port.tensor].kind == "arena" else 0):
                self.holds |= dict(self.bytes(port.tensor, row))
        for stage in self.program.schedule.stages:
            grouped = {n.name: g for g in self.program.groups.get(stage.index, ()) for n in g.nodes}
            assert stage.axis is None or not grouped
            done: set[str] = set()
            for node in stage.nodes:
                group = grouped.get(node.name)
                if stage.axis is not None:
                    self.loop(node)
                elif group is None:
                    self.whole(node)
                elif node.name not in done:
                    done |= {n.name for n in group.nodes}
                    for tick in range(group.ticks):
                        for turn in group.turns:
                            since = tick - turn.delay
                            if since >= 0 and since % turn.every == 0 and since // turn.every < turn.turns:
                                self.row(turn.node, since // turn.every, turn.walk.folds)
        kinds = [kind - {"int8"} for kind in self.types.values()]
        assert all(len(kind) <= 1 for kind in kinds), "a byte is used as two types, neither of them int8"
        for port in self.graph.outputs:
            for at, value in (b for row in range(self.rows(port.tensor)) for b in self.bytes(port.tensor, row)):
                assert self.holds[at] == value, f"output {port.name}: byte {at} holds {self.holds[at]} at the end"

    def loop(self, node: Node) -> None:
        """A node of a loop finds whole what was made before the loop."""
        once = {t for stage in self.program.schedule.stages if not stage.axis for n in stage.nodes for t in n.outputs}
        for tensor in node.inputs:
            if self.access[tensor].tensor in once:
                read = [b for row in range(self.rows(tensor)) for b in self.bytes(tensor, row)]
                self.touch(node, read, [], False)

    def rows(self, tensor: int) -> int:
        """Rows of a tensor that are told apart."""
        shape = self.graph.shape(tensor)
        return shape[0] or 1 if len(shape) > 1 else 1

    def whole(self, node: Node) -> None:
        """Run a whole node, row by row if its function works by rows."""
        walk = node.op.row_walk(*(self.graph.core(node, t) for t in node.inputs)) if node.lead == 0 else None
        rows = self.rows(node.outputs[0])
        ordered = walk is not None and not walk.folds
        if rows > 1 and len(node.outputs) == 1 and node.op.carry is None and (node.lead or ordered):
            for row in range(rows):
                self.row(node, row, False)
        else:
            read = [b for t in node.inputs for r in range(self.rows(t)) for b in self.bytes(t, r)]
            results = [(t, r) for t in node.outputs for r in range(self.rows(t))]
            self.touch(node, read, results, node.op.in_place)

    def row(self, node: Node, row: int, fold: bool) -> None:
        """A row of a node's output, from what its definition says it sees."""
        core = [self.graph.core(node, t) for t in node.inputs]
        walk = node.op.row_walk(*core) if node.lead == 0 else None
        read = []
        for tensor in node.inputs:
            rows = [row]
            if walk is not None and not fold:
                rows = [row * walk.stride + k * walk.dilation - walk.left for k in range(walk.kernel)]
            read += [b for r in rows if 0 <= r < self.rows(tensor) for b in self.bytes(tensor, r)]
        (out,) = node.outputs
        if fold and row:
            read += self.bytes(out, 0)
        self.touch(node, read, [(out, 0 if fold else row)], node.op.in_place)

    def touch(self, node: Node, read: list[tuple[int, object]], results: list[tuple[int, int]], over: bool) -> None:
        for at, value in read:
            assert self.holds.get(at) == value, f"{node.name} reads {value}; byte {at} holds {self.holds.get(at)}"
        reads = {at for at, _ in read}
        scratch = {
            at
            for place in self.program.scratch.get(node.name, ())
            for at in range(self.start(place.index, place.dtype), self.start(place.index + place.size, place.dtype))
        }
        assert not scratch & reads, f"{node.name}: scratch lies on what it reads"
        for place in self.program.scratch.get(node.name, ()):
            for at in range(self.start(place.index, place.dtype), self.start(place.index + place.size, place.dtype)):
                self.types.setdefault(at, set()).add(place.dtype)
        written: list[tuple[int, tuple[object, ...]]] = []
        for tensor, row in results:
            written += [(at, value) for at, value in self.bytes(tensor, row)]
        targets = {at for at, _ in written}
        assert not scratch & targets, f"{node.name}: scratch lies on what it makes"
        both = targets & reads
        if both:
            assert over or {v for at, v in read if at in both} <= {v for _, v in written}, f"{node.name} over its input"
            if over:
                self.one_by_one(node, dict(written), read, both)
        for at in scratch:
            self.holds[at] = ("scratch",)
        for at, value in written:
            assert 0 <= at < self.program.bytes
            self.holds[at] = value
            self.types.setdefault(at, set()).add(self.graph.tensor(int(str(value[0]))).format.dtype)

    def one_by_one(
        self, node: Node, written: dict[int, tuple[object, ...]], read: list[tuple[int, object]], both: set[int]
    ) -> None:
        """Where an output lies on an input, value k lies on value k."""
        assert len(both) == len(written), f"{node.name}: partly over an input"
        places = {at: value for at, value in read if at in both}
        for at, value in written.items():
            assert places[at][2:] == value[2:], f"{node.name}: byte {at} of {value} on {places[at]}"  # type: ignore[index]

    def start(self, index: int, dtype: str) -> int:
        return index * Format(dtype).size

    def bytes(self, alias: int, row: int) -> list[tuple[int, tuple[object, ...]]]:
        """The bytes of one row of a tensor (in a view's shape), each with the value that it should hold."""
        tensor = self.access[alias].tensor
        place = self.program.places[tensor]
        if place.kind != "arena":
            return []
        shape = self.graph.shape(alias)
        width = Format(place.dtype).size
        size = count(shape) // self.rows(alias) * width
        base, span = self.start(place.index, place.dtype), count(self.graph.shape(tensor)) // self.rows(tensor) * width
        cells = []
        for k in range(row * size, (row + 1) * size):
            inner, rest = divmod(k, span)
            at = base + (inner % place.ring if place.ring else inner) * span + rest
            cells.append((at, (tensor, inner, rest)))
        return cells
