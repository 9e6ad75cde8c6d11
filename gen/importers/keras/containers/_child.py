"""The reader process: untrusted bytes come in on stdin, one answer goes out on stdout.

    python -I -S -c PROGRAM KIND LENGTH FOLDER...

It knows nothing of the package around this folder: standard library, NumPy, msgspec, h5py and crc32c only. It takes
its limits before it reads the first byte. After that it can open nothing (no file descriptor is left to it), write
nothing but its answer, start nothing, and neither its memory, its time nor its answer grows past a bound. If Linux
has libseccomp, all other system calls are refused too.
"""

from __future__ import annotations

import contextlib
import encodings.ascii
import encodings.cp437
import encodings.latin_1
import encodings.utf_8  # noqa: F401  (all four: a codec that is looked up later could not be opened any more)
import gc
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from . import _child_confine, _wire

CPU_SECONDS = 3
"""CPU time for parsing; a good model takes some milliseconds. Some damaged files make HDF5 loop without end."""
BYTES_A_SECOND = 4 * _wire.MIB
"""Bytes read per second of CPU time, at least: a file of many small layers takes 0.2 ms an array."""


def limit(length: int) -> None:
    """Takes away everything this process does not need, for a file of ``length`` bytes."""
    try:
        import resource
    except ImportError:
        return
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime) + CPU_SECONDS + length // BYTES_A_SECOND
    need = 2 * length + 4 * _wire.expansion_limit(length)
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        memory = pages * resource.getpagesize() + 256 * _wire.MIB + need
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for kind, value in (
        (resource.RLIMIT_FSIZE, _wire.answer_limit(length)),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))
    with contextlib.suppress(OSError, ValueError):
        # The soft limit ends the process with a signal that says why; at the hard one it is merely killed.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def reader(kind: str) -> Callable[[bytes], _wire.Content]:
    """The parser of a kind. Only its modules are loaded: crc32c, which the SavedModel parser needs, imports others."""
    module = import_module(f"._child_{kind}", __package__)
    return getattr(module, f"read_{kind}")  # type: ignore[no-any-return]


def answer(read: Callable[[bytes], _wire.Content], data: bytes) -> _wire.Content | _wire.Refusal:
    """Reads ``data``; every exception of the parsers becomes a refusal, which holds no object of the reader."""
    try:
        return read(data)
    except _wire.Refusal as refusal:
        return refusal.with_traceback(None)
    except MemoryError:
        return _wire.Refusal("this file asks for more memory than a model of its size can need")
    except Exception as error:
        why = _wire.plain(f"{type(error).__name__}: {error}")
        fix = "get the file again from where it was made; copies are cut or changed more often than one thinks"
        return _wire.Refusal("this file is damaged", why=why, fix=fix)


def main() -> None:
    """The whole life of the process."""
    kind, length = sys.argv[1], int(sys.argv[2])
    gc.disable()
    read = reader(kind)
    rules = _child_confine.rules()
    limit(length)
    _child_confine.enter(rules)
    sys.stdout.buffer.write(_wire.packed(answer(read, sys.stdin.buffer.read())))
    sys.stdout.buffer.flush()
