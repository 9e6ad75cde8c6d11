"""The compiler for ESP32 cores that is made of Debian's: what it changes in gcc's assembly, and what comes out."""

import shlex
import subprocess
from pathlib import Path

import pytest
import xtensa

from gatesmith.run.standins import emulator

NAME = "xtensa-lx6"


@pytest.fixture
def compiler() -> list[str]:
    stand_in = emulator.load(NAME).compiler
    assert stand_in is not None
    if missing := stand_in.missing():
        pytest.skip(f"{missing} is not installed (apt-get install {stand_in.package})")
    return shlex.split(stand_in.shell())


def build(compiler: list[str], folder: Path, source: str, *flags: str) -> tuple[str, str]:
    """A C text's assembly and its disassembly."""
    (folder / "a.c").write_text(source, "utf-8")
    flags = ("-std=c99", "-O2", *flags, "-c", str(folder / "a.c"), "-o", str(folder / "a.o"))
    subprocess.run([*compiler, *flags], check=True, timeout=60)
    show = ["llvm-objdump-22", "--mcpu=esp32", "-d", str(folder / "a.o")]
    shown = subprocess.run(show, capture_output=True, text=True, check=True, timeout=60)
    return (folder / "a.s").read_text("utf-8"), shown.stdout


def test_words_that_llvm_does_not_know() -> None:
    lines = ["\t.word\t1, 2", "\t.align\t4", "\tsimcall", "\tentry\tsp, 32", "f:"]
    assert xtensa.translated(lines) == ["\t.long\t1, 2", "\t.balign\t4", f"\t{xtensa.SIMCALL}", "\tentry\tsp, 32", "f:"]


def test_calls_that_only_a_linker_could_resolve_go_through_a_register() -> None:
    lines = ["\t.text", "here:", "\t.global\tseen", "seen:", "\tcall8\there", "\tcall8\tseen", "\tcall8\taway"]
    lines += ['\t.section\t.text.startup,"ax"', "\tcall8\there"]
    done = xtensa.translated(lines)
    assert done[4] == "\tcall8\there"
    for at, name in ((5, "seen"), (6, "away"), (8, "here")):
        literal = f".Lgs_call{at + 1}"
        assert done[at] == f"\t.literal {literal}, {name}; l32r\ta8, {literal}; callx8\ta8"


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("\tbnez.n\ta9, .L1", "\tbnez\ta9, .L1"),
        ("\tbeq\ta3, a2, .L1", "\tbne\ta3, a2, .Lgs_over7; j\t.L1; .Lgs_over7:"),
        ("\tbf\tb0, .L1", "\tbt\tb0, .Lgs_over7; j\t.L1; .Lgs_over7:"),
    ],
)
def test_branches_that_do_not_reach(line: str, first: str) -> None:
    assert xtensa.reaching(line, 7) == first


def test_what_cannot_be_made_to_reach_is_told() -> None:
    with pytest.raises(xtensa.CompilerError, match="line 7: out of reach"):
        xtensa.reaching("\tj\t.L1", 7)


def test_multiply_add_and_hardware_loops(compiler: list[str], tmp_path: Path) -> None:
    dot = """float dot(const float *a, const float *b, int n)
{
    float s = 0.0f;
    for (int i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}
"""
    assembly, shown = build(compiler, tmp_path, dot, "-ffp-contract=fast", "-fcallgraph-info=su")
    for word in ("madd.s", "loop"):
        assert f"\t{word}" in assembly and f"\t{word}" in shown
    assert "entry" in shown and (tmp_path / "a.ci").is_file()
    assert "madd.s" not in build(compiler, tmp_path, dot, "-ffp-contract=off")[0]


def test_a_wrong_c_file_is_told_in_gccs_words(compiler: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int f(void) { return x; }\n", "utf-8")
    command = [*compiler, "-c", str(tmp_path / "a.c"), "-o", str(tmp_path / "a.o")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "'x' undeclared" in done.stderr and "Traceback" not in done.stderr


def test_what_is_in_no_file_is_told(compiler: list[str], tmp_path: Path) -> None:
    build(compiler, tmp_path, "float expf(float); float gs_entry(float x) { return expf(x); }\n")
    command = [*compiler, str(tmp_path / "a.o"), "-o", str(tmp_path / "a"), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "expf" in done.stderr and "there is no C library for this core here" in done.stderr
