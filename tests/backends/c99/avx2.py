"""What tests call of AVX2's kernels: compiled by gcc and clang, for this machine's instructions and without them."""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from toolchain import STRICTER, WIDE, need

from gatesmith.backends.c99.blocks import Layout

LAYOUT = Layout(120, 8, ("avx2", "lanes"))
MACHINES = {"this": WIDE, "another": []}
BUILDS = [(compiler, machine) for compiler in ("gcc", "clang") for machine in MACHINES]
"""Compilers, and machines that they compile for."""


def exported(functions: Iterable[str], name: str = "") -> list[str]:
    """The text of static functions whose names begin so, declared and visible to other files."""
    own, lines = f"static void {name}", []
    for function in functions:
        head = function[function.index(own) :].partition("\n")[0].removeprefix("static ")
        lines.append(f"{head};\n{function.replace(own, own.removeprefix('static '))}")
    return lines


def compiled(build: tuple[str, str], text: str, folder: Path, flags: Sequence[str] = ()) -> ctypes.CDLL:
    """A library of one of :data:`BUILDS`, by the compiler's own immintrin.h; skips where this machine has no AVX2."""
    compiler, machine = build
    if machine == "this" and not WIDE:
        pytest.skip("this machine has no AVX2")
    (folder / "a.c").write_text(text, "utf-8")
    command = [need(compiler), *STRICTER, "-O1", *flags, *MACHINES[machine], "-fPIC", "-shared", "a.c", "-o", "a.so"]
    own = {key: value for key, value in os.environ.items() if key != "C_INCLUDE_PATH"}
    subprocess.run(command, cwd=folder, check=True, timeout=300, env=own)
    return ctypes.CDLL(str(folder / "a.so"))


def pointer(values: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.ctypes.data)
