"""Damage at random, and a reader process that a file has taken over: the parent gets a refusal, whatever happens."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
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
    def says(answer: bytes) -> ModelError:
        return child(monkeypatch, f"import sys; sys.stdout.buffer.write({answer!r})")

    def array(data: bytes = b"", **changes: Any) -> bytes:
        entry = {"name": "a", "path": "/a", "data": {"dtype": "float32", "shape": [2], "data": data}, **changes}
        entry["data"] |= {key: changes[key] for key in ("dtype", "shape") if key in changes}
        body = {"layout": "vars", "groups": [{"name": "g", "arrays": [entry]}], "config": None, "metadata": None}
        return msgspec.msgpack.encode({"content": {**body, "keras_version": "", "backend": "", "notes": []}})

    nonsense = "makes no sense"
    assert sandbox.parse_reply(array(b"x" * 8)).groups[0].arrays[0].data.shape == (2,)
    assert nonsense in says(b"not MessagePack").why
    assert nonsense in says(msgspec.msgpack.encode({})).why
    assert nonsense in says(msgspec.msgpack.encode([])).why
    assert nonsense in says(array(b"x" * 8, dtype="object")).why
    assert nonsense in says(array(b"xx", dtype="bool")).why
    assert nonsense in says(array(shape=[-1])).why
    assert nonsense in says(array(b"x" * 4, shape=[True])).why
    assert nonsense in says(array(b"x" * 8, shape=[3])).why
    assert nonsense in says(array(b"x" * 8, shape=[1])).why
    assert nonsense in says(array(b"x" * 8, name=3)).why
    deep = "import sys; sys.stdout.buffer.write(b'\\x81\\xa1x' + b'\\x91' * 200_000)"
    assert nonsense in child(monkeypatch, deep).why
    assert "without an answer" in says(b"").why
    monkeypatch.setattr(sandbox, "answer_limit", lambda size: 100)
    assert "more data" in says(b"a" * 200).why


def possible(monkeypatch: pytest.MonkeyPatch, before: str, refusal: str, **actions: str) -> str:
    """Which of the actions the reader can still do after some code: by name."""
    tries = "".join(f"\ntry: {do}; found.append({name!r})\nexcept {refusal}: pass" for name, do in actions.items())
    told = "sys.stdout.buffer.write(_wire.packed(_wire.Refusal(','.join(found) or 'nothing')))"
    return child(monkeypatch, f"{CHILD_MODULE}import os, socket\n{before}\nfound = []{tries}\n{told}").what


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_reader_has_given_everything_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ``limit`` no file opens, none is written, nothing starts, and memory and the answer end."""
    actions = {"read": "open('/etc/hostname')", "write": f"open({str(tmp_path / 'made')!r}, 'w')"}
    actions |= {"memory": "bytearray(1 << 30)", "answer": "os.pwrite(1, b'x', 200 << 20)"}
    assert possible(monkeypatch, "c.limit(1000)", "(OSError, MemoryError)", **actions) == "nothing"
    assert not (tmp_path / "made").exists()
