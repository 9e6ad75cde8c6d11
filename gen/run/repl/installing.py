"""Copying modules to a board's own file system, as ``mpremote fs cp`` does, and the errors of it."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Mapping
from typing import NoReturn

from ...core.errors import DeviceError
from ..toolchain import mpy
from .repl import SerialRepl

PIECE = 256
SECONDS = 60.0
ASK = """
import sys
_m = getattr(sys.implementation, '_mpy', 0)
print(_m & 0xff, _m >> 8 & 3, _m >> 10 & 0xf)
"""
LIST = """
import os
try:
    for _f in os.ilistdir():
        print(_f[0] + ('/' if _f[1] & 0x4000 else ''))
except OSError:
    pass
"""
WRITE = """
def _w(data):
    if _f.write(data) != len(data):
        raise OSError(28)
"""


def files_for(repl: SerialRepl, modules: Mapping[str, str], arch: str) -> dict[str, bytes]:
    """The files to copy: bytecode, if it can be compiled here and read on the board; else the sources.

    Args:
        arch: architecture of the target's native code.

    Raises:
        DeviceError: the board has another architecture.
        BuildError: mpy-cross refuses a module.
    """
    version, native_version, number = (int(word) for word in repl.exec(ASK, SECONDS).split())  # 0 for none
    native = mpy.ARCHS[number] if number < len(mpy.ARCHS) else f"of kind {number}"
    has_native = any(mpy.NATIVE.search(text) for text in modules.values())
    if native and has_native and not mpy.runs(native, arch):
        raise DeviceError(
            f"the board runs native code of {native}, and the target's is {arch or 'of no kind'}",
            where=repl.name,
            fix="give the board's own --target (gatesmith targets lists them)",
        )
    if mpy.available() and version == mpy.VERSION and (native_version == mpy.NATIVE_VERSION or not has_native):
        return mpy.cross(modules, arch)
    return {path: text.encode() for path, text in modules.items() if path.endswith(".py")}


def install(repl: SerialRepl, files: Mapping[str, bytes]) -> None:
    """Write files to the top folder of the board's file system, and restart the board.

    Raises:
        DeviceError: it has no file system, or no room, or contains files that MicroPython would import instead: folders
            come before ``.py``, and ``.py`` before ``.mpy``.
    """
    present = set(repl.exec(LIST, SECONDS).decode("utf-8", "replace").splitlines())
    for name in files:
        stem = name.rpartition(".")[0]
        for other, remove in ((f"{stem}/", f"-r :{stem}"), (f"{stem}.py", f":{stem}.py")):
            if other in present and other != name:
                raise DeviceError(
                    f"the board has {other}, which MicroPython takes before {name}",
                    where=repl.name,
                    fix=f"mpremote fs rm {remove}",
                )
    for name, data in sorted(files.items()):
        try:
            repl.exec(f"_f = open({name!r}, 'wb')" + WRITE, SECONDS)
            for at in range(0, len(data), PIECE):
                repl.exec(f"_w({data[at : at + PIECE]!r})", SECONDS)
            repl.exec("_f.close()", SECONDS)
        except DeviceError as error:
            _refused(repl, name, len(data), error)
    repl.restart()


def _refused(repl: SerialRepl, name: str, size: int, error: DeviceError) -> NoReturn:
    """Raise the error that explains an OSError of the board."""
    message = f"{error.what} "
    if not error.what.startswith("MicroPython raised OSError"):
        raise error
    if any(mark in message for mark in (f"Errno {errno.ENOSPC}]", f": {errno.ENOSPC} ", "ENOSPC")):
        remove = f"import os\ntry:\n    _f.close()\nexcept OSError:\n    pass\nos.remove({name!r})"
        with contextlib.suppress(DeviceError):  # a part that stays is replaced by the next copy
            repl.exec(remove, SECONDS)
        raise DeviceError(
            f"the board's file system is full: {name} takes {size:,} bytes",
            where=repl.name,
            why=error.what,
            fix=("mpremote fs ls shows what is there, mpremote fs rm :FILE makes room", "a smaller model"),
        ) from error
    raise DeviceError(
        f"{name} cannot be written on the board: it has no file system, or one that cannot be written",
        where=repl.name,
        why=error.what,
        fix="mpremote fs ls shows whether there is one; firmware for boards brings it along",
    ) from error
