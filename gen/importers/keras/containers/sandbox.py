"""The parent's side of the reader process: starts it, feeds it, bounds it, and checks everything it answers."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from ....core.errors import GatesmithError, ModelError
from ._wire import MAX_RANK, MIB, Content, Refusal, Reply, Values, answer_limit, plain

WALL_SECONDS = 300.0 if importlib.util.find_spec("resource") else 8.0
"""If the system can, it bounds the reader's CPU time, because a good file takes long on a busy machine.
This bound then stops a reader that only waits."""
BYTES_A_SECOND = MIB
FOLDER = Path(__file__).parent
PROGRAM = f"import sys; sys.path.extend(sys.argv[3:]); from {FOLDER.name}._child import main; main()"
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
FRESH_COPY = "get the file again from where it was made, or save the model again"


def parse(data: bytes, kind: str, where: str) -> Content:
    """The content of a model file, parsed in a separate process that can do nothing else.

    Args:
        data: the file's bytes; for a SavedModel, its files packed by :func:`._wire.pack_files`.
        kind: the parser: ``hdf5``, ``zip`` or ``savedmodel``.
        where: the file, as the user named it, for messages.

    Raises:
        ModelError: the file is refused, or it made the reader crash, hang or talk nonsense.
        GatesmithError: this Python cannot start the reader.
    """
    started, limit = time.monotonic(), answer_limit(len(data))
    with _memory() as answer:
        process = _start(kind, len(data), answer)
        try:
            process.communicate(data, WALL_SECONDS + len(data) / BYTES_A_SECOND)
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - started
            raise _crash(
                where, f"reading it was stopped after {seconds:.0f} s; a good model takes well under a second"
            ) from None
        finally:
            _end(process)
        answer.seek(0)
        reply = answer.read(limit + 1)
    if len(reply) > limit:
        raise _crash(where, "reading it gave more data than a file of this size can hold")
    if process.returncode or not reply:
        raise _crash(where, _death(process.returncode))
    try:
        content = parse_reply(reply)
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        raise _crash(where, "the reader process gave an answer that makes no sense") from None
    if isinstance(content, Refusal):
        raise refused(content, where)
    return content


Size = Annotated[int, msgspec.Meta(ge=0)]
Number = Literal[
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"
]


class _CheckedValues(Values):
    """An array in an answer, of the types and ranks allowed."""

    dtype: Number
    shape: Annotated[tuple[Size, ...], msgspec.Meta(max_length=MAX_RANK)]


for _described in (_CheckedValues, Reply):
    # msgspec analyses a type at its first use, and crashes if two threads do so at once: so do it here, at import.
    msgspec.msgpack.Decoder(_described)


def _array(_: Any, described: Any) -> npt.NDArray[Any]:
    """The array that a part of an answer describes."""
    values = msgspec.convert(described, _CheckedValues)
    data = np.frombuffer(values.data, values.dtype).reshape(values.shape)
    if data.dtype == np.bool_ and data.size and int(data.view(np.uint8).max()) > 1:
        raise ValueError("boolean array holds other bytes")
    return data


def parse_reply(reply: bytes) -> Content | Refusal:
    """The decoded answer. The reader process may have been taken over, so every field is checked.

    Raises:
        ValueError, TypeError, RecursionError, msgspec.MsgspecError: ``packed`` never gives such bytes.
    """
    answer = msgspec.msgpack.decode(reply, type=Reply, dec_hook=_array)
    if answer.refusal is not None:
        what, where, why, *fix = map(plain, answer.refusal)
        return Refusal(what, where=where, why=why, fix=fix[:8])
    content = answer.content
    if content is None:
        raise ValueError("neither content nor refusal")
    groups = tuple(
        replace(group, arrays=tuple(replace(array, index=index) for index, array in enumerate(group.arrays)))
        for group in content.groups
    )
    version, backend = plain(content.keras_version, 40), plain(content.backend, 40)
    notes = tuple(map(plain, content.notes))
    return replace(content, groups=groups, keras_version=version, backend=backend, notes=notes)


def refused(reason: Refusal, where: str) -> ModelError:
    """The error for a file that the reader refuses."""
    place = ", ".join(part for part in (where, reason.where) if part)
    return ModelError(reason.what, where=place, why=reason.why, fix=reason.fix)


def _memory() -> IO[bytes]:
    """A file for the answer, in memory if the system can: the reader's own limits bound its size."""
    return os.fdopen(os.memfd_create("answer"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile()


def _start(kind: str, length: int, answer: IO[bytes]) -> subprocess.Popen[bytes]:
    """The reader, in a process group of its own, with an empty environment and only the folders it needs."""
    packages = {str(Path(module.__path__[0]).parent) for module in (np, msgspec)} | {_folder("h5py"), _folder("crc32c")}
    environment = {key: os.environ[key] for key in ENVIRONMENT if key in os.environ}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, kind, str(length), str(FOLDER.parent), *sorted(packages)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise GatesmithError(
            f"Python could not start a second process to read the file safely: {error.strerror}",
            why=f"it tried {sys.executable or 'nothing: sys.executable is empty'}",
            fix="run Gatesmith from an ordinary Python",
        ) from None


def _folder(package: str) -> str:
    """The folder that holds a package, which only the reader loads."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise GatesmithError(
            f"{package} is not installed", why="the reader of models needs it", fix=f"pip install {package}"
        )
    return str(Path(spec.submodule_search_locations[0]).parent)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills a reader that has not ended, and its process group: the id is not reused before it is waited for."""
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.communicate()


def _death(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return {
            "SIGXCPU": "reading it did not come to an end; a good model takes well under a second",
            "SIGKILL": "the reader process ended without an answer",
        }.get(name, f"the reader process died on it ({name})")
    return f"the reader process ended without an answer (exit code {code})"


def _crash(where: str, why: str) -> ModelError:
    return ModelError(
        "this file is damaged, or made to do harm", where=where, why=why + ". Nothing of it was used.", fix=FRESH_COPY
    )
