"""What ops say of themselves is so: traits of every op of random graphs, held against what the op computes."""

import random
from collections.abc import Iterator
from functools import cache

import numpy as np
from graphs import integers_of, random_graph

from gatesmith.core.graph import Array, Graph, Node
from gatesmith.core.op import Inside, View
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

SEEDS = range(80)
STEPS = 5


class Watching(Reference):
    """Records each node's inputs."""

    def __init__(self, graph: Graph, dtype: type) -> None:
        super().__init__(graph, dtype)
        self.calls: list[tuple[Node, list[Array]]] = []

    def _apply(self, node: Node, cores: list[Array]) -> list[Array]:  # type: ignore[override]
        self.calls.append((node, [np.array(core) for core in cores]))
        return list(super()._apply(node, cores))


def nodes() -> Iterator[tuple[Node, list[Array]]]:
    """Float and int8 nodes with their inputs: three samples."""
    for seed in SEEDS:
        graph = fuse(random_graph(random.Random(seed).choice, seed))
        rng = np.random.default_rng(seed)
        shapes = [tuple(n or STEPS for n in graph.shape(port.tensor)) for port in graph.inputs]
        inputs = [rng.normal(0.0, 0.7, (3, *shape)).astype(np.float32) for shape in shapes]
        integers = integers_of(graph, "int8", *inputs)
        taken = [
            integers.tensor(port.tensor).format.quantize(x) for port, x in zip(integers.inputs, inputs, strict=True)
        ]
        for whole, fed, dtype in ((graph, inputs, np.float64), (integers, taken, np.int64)):
            watching = Watching(whole, dtype)
            watching.run(fed)
            yield from watching.calls


@cache
def everything() -> list[tuple[Node, list[Array]]]:
    return list(nodes())


def those(trait: str) -> list[tuple[Node, list[Array]]]:
    calls = [(node, inputs) for node, inputs in everything() if getattr(node.op, trait)]
    assert calls, f"no op of the random graphs has {trait}"
    return calls


def changed(x: Array, index: tuple[int, ...]) -> Array:
    other = x.copy()
    other[index] += 3
    return other


def test_every_value_of_an_op_in_place_depends_on_its_own_alone() -> None:
    kinds = set()
    for node, inputs in those("in_place"):
        (before,) = node.op.apply(*inputs)
        for position, x in enumerate(inputs):
            if x.shape != before.shape:
                continue
            kinds.add(node.op.kind)
            for flat in range(min(x[0].size, 8)):
                index = (0, *np.unravel_index(flat, x.shape[1:]))
                (after,) = node.op.apply(*inputs[:position], changed(x, index), *inputs[position + 1 :])
                same = before == after
                same[index] = True
                assert same.all(), node.op.kind
    assert {"activation", "merge", "normalize", "prelu", "integer_sum", "integer_table"} <= kinds


def test_what_moves_values_makes_none() -> None:
    for node, inputs in those("moves"):
        assert np.isin(node.op.apply(*inputs)[0], inputs[0]).all(), node.op.kind


def test_a_view_is_its_input_read_otherwise() -> None:
    seen = set()
    for node, inputs in everything():
        if node.op.view is None:
            continue
        seen.add(node.op.view)
        (y,) = node.op.apply(*inputs)
        if node.op.view is View.SAME:
            assert (y.reshape(-1) == inputs[0].reshape(-1)).all()
            continue
        count = y.shape[1]
        first = 0 if node.op.view >= 0 else count - 1
        for t in range(count):
            frame = inputs[0] if node.op.view is View.REPEATED else inputs[0][:, first + node.op.view * t]
            assert (y[:, t] == frame).all()
    assert seen == set(View)


def test_shares_lie_between_0_and_1() -> None:
    for node, inputs in those("shares"):
        (y,) = node.op.apply(*inputs)
        assert y.dtype.kind == "i" or (y.min() >= 0 and y.max() <= 1), node.op.kind


class Observed(Inside):
    def __init__(self) -> None:
        self.states: dict[str, Array] = {}

    def value(self, name: str, values: Array) -> None:
        assert values.size, name

    def state(self, name: str, values: Array) -> None:
        self.states[name] = values

    def vectors(self, name: str, values: Array) -> None:
        assert values.shape[-1] > 0, name


def test_a_carried_state_is_what_each_step_leaves() -> None:
    """Half of a sequence, and the other half from the states between, is the whole; outputs from the second on are the
    last values of the states that the op names, in the states' shapes."""
    for node, inputs in those("carry"):
        carry, walk = node.op.carry, node.op.walk
        assert carry is not None and walk is not None and walk.stepwise
        observed = Observed()
        whole, _ = node.op.observe(inputs, (), observed)
        for output, state in zip(whole[1:], carry.finals, strict=True):
            assert output.shape[1:] == state.shape, node.op.kind
            if state is not carry.output:
                np.testing.assert_array_equal(output, observed.states[state.name][:, -1])
        for state in carry.states:
            assert observed.states[state.name].shape == (len(inputs[0]), inputs[0].shape[1] + 1, *state.shape)
        half = inputs[0].shape[1] // 2
        if carry.initial or not half or carry.output:
            continue
        parts = [[x[:, :half] if k in walk.inputs else x for k, x in enumerate(inputs)]]
        parts.append([x[:, half:] if k in walk.inputs else x for k, x in enumerate(inputs)])
        between = tuple(observed.states[state.name][:, half] for state in carry.states)
        first, second = node.op.run(parts[0])[0][0], node.op.run(parts[1], between)[0][0]
        np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole[0], atol=1e-12)


def test_masks_and_indices_are_inputs() -> None:
    for node, inputs in those("raw"):
        for position, form in node.op.raw.items():
            assert form.raw and inputs[position].shape[1:] in ((), inputs[0].shape[1:2]), node.op.kind
    for node, inputs in everything():
        assert all(0 <= position < len(inputs) for position in node.op.alike(len(inputs)))
