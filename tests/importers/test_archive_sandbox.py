"""Damage at random, and a reader process that a file has taken over: the parent gets a refusal, whatever happens."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archive_files import hdf5, keras_zip, store, whole

from gatesmith.core.errors import ModelError
from gatesmith.importers.keras.containers import archive, sandbox

pytestmark = pytest.mark.usefixtures("apart")

# -- damage at random --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda: hdf5(whole), keras_zip], ids=["hdf5", "zip"])
def test_cut_off(tmp_path: Path, make: Callable[[], bytes]) -> None:
    data = make()
    for length in sorted({8, len(data) - 1, *range(0, len(data), len(data) // 5)}):
        with pytest.raises(ModelError):
            archive.read(store(tmp_path, data[:length]))


# -- the reader process itself -----------------------------------------------------------------------------------------


CHILD_MODULE = "import sys; sys.path.extend(sys.argv[3:]); from containers import _child as c, _wire\n"


def child(monkeypatch: pytest.MonkeyPatch, code: str) -> ModelError:
    """The refusal when the reader runs ``code`` in place of its own, as if a file had taken it over."""
    monkeypatch.setattr(sandbox, "PROGRAM", code)
    with pytest.raises(ModelError) as caught:
        sandbox.parse(b"data", "hdf5", "model.h5")
    return caught.value


def test_reader_is_found_before_a_package_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers" / "__init__.py").touch()
    folder = sandbox._folder
    monkeypatch.setattr(sandbox, "_folder", lambda name: str(tmp_path) if name == "crc32c" else folder(name))
    assert sandbox.parse(hdf5(whole), "hdf5", "model.h5").groups


def test_reader_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = child(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert "SIGSEGV" in error.why
    assert error.where == "model.h5"
    assert "exit code 3" in child(monkeypatch, "raise SystemExit(3)").why


def test_reader_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.3)
    assert "stopped after" in child(monkeypatch, "import time; time.sleep(60)").why
    assert "stopped after" in child(monkeypatch, "import os, time; os.fork(); time.sleep(60)").why


def test_reader_that_counts_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As HDF5 does over some damaged heaps. The limit is on processor time, so a busy machine refuses no good file."""
    code = CHILD_MODULE + "c.CPU_SECONDS = 1\nc.limit(1000)\nwhile True: pass"
    started = time.process_time()
    assert "did not come to an end" in child(monkeypatch, code).why
    assert time.process_time() - started < 0.5


def test_reader_that_talks_nonsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send = "import struct, sys\nsys.stdout.buffer.write(struct.pack('<4sIQ', b'GSR1', len(h), len(p)) + h + p)\n"

    def says(header: str, payload: str = "b''") -> ModelError:
        return child(monkeypatch, f"h = {header!r}.encode()\np = {payload}\n" + send)

    def array(**changes: Any) -> str:
        entry = {"name": "a", "path": "/a", "dtype": "float32", "shape": [2], **changes}
        body = {"layout": "vars", "groups": [{"name": "g", "arrays": [entry]}], "config": None, "metadata": None}
        return json.dumps({"content": {**body, "keras_version": "", "backend": "", "notes": []}})

    nonsense = "makes no sense"
    assert nonsense in says("not json").why
    assert nonsense in says("{}").why
    assert nonsense in says("[]").why
    assert nonsense in says(array(dtype="object"), "b'x' * 8").why
    assert nonsense in says(array(dtype="bool"), "b'xx'").why
    assert nonsense in says(array(shape=[-1])).why
    assert nonsense in says(array(shape=[True]), "b'x' * 4").why
    assert nonsense in says(array(shape=[3]), "b'x' * 8").why
    assert nonsense in says(array(shape=[1]), "b'x' * 8").why
    assert nonsense in says(array(name=3), "b'x' * 8").why
    deep = "h, p = b'{\"x\": ' + b'[' * 200_000, b''\n"
    assert nonsense in child(monkeypatch, deep + send).why
    endless = "import struct, sys; sys.stdout.buffer.write(struct.pack('<4sIQ', b'GSR1', 2, 1 << 40))"
    assert "more data" in child(monkeypatch, endless).why
    assert "without an answer" in child(monkeypatch, "print('a' * 100)").why


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_reader_has_given_everything_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ``limit`` no file opens, none is written, nothing starts, and memory ends."""
    probe = f"""{CHILD_MODULE}c.limit(1000)
found = []
for name, action in (
    ("read", lambda: open("/etc/hostname")),
    ("write", lambda: open({str(tmp_path / "made")!r}, "w")),
    ("memory", lambda: bytearray(1 << 30)),
):
    try:
        action()
        found.append(name)
    except (OSError, MemoryError):
        pass
_wire.send_refusal(sys.stdout.buffer, _wire.Refusal("possible: " + (",".join(found) or "nothing")))
"""
    assert child(monkeypatch, probe).what == "possible: nothing"
    assert not (tmp_path / "made").exists()
