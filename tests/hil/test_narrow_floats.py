"""Products of int8 weights, or halves, and floats on emulated cores with Arm's floating point: the assembly gives the
bits of the C beside it, both compiled for the core, where the compiler fuses products and sums as the assembly does."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from narrow_products import HALF_SHAPES, SHAPES, Case, case, functions, half_case, halves, helpers
from toolchain import need

from gatesmith.boards import target
from gatesmith.run.standins import emulator

BOARDS = ("nucleo_f446re", "nucleo_h743zi", "nucleo_l552ze_q")
LINKED = ("--oslib=semihost", "--crt0=semihost", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
MAIN = """
int main(void)
{
    static float got[2][64];
    int differ = 0, moved = 0;
%s
    printf("%%d differ, %%d moved\\n", differ, moved);
    return 0;
}
"""
CALL = """    for (int block = 0; block < {count}; block++) {{
        memcpy(got[0], begin_{k}[block], sizeof begin_{k}[0]);
        memcpy(got[1], begin_{k}[block], sizeof begin_{k}[0]);
        {name}(got[0], table_{k}[block], {scales}x_{k}, {inputs});
        {name}_c(got[1], table_{k}[block], {scales}x_{k}, {inputs});
        for (int row = 0; row < {rows}; row++) {{
            differ += memcmp(&got[0][row], &got[1][row], 4) != 0;
            moved += memcmp(&got[0][row], &begin_{k}[block][row], 4) != 0;
        }}
    }}"""


def tables(k: int, one: Case) -> str:
    """The C of a case's tables."""

    def table(name: str, values: np.ndarray) -> str:
        floats = values.dtype == np.float32
        across = "".join(f"[{n}]" for n in values.shape)
        numbers = ", ".join(f"{v.hex()}f" if floats else str(v) for v in values.reshape(-1).tolist())
        kind = "float" if floats else f"{values.dtype.name}_t"
        aligned = "__attribute__((aligned(4))) " if name == "table" else ""
        return f"{aligned}static const {kind} {name}_{k}{across} = {{ {numbers} }};"

    arrays = {"table": one.table, "scales": one.scales, "x": one.x, "begin": one.begin}
    return "\n".join(table(name, values) for name, values in arrays.items() if values is not None)


def run_on_stand_in(board: target.Target, stand_in: emulator.Emulator, folder: Path) -> str:
    """What the program a.c of a folder prints, compiled for a board and run on what stands in for it."""
    flags = [*board.compiler.flags(False), *stand_in.firmware.cflags, *LINKED, *stand_in.firmware.ldflags]
    subprocess.run([board.compiler.command, *flags, "a.c", "-o", "a.elf"], cwd=folder, check=True, timeout=120)
    words = [str(folder / "a.elf") if word == "{firmware}" else word for word in stand_in.command]
    if "-chardev" in words:
        at = words.index("-chardev")
        words[at : at + 4] = ["-serial", "none"]
    extra = () if "-semihosting-config" in words else SEMIHOSTING
    done = subprocess.run([*words, *extra], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("weights", ["int8", "float16"])
@pytest.mark.parametrize("board", BOARDS)
def test_assembly_gives_the_bits_of_its_c(board: str, weights: str, tmp_path: Path) -> None:
    chosen = target.load(board)
    stand_in = emulator.load(chosen.emulator)
    need(chosen.compiler.command)
    need(stand_in.command[0])
    numbers = np.random.default_rng(1)
    cases = [case(shape, numbers) for shape in SHAPES]
    own, needed = None, ["", ""]
    if weights == "float16":
        cases = [half_case(shape, numbers) for shape in HALF_SHAPES for _ in range(2)]
        own, needed = halves(), [helpers(True), helpers(False, "_c")]
        assert len({one.scales is None for one in cases}) == 2
    calls = [
        CALL.format(
            k=k, count=one.blocks.count, rows=one.blocks.rows, name=one.name, inputs=len(one.x),
            scales="" if one.scales is None else f"scales_{k}[block], ",
        )
        for k, one in enumerate(cases)
    ]  # fmt: skip
    text = [f"#include <{name}.h>" for name in ("stdint", "stdio", "string")]
    text += [needed[0], functions(cases, asm=True, own=own)]
    text += [needed[1], functions(cases, asm=False, ending="_c", own=own).replace("float_of_half(", "float_of_half_c(")]
    text += [tables(k, one) for k, one in enumerate(cases)]
    (tmp_path / "a.c").write_text("\n".join(text) + MAIN % "\n".join(calls), "utf-8")
    printed = run_on_stand_in(chosen, stand_in, tmp_path)
    full = [np.any(one.blocks.pack(one.ask.values) != 0, axis=1) for one in cases]
    moved = sum(int(np.count_nonzero(rows)) for rows in full)
    assert printed.splitlines()[-1] == f"0 differ, {moved} moved"


@pytest.mark.parametrize("level", ["-O0", "-O1", "-Os", "-Og", "-O2"])
@pytest.mark.parametrize("more", ["", "-fno-omit-frame-pointer", "-fno-omit-frame-pointer -fPIC -msingle-pic-base"])
def test_there_are_registers_however_it_is_compiled(level: str, more: str, tmp_path: Path) -> None:
    """Frames and static data have registers of their own, which assembly must leave."""
    chosen = target.load(BOARDS[0])
    need(chosen.compiler.command)
    numbers = np.random.default_rng(1)
    cases = [case(shape, numbers) for shape in SHAPES]
    calls = [f"void *call_{k} = (void *){name};" for k, name in enumerate(sorted({one.name for one in cases}))]
    wide = [half_case(shape, numbers) for shape in HALF_SHAPES for _ in range(2)]
    calls += [f"void *call_half_{k} = (void *){name};" for k, name in enumerate(sorted({one.name for one in wide}))]
    texts = [functions(cases, asm=True), helpers(True), functions(wide, asm=True, own=halves())]
    text = "\n".join(["#include <stdint.h>", "#include <string.h>", *texts, *calls])
    (tmp_path / "a.c").write_text(text, "utf-8")
    command = [chosen.compiler.command, *chosen.compiler.machine, "-std=c99", level, *more.split(), "-c", "a.c"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
