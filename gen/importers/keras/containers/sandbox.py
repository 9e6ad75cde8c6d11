"""The parent's side of the reader process: starts it, feeds it, bounds it, and believes nothing it says unchecked."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from ....core.errors import GatesmithError, ModelError
from ._wire import (
    MAGIC,
    MAX_HEADER_BYTES,
    MAX_RANK,
    MIB,
    PREFIX,
    Content,
    Refusal,
    expansion_limit,
    plain,
)

WALL_SECONDS = 300.0 if importlib.util.find_spec("resource") else 8.0
"""Where the system can do it the reader is bounded by its own CPU time, since a good file takes long on a busy machine.
This bound is then for a reader that does nothing at all."""
BYTES_A_SECOND = MIB
Kind = Literal["hdf5", "zip", "savedmodel"]
FOLDER = Path(__file__).parent
PROGRAM = f"import sys; sys.path.extend(sys.argv[3:]); from {FOLDER.name}._child import main; main()"
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
FRESH_COPY = "get the file again from where it was made, or save the model again"


def parse(data: bytes, kind: Kind, where: str) -> Content:
    """The content of a model file, parsed in a process of its own that can do nothing else.

    Args:
        data: the file's bytes; of a SavedModel its files, as :func:`._wire.pack_files` packs them.
        kind: which parser.
        where: the file, as the user named it, for messages.

    Raises:
        ModelError: the file is refused, or it made the reader crash, hang or talk nonsense.
        GatesmithError: this Python cannot start the reader.
    """
    started = time.monotonic()
    process = _start(kind, len(data))
    try:
        reply = _Reply(process, data)
        finished = reply.wait(WALL_SECONDS + len(data) / BYTES_A_SECOND)
    finally:
        _kill(process)
        code = process.wait()
    reply.close()
    if not finished:
        seconds = time.monotonic() - started
        raise _crash(where, f"reading it was stopped after {seconds:.0f} s; a good model takes well under a second")
    if reply.too_long:
        raise _crash(where, "reading it gave more data than a file of this size can hold")
    if not reply.complete:
        raise _crash(where, _death(code))
    try:
        content = parse_reply(reply.header, reply.payload)
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError):
        raise _crash(where, "the reader process gave an answer that makes no sense") from None
    if isinstance(content, Refusal):
        raise refused(content, where)
    return content


Size = Annotated[int, msgspec.Meta(ge=0)]
Number = Literal[
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"
]


class _Form(msgspec.Struct):
    """What stands for an array's values in the header of a reply."""

    dtype: Number
    shape: Annotated[list[Size], msgspec.Meta(max_length=MAX_RANK)]


class _Header(msgspec.Struct):
    content: Content | None = None
    refusal: list[str] | None = None


for _described in (_Form, _Header):
    # msgspec works a type out at its first use, and crashes where two threads do so at once: so here, at import.
    msgspec.json.Decoder(_described)


def parse_reply(header: bytes, payload: bytes) -> Content | Refusal:
    """The frame's meaning. The reader process may have been taken over, so every field is checked.

    Raises:
        ValueError, TypeError, RecursionError, msgspec.MsgspecError: the frame is not what ``send_content`` or
            ``send_refusal`` writes.
    """
    offset = 0

    def values(_: Any, described: Any) -> npt.NDArray[Any]:
        """The values of the next array."""
        nonlocal offset
        form = msgspec.convert(described, _Form)
        dtype, count, start = np.dtype(form.dtype), math.prod(form.shape), offset
        offset += count * dtype.itemsize
        if offset > len(payload):
            raise ValueError("array beyond the payload")
        data = np.frombuffer(payload, dtype=dtype, count=count, offset=start).reshape(form.shape)
        if dtype == np.bool_ and data.size and int(data.view(np.uint8).max()) > 1:
            raise ValueError("boolean array holds other bytes")
        return data

    message = msgspec.json.decode(header, type=_Header, dec_hook=values)
    if message.refusal is not None:
        what, where, why, *fix = map(plain, message.refusal)
        return Refusal(what, where=where, why=why, fix=fix[:8])
    content = message.content
    if content is None or offset != len(payload):
        raise ValueError("neither content nor refusal, or payload and array list differ in length")
    groups = tuple(
        replace(group, arrays=tuple(replace(array, index=index) for index, array in enumerate(group.arrays)))
        for group in content.groups
    )
    version, backend = plain(content.keras_version, 40), plain(content.backend, 40)
    notes = tuple(map(plain, content.notes))
    return replace(content, groups=groups, keras_version=version, backend=backend, notes=notes)


def refused(told: Refusal, where: str) -> ModelError:
    """The error for a file that the reader refuses."""
    place = ", ".join(part for part in (where, told.where) if part)
    return ModelError(told.what, where=place, why=told.why, fix=told.fix)


class _Reply:
    """One frame, read by a thread so that the parent can stop waiting; a second thread feeds the file in."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        self.header = b""
        self.payload = b""
        self.complete = False
        self.too_long = False
        self._process = process
        self._limit = expansion_limit(len(data))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._feeder = threading.Thread(target=self._feed, args=(data,), daemon=True)
        self._reader.start()
        self._feeder.start()

    def wait(self, seconds: float) -> bool:
        """Whether the reply ended, well or badly, in time."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def close(self) -> None:
        """Frees the pipes, unless something that survived the reader still holds one: then a thread waits on it."""
        for thread, stream in ((self._reader, self._process.stdout), (self._feeder, self._process.stdin)):
            thread.join(1.0)
            if stream is not None and not thread.is_alive():
                with contextlib.suppress(OSError, ValueError):
                    stream.close()

    def _feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(data)
            self._process.stdin.close()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            prefix = stream.read(PREFIX.size)
            if len(prefix) < PREFIX.size:
                return
            magic, header, payload = PREFIX.unpack(prefix)
            if magic != MAGIC:
                return
            self.too_long = header > MAX_HEADER_BYTES or payload > self._limit
            if self.too_long:
                return
            self.header = stream.read(header)
            self.payload = stream.read(payload)
            self.complete = len(self.header) == header and len(self.payload) == payload and not stream.read(1)


def _start(kind: str, length: int) -> subprocess.Popen[bytes]:
    """The reader, in a process group of its own, with an empty environment and only the folders it needs."""
    packages = {str(Path(np.__path__[0]).parent), _folder("h5py"), _folder("crc32c")}
    environment = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::"}
    command = [sys.executable, "-I", "-S", "-c", PROGRAM, kind, str(length), str(FOLDER.parent), *sorted(packages)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
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
    """Where a package is, which only the reader loads."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise GatesmithError(
            f"{package} is not installed", why="the reader of models needs it", fix=f"pip install {package}"
        )
    return str(Path(spec.submodule_search_locations[0]).parent)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the reader and whatever it may have started. Its id cannot belong to another: it was not waited for yet."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


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
