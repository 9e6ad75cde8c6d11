"""RAM that modules take on import, as a Model and per step (``pytest -s`` shows it): in ROMFS, on littlefs, and frozen
in the firmware. Wherever they lie, they compute the same, from weights at any address."""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import graphs
import msgspec
import numpy as np
import pytest
from boards import there
from toolchain import modules

from gatesmith.backends.base import Generated
from gatesmith.core.graph import Graph
from gatesmith.oracle.reference import Reference
from gatesmith.run.repl import installing
from gatesmith.run.repl import micropython as device
from gatesmith.run.toolchain import mpy
from gatesmith.run.toolchain.cache import alone, stamp

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


def lstm(numeric: str) -> tuple[Graph, Generated, Any]:
    """LSTM 16 -> 32, as in docs/micropython.md."""
    graph, x = graphs.lstm(numeric)
    return graph, modules(graph, numeric, NAMES[numeric]), x


@pytest.fixture(scope="module")
def frozen() -> device.StandIn:
    """The board with firmware that has both models in it: built once, and again when something differs that it is made
    of."""
    board = there(BOARD)
    if not (device.cache() / "tree").is_dir():
        pytest.skip(f"MicroPython's source ({device.build_script()} tree) is missing")
    modules = {path: text for numeric in NAMES for path, text in lstm(numeric)[1].files.items() if path.endswith(".py")}
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
    graph, code, x = lstm(numeric)
    described = code
    with running(where, code, tmp_path, request) as repl:
        imported, model = (int(word) for word in repl.exec(MEASURE.format(code.name), 60.0).split())
        dev = device.MicroPythonDevice(repl, described)
        dev.hello()
        inputs = code.take([x[:1]])
        answer = dev.run_by_steps([inputs[0][0]])[0]
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
