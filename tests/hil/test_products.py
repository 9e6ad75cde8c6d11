"""Products on emulated cores with Arm's 16-bit pairs, floating point and Helium: the assembly, the C beside it, and
what cores without it are given. Sums of integers are right, those of floats as near to float64 as roundings allow.
Where assembly and C add in one order, floats have the same bits: compilers fuse products and sums as assembly does."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends.c99 import products
from backends.c99.products import PAIRS, SHAPES, Case
from everything import EVERYTHING
from toolchain import need

from gatesmith.boards import target
from gatesmith.run.standins import emulator

BOARDS = {"nucleo_f446re": "vfp", "nucleo_h743zi": "vfp", "nucleo_l552ze_q": "vfp", "mps3_an547": "mve"}
"""Each with its instruction set for floats."""
STORAGES = ("float32", "float16", "int8")
FORMS = {"assembly": (True, ""), "C": (False, ""), "without": (False, r"#if defined\(__ARM_FEATURE_MVE\).*")}
"""Of the same kernel: whether assembly may be written, and the condition that is taken for false."""
LINKED = ("--oslib=semihost", "--crt0=semihost", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
CALL = """
    for (int block = 0; block < {count}; block++) {{
        memcpy(got, begin_{k}[block], sizeof begin_{k}[0]);
        case_{k}((void *)got, 0, {tables}, x_{k}, {inputs});
        for (int row = 0; row < {rows}; row++) {{
            memcpy(&bits, &got[row], 4);
            printf("%08lx\\n", (unsigned long)bits);
        }}
    }}"""


def array(name: str, values: Any, align: int = 0) -> str:
    across = "".join(f"[{n}]" for n in values.shape)
    numbers = ", ".join(f"{v.hex()}f" if values.dtype == np.float32 else str(v) for v in values.reshape(-1).tolist())
    aligned = f"__attribute__((aligned({align}))) " if align else ""
    return f"{aligned}static const {products.c_type(values)} {name}{across} = {{ {numbers} }};"


def source(every: Sequence[Case], form: str) -> str:
    """A program that prints the bits of all sums."""
    asm, taken = FORMS[form]
    text = "\n".join(products.text(every, asm))
    text, body = re.sub(taken, "#if 0", text) if taken else text, ""
    for k, one in enumerate(every):
        names = [f"table_{k}", f"scales_{k}"][: len(one.tables)]
        text += "".join(array(*each, align=one.kernel.align) for each in zip(names, one.tables, strict=True))
        text += array(f"x_{k}", one.x) + array(f"begin_{k}", one.begin) + "\n" + one.wrapper(f"case_{k}") + "\n"
        tables = ", ".join(f"{name}[block]" for name in names)
        body += CALL.format(k=k, count=one.blocks.count, rows=one.blocks.rows, tables=tables, inputs=len(one.x))
    return (
        f"#include <stdio.h>\n{text}\nint main(void)\n{{\nstatic int32_t got[64];\nuint32_t bits;{body}\nreturn 0;}}\n"
    )


def printed(board: target.Target, every: Sequence[Case], form: str, folder: Path) -> Any:
    """The sums' bits, as the program says that runs on what stands in for a board."""
    stand_in = emulator.load(board.emulator)
    need(board.compiler.command)
    need(stand_in.command[0])
    (folder / "a.c").write_text(source(every, form), "utf-8")
    flags = [*board.compiler.flags(False), *stand_in.firmware.cflags, *LINKED, *stand_in.firmware.ldflags]
    subprocess.run([board.compiler.command, *flags, "a.c", "-o", "a.elf"], cwd=folder, check=True, timeout=120)
    words = [str(folder / "a.elf") if word == "{firmware}" else word for word in stand_in.command]
    if "-chardev" in words:
        at = words.index("-chardev")
        words[at : at + 4] = ["-serial", "none"]
    extra = () if "-semihosting-config" in words else SEMIHOSTING
    done = subprocess.run([*words, *extra], capture_output=True, text=True, timeout=120, check=True)
    lines = [line for line in (done.stdout + done.stderr).split() if re.fullmatch(r"[0-9a-f]{8}", line)]
    return np.array([int(line, 16) for line in lines], np.uint32)


EACH = [(board, isa, storage, "float32") for board, isa in BOARDS.items() for storage in STORAGES]
FEW = [*EACH[:4], EACH[7], *EACH[9:]]
"""By default one storage where the instruction set is another core's."""
WHOLE = [(*one, "int8", x) for one in (("nucleo_f446re", "dsp"), ("mps3_an547", "mve")) for x in ("int8", "int16")]


@pytest.mark.parametrize(("board", "isa", "storage", "inputs"), [*(EACH if EVERYTHING else FEW), *WHOLE])
def test_products_are_right(board: str, isa: str, storage: str, inputs: str, tmp_path: Path) -> None:
    chosen = target.load(board)
    every = list(products.cases(isa, PAIRS[storage, inputs], inputs, SHAPES))
    assert storage != "float16" or len({len(one.tables) for one in every}) == 2, "all have scales, or none"
    forms = {form: printed(chosen, every, form, tmp_path) for form in (FORMS if isa == "mve" else ("assembly", "C"))}
    for form, got in forms.items():
        at = 0
        for one in every:
            sums = got[at : at + one.begin.size].view(one.begin.dtype).reshape(one.begin.shape)
            assert np.all(np.abs(sums - one.wanted) <= one.allowed), (form, one.ask.values.shape)
            at += one.begin.size
        assert at == len(got)
    if isa == "vfp" and storage != "float32":
        np.testing.assert_array_equal(forms["assembly"], forms["C"])


MORE = ("", "-fno-omit-frame-pointer", "-fno-omit-frame-pointer -fPIC -msingle-pic-base")
WAYS = [(level, more) for level in ("-O0", "-O1", "-Os", "-Og", "-O2") for more in MORE]


@pytest.mark.parametrize(("level", "more"), WAYS if EVERYTHING else WAYS[::2])
def test_there_are_registers_however_it_is_compiled(level: str, more: str, tmp_path: Path) -> None:
    """Frames and static data have registers of their own, which assembly must leave."""
    compiler = target.load("nucleo_f446re").compiler
    for storage in STORAGES:
        every = list(products.cases("vfp", PAIRS[storage, "float32"], "float32", SHAPES))
        lines = [*products.text(every, True), *(one.wrapper(f"case_{k}") for k, one in enumerate(every))]
        (tmp_path / f"{storage}.c").write_text("\n".join(lines), "utf-8")
    command = [need(compiler.command), *compiler.machine, "-std=c99", level, *more.split(), "-c"]
    files = [f"{storage}.c" for storage in STORAGES]
    subprocess.run([*command, *files], cwd=tmp_path, check=True, timeout=120)
