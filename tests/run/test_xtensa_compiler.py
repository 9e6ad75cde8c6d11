"""The compiler for ESP32 cores that is made of Debian's: what it changes in gcc's assembly. What comes out runs in
``tests/hil/test_xtensa.py``, and is listed and linked in ``tests/flow/test_shipping.py``."""

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


def test_a_wrong_c_file_is_told_in_gccs_words(compiler: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int f(void) { return x; }\n", "utf-8")
    command = [*compiler, "-c", str(tmp_path / "a.c"), "-o", str(tmp_path / "a.o")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "'x' undeclared" in done.stderr and "Traceback" not in done.stderr
