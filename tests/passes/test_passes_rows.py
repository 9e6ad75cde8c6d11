"""One arena of bytes, rows that come and go, layers that take turns: played byte by byte, and beside the definition."""

import ctypes
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from arena import Bytes
from everything import EVERYTHING
from graphs import Maker, integers_of, random_graph, sample
from images import Image, random_image
from test_c99_behaviour import compare
from test_traits import Watching
from toolchain import CHECKED, SCALAR, Library, build_all, compile, generate, same_bits, sample_of

from gatesmith import passes
from gatesmith.backends.base import Generated
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import Activation
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.pool import GlobalPool
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.passes.memory import candidates
from gatesmith.passes.packing import Item, pack, peak
from gatesmith.passes.places import ArenaPorts

IMAGES = range(120 if EVERYTHING else 30)
COMPILED = range(24 if EVERYTHING else 8)
STEPS = 4


def programs() -> list[tuple[str, Graph]]:
    return [(f"image {seed}", fuse(random_image(seed))) for seed in IMAGES]


def integers(graph: Graph, seed: int) -> Graph:
    """The graph in int8, by random data."""
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(0, 0.7, (2, *graph.shape(port.tensor))).astype(np.float32) for port in graph.inputs]
    return integers_of(graph, "int8", *inputs)


def test_rows_depend_on_the_rows_that_their_walk_names() -> None:
    kinds = set()
    for seed in range(30):
        graph = fuse(random_image(seed))
        watching = Watching(graph, np.float64)
        watching.run([x[None] for x in sample_of(graph, np.random.default_rng(seed))])
        for node, inputs in watching.calls:
            walk = node.op.row_walk(*(x.shape[1:] for x in inputs)) if node.lead == 0 else None
            if walk is None:
                continue
            kinds.add((node.op.kind, walk.call))
            (before,) = node.op.apply(*inputs)
            for row in range(inputs[0].shape[1]):
                other = inputs[0].copy()
                other[:, row] += 3
                (after,) = node.op.apply(other, *inputs[1:])
                if walk.folds:
                    assert row < walk.kernel or (before == after).all(), node.op.kind
                    continue
                for out in np.flatnonzero((before != after).reshape(*before.shape[:2], -1).any(axis=(0, 2))):
                    rows = [out * walk.stride + k * walk.dilation - walk.left for k in range(walk.kernel)]
                    assert row in rows, f"{node.op.kind}: row {out} is made of row {row}"
    assert {kind for kind, _ in kinds} == {"convolution", "depthwise", "pool", "global_pool"}
    assert {call for _, call in kinds} == {"", "frames", "pointers", "fold"}


def test_no_byte_that_is_needed_is_overwritten() -> None:
    grouped = rings = folds = over = 0
    for name, graph in programs():
        for whole in (graph, integers(graph, 0)):
            program = passes.compile_graph(whole, by_rows=True)
            Bytes(program).play()
            Bytes(passes.compile_graph(whole, by_rows=True, arena_ports=ArenaPorts(True, True))).play()
            groups = [group for listed in program.groups.values() for group in listed]
            grouped += len(groups)
            folds += any(turn.walk.folds for group in groups for turn in group.turns)
            rings += any(place.ring for place in program.places.values())
            over += program.bytes < passes.compile_graph(whole).bytes
            assert program.bytes >= peak(program.items), name
    assert min(grouped, rings, folds, over) >= len(IMAGES) // 4, (grouped, rings, folds, over)


def test_every_division_of_a_graph_is_right() -> None:
    """Not only the best: each that the planner weighs."""
    for seed in IMAGES:
        for program in candidates(passes.make_schedule(passes.lower(fuse(random_image(seed)))), 8):
            Bytes(program).play()


def test_recurrent_models_in_bytes() -> None:
    for seed in range(150):
        graph = random_graph(random.Random(seed).choice, seed)
        simple, packed = (passes.compile_graph(graph, STEPS, by_rows=rows) for rows in (False, True))
        assert packed.bytes <= simple.bytes + 4 * len(packed.items), f"seed {seed}"


def test_what_is_packed_computes_the_same(tmp_path: Path) -> None:
    graphs = {seed: fuse(random_image(seed)) for seed in COMPILED}
    compilers = ((False, "gcc", PLAIN), (True, "gcc", WATCHED), (True, "clang", FLAGS))
    built = [
        build_all(
            [generate(graph, "exact", f"image_{seed}", by_rows=rows) for seed, graph in graphs.items()],
            tmp_path / str(number),
            flags,
            compiler,
        )
        for number, (rows, compiler, flags) in enumerate(compilers)
    ]
    for (seed, graph), *libraries in zip(graphs.items(), *built, strict=True):
        inputs = sample_of(graph, np.random.default_rng(seed))
        answers = [library.run(inputs) for library in libraries]
        compare(graph, inputs, answers[1])
        assert same_bits(answers[1], answers[2]), f"seed {seed}"
        if not passes.compile_graph(graph, by_rows=True).turned:  # else windows of frames are summed frame by frame
            assert same_bits(answers[0], answers[1]), f"seed {seed}"


FLAGS = ("-O3", "-ffp-contract=off")
PLAIN = ("-O1", "-ffp-contract=off")
"""Of what others are compared with: its bits are the same at every level."""
WATCHED = (*CHECKED, "-ffp-contract=off", "-fno-sanitize-recover")


def test_ports_of_its_own_are_used_in_place_or_copied(tmp_path: Path) -> None:
    graphs = {seed: fuse(random_image(seed)) for seed in range(8)}
    # Not of a sequence, which a loop may read as it comes.
    graphs = {seed: graph for seed, graph in graphs.items() if not passes.compile_graph(graph).schedule.axes.axes}
    models = [generate(graph, "exact", f"image_{seed}") for seed, graph in graphs.items()]
    all_apart = build_all(models, tmp_path / "apart", PLAIN)
    for ports in (ArenaPorts(inputs=True), ArenaPorts(outputs=True), ArenaPorts(True, True)):
        ports_of_its_own(ports, graphs, all_apart, tmp_path / f"{ports.inputs} {ports.outputs}")


def ports_of_its_own(ports: ArenaPorts, graphs: dict[int, Graph], all_apart: list[Library], folder: Path) -> None:
    made_inside = [generate(graph, "exact", f"image_{seed}", arena_ports=ports) for seed, graph in graphs.items()]
    all_inside = build_all(made_inside, folder, FLAGS)
    offsets = offsets_of(made_inside, folder)
    shares = 0
    for (seed, graph), apart, inside in zip(graphs.items(), all_apart, all_inside, strict=True):
        model = inside.code
        (x,) = sample_of(graph, np.random.default_rng(seed))
        right = apart.run([x])
        assert same_bits(right, inside.run([x])), f"seed {seed}"
        state, y, theirs = inside.fresh(), np.zeros_like(right[0]), 0
        source, target = x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p)
        into, out = source, target
        (first,), (last,) = model.inputs, model.outputs
        assert (first.in_arena, last.in_arena) == (ports.inputs, ports.outputs)
        if ports.inputs:
            into = ctypes.c_void_p(state.state.ctypes.data + offsets[model.name, first.name])
            ctypes.memmove(into, source, x.nbytes)
            theirs += x.nbytes
        if ports.outputs:
            out = ctypes.c_void_p(state.state.ctypes.data + offsets[model.name, last.name])
            theirs += y.nbytes
        state.call("run", [into, out])
        ctypes.memmove(target, out, y.nbytes)
        assert same_bits(right, [y]), f"seed {seed}"
        shares += model.state_bytes < apart.code.state_bytes + theirs
    assert shares > 4


def test_outputs_of_its_own_of_recurrent_models(tmp_path: Path) -> None:
    """Outputs in the arena are right for sequences, states and several outputs."""
    graphs = {seed: random_graph(random.Random(seed).choice, seed) for seed in COMPILED}
    plain, in_arena = (
        build_all(
            [
                generate(graph, "exact", f"made_{seed}", capacity=STEPS, arena_ports=one)
                for seed, graph in graphs.items()
            ],
            tmp_path / name,
            flags,
        )
        for name, one, flags in (("plain", ArenaPorts(), PLAIN), ("own", ArenaPorts(outputs=True), FLAGS))
    )
    count = 0
    for (seed, graph), apart, inside in zip(graphs.items(), plain, in_arena, strict=True):
        inputs = sample(graph, np.random.default_rng(seed), STEPS)
        right, ours = (library.run(inputs) for library in (apart, inside))
        assert same_bits(right, ours), f"seed {seed}"
        count += sum(port.in_arena for port in inside.code.outputs)
    assert count > len(COMPILED) // 3


def offsets_of(every: list[Generated], folder: Path) -> dict[tuple[str, str], int]:
    """Offsets of the arena ports in each model's state, from its header."""
    ports = [(model.name, port.name) for model in every for port in (*model.inputs, *model.outputs) if port.in_arena]
    text = "".join(f'#include "{model.name}.h"\nstatic {model.name}_t s_{model.name};\n' for model in every)
    lines = "".join(f'printf("%d ", (int)((char *){n}_own_{p}(&s_{n}) - (char *)&s_{n}));\n' for n, p in ports)
    (folder / "where.c").write_text(f"#include <stdio.h>\n{text}int main(void) {{ {lines} return 0; }}\n")
    compile(["gcc", "-std=c99", folder / "where.c", "-o", folder / "where"])
    printed = subprocess.run([folder / "where"], capture_output=True, text=True, check=True).stdout
    return dict(zip(ports, map(int, printed.split()), strict=True))


def chain(*kinds: str) -> Graph:
    """A 32 x 8 image through 3 x 3 convolutions and what else is asked for."""
    image = Image(0, (2,))
    image.maker = Maker(image.choose, 0)
    image.x = image.maker.input("image", 32, 8, 4)
    around = (Window(3, 1, 1, 1, 1), Window(3, 1, 1, 1, 1))
    for kind in kinds:
        if kind == "conv":
            image.x = image.add(Convolution(image.maker.weights(36, 4), None, around), image.x)
        elif kind == "depthwise":
            image.x = image.add(DepthwiseConvolution(image.maker.weights(9, 4), None, around, 4), image.x)
        elif kind == "dense":
            image.x = image.add(Dense(image.maker.weights(4, 4), None), image.x, lead=2)
        else:
            image.x = image.add(Activation(Function("tanh")), image.x, lead=1)
    image.maker.output("answer", image.x)
    return image.maker.graph()


ROW = 8 * 4 * 4


@pytest.mark.parametrize(
    ("kinds", "rows"),
    [
        ("conv conv conv", 2 * 3),  # an output grows over the rows that were read
        ("conv tanh tanh tanh conv", 3),  # one by one lies in place
        ("conv depthwise dense depthwise", 3 + 1 + 3),  # of what is read at once no more is kept
    ],
)
def test_rows_that_are_kept(kinds: str, rows: int) -> None:
    """Of each tensor between two layers a row for each that a window still needs, no more."""
    assert passes.compile_graph(chain(*kinds.split()), by_rows=True).bytes == rows * ROW


def item(name: str, size: int, born: int, dead: int, dtype: str = "int8") -> Item:
    return Item(name, dtype, size, size, np.zeros(1, np.int64), np.array([born]), np.array([dead]))


def test_types_other_than_int8_share_no_byte() -> None:
    wide, floats = item("a", 8, 0, 1, "int16"), item("b", 8, 5, 6, "float32")
    assert pack([wide, floats]) == 16
    assert pack([wide, item("c", 8, 5, 6)]) == 8
    assert pack([wide, item("c", 8, 5, 6, "int16")]) == 8


def test_what_lives_at_the_same_time_lies_apart() -> None:
    chance = random.Random(0)
    for _ in range(50):
        items = []
        for k in range(12):
            born = chance.randrange(20)
            items.append(item(str(k), 4 * chance.randrange(1, 9), born, born + chance.randrange(6)))
        total = pack(items)
        assert peak(items) <= total <= sum(i.size for i in items)
        for i in items:
            for j in items:
                if i is not j and i.first <= j.last and j.first <= i.last:
                    assert i.offset + i.size <= j.offset or j.offset + j.size <= i.offset


def test_a_peak_counts_a_replaced_value_once() -> None:
    """A value replaced in place ends when its successor begins; any other value needs bytes of its own."""
    read, value = item("read", 8, 0, 1), item("made", 8, 1, 2)
    assert peak([read, value]) == 16
    value.over = frozenset({"read"})
    assert peak([read, value]) == peak([value, read]) == pack([read, value]) == 8


def test_integers_that_are_packed_are_the_definition(tmp_path: Path) -> None:
    graphs = {seed: integers(fuse(random_image(seed)), seed) for seed in COMPILED}
    models = [generate(graph, name=f"image_{seed}", layout=SCALAR, numeric="int8") for seed, graph in graphs.items()]
    for (seed, graph), library in zip(graphs.items(), build_all(models, tmp_path / "all", FLAGS), strict=True):
        rng = np.random.default_rng(seed)
        x = rng.integers(-128, 128, graph.shape(graph.inputs[0].tensor)).astype(np.int8)
        (right,) = Reference(graph, np.int64).run([x[None].astype(np.int64)])
        (y,) = library.run([x])
        assert (y == right[0]).all(), f"seed {seed}"


def mobile() -> Graph:
    """MobileNet 0.25 over 96 x 96 x 3, as MLPerf Tiny's visual wake words has it."""
    image = Image(0, (2,))
    image.maker = Maker(image.choose, 0)
    weights = image.maker.weights
    image.x = image.maker.input("image", 96, 96, 3)
    relu = Function("relu")

    def around(stride: int) -> tuple[Window, Window]:
        window = Window(3, stride, 1, 1 if stride == 1 else 0, 1)
        return window, window

    image.x = image.add(Convolution(weights(27, 8), weights(8), around(2), 1, relu), image.x)
    blocks = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]
    for filters, stride in blocks:
        channels = image.shape[-1]
        op = DepthwiseConvolution(weights(9, channels), weights(channels), around(stride), channels, relu)
        image.x = image.add(op, image.x)
        image.x = image.add(Dense(weights(channels, filters), weights(filters), relu), image.x, lead=2)
    image.x = image.add(GlobalPool("average"), image.x)
    image.x = image.add(Dense(weights(256, 2), weights(2)), image.x)
    image.maker.output("answer", image.x)
    return image.maker.graph()


def test_mobilenet_of_visual_wake_words_fits_38_kb() -> None:
    """Input and all; 73.7 KB of TensorFlow Lite Micro's planner."""
    graph = integers(fuse(mobile()), 0)
    program = passes.compile_graph(graph, by_rows=True, arena_ports=ArenaPorts(True, True))
    assert program.bytes <= 29_000
    Bytes(program).play()
    plan = passes.compile_graph(graph, by_rows=True)
    assert plan.bytes <= 13_000


def test_autoencoder_of_anomaly_detection_fits_768_bytes() -> None:
    """As it does with TensorFlow Lite Micro: what it is given, and what it answers in the place of that."""
    maker = Maker(random.Random(0).choice, 0)
    x, size = maker.input("spectrum", 640), 640
    for units in (*[128] * 4, 8, *[128] * 4, 640):
        (x,) = maker.add(f"dense_{units}", maker.dense(size, units, Function("relu" if units < 640 else "linear")), x)
        size = units
    maker.output("answer", x)
    program = passes.compile_graph(integers(maker.graph(), 0), by_rows=True, arena_ports=ArenaPorts(True, True))
    Bytes(program).play()
    assert program.bytes == 768


def test_frames_are_kept_whole_where_time_counts_more() -> None:
    """Windows along one axis: in less memory frame by frame, or whole, where kernels make many frames at once."""
    m = Maker(lambda options: options[0], 7)
    x = m.input("x", 64, 8)
    for name in ("first", "second", "third"):
        (x,) = m.add(name, Convolution(m.weights(24, 8), m.weights(8), (Window(3, 1, 1, 2, 0),), 1, None), x)
    m.output("answer", x)
    apart, whole = (passes.compile_graph(m.graph(), by_rows=True, by_frames=one) for one in (True, False))
    assert apart.groups and not any(whole.groups.values())
    assert apart.bytes < whole.bytes / 3
    for program in (apart, whole):
        Bytes(program).play()
