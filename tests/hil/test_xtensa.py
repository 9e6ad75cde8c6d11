"""Emulated Xtensa cores beyond what all boards are held to: which instructions ran, arithmetic of integers, and
flash that is read by words."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from link.toy import HERE as TOY
from stand_ins import emulated

from gatesmith.boards import target
from gatesmith.core.errors import BudgetError
from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.importers import reading
from gatesmith.run import route
from gatesmith.run.built import Built
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware
from gatesmith.run.toolchain import host

BOARDS = ("esp32", "esp32s2", "esp8266")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
PROGRAM = Path(__file__).parent / "xtensa_program.c"


@pytest.fixture(scope="module", params=BOARDS)
def board(request: pytest.FixtureRequest) -> target.Target:
    return emulated(request.param)


@pytest.fixture(scope="module")
def build(board: target.Target) -> Iterator[Built]:
    """The model's build, made once."""
    settings = Settings(target=board.name, emulate=True)
    chosen = plan(settings).along(route.find_route(board, True))
    with linked(prepared(reading.load(EXAMPLE, settings), chosen), chosen) as ready:
        yield ready


def program(build: Built) -> host.Binary:
    assert build.program is not None
    return build.program


def test_the_code_is_the_cores_own(build: Built, board: target.Target) -> None:
    (compiled,) = program(build).model_objects
    shown = host.run_tool(["xtensa-lx106-elf-objdump", "-d", str(compiled)], 60.0)
    if board.name == "esp8266":
        # The chip reads flash, where weights and code are, by 32 bits only.
        assert len(re.findall(r"\tl32i", shown)) > 20 and not re.findall(r"\tl(?:8|16)[us]i", shown)
        return
    assembly = compiled.with_suffix(".s").read_text("utf-8")
    words = set(re.findall(r"[\s;]([a-z][\w.]*)", assembly))
    assert {"entry", "retw.n", "call8", "callx8"} <= words
    # Which of the ESP32's instructions an ESP32-S2 lacks; l32i and its like are both's.
    assert ({"madd.s", "loop"} <= words) == (board.name == "esp32")
    lacking = re.compile(r"[\w.]+\.s|loop\w*|u?mul[as]?\.(?:aa|ad|da|dd)[\w.]*|lsi|ssi|s32c1i|bt|bf|movt|movf")
    assert board.name == "esp32" or not [word for word in words if lacking.fullmatch(word)]


def test_integers_windows_and_long_loops(board: target.Target, tmp_path: Path) -> None:
    """The port's start code and runtime, without the link."""
    stand_in = emulator.load(board.emulator)
    compiler = shlex.split(stand_in.compiler.shell()) if stand_in.compiler else [board.compiler.command]
    port = stand_in.firmware
    flags = [*board.compiler.exact, "-std=c99", *port.cflags, *(f"-D{name}" for name in port.defines)]
    skipped = ("bare/main.c", "xtensa/sim.c")
    ports = [host.firmware() / "ports" / source for source in port.sources if source not in skipped]
    objects = []
    for source in (PROGRAM, *ports):
        objects.append(str(tmp_path / f"{source.stem}.o"))
        host.run_tool([*compiler, *flags, "-c", str(source), "-o", objects[-1]], 60.0)
    host.run_tool([*compiler, *flags, *objects, "-o", str(tmp_path / "device"), *port.ldflags], 60.0)
    done = subprocess.run(stand_in.prepare(tmp_path, tmp_path / "device"), timeout=60, check=False)
    assert done.returncode == 0, f"check {done.returncode} of {PROGRAM.name}"
    if board.name == "esp32":
        assert "wsr\t" in (tmp_path / f"{PROGRAM.stem}.s").read_text("utf-8"), "no loop was too long"


def test_code_that_literals_do_not_reach_is_told_as_too_large(tmp_path: Path) -> None:
    """l32r reaches 256 KB back, and all literals lie before the code."""
    board = target.load("esp32")
    stand_in = emulator.load(board.emulator)
    if reason := firmware.missing_software(board, stand_in):
        pytest.skip(reason)
    glue = tmp_path / "glue.c"
    glue.write_text((TOY / "toy_glue.c").read_text("utf-8") + '\n__asm__(".text\\n.space 270000");\n', "utf-8")
    flags = (*board.compiler.flags(True), "-DCAPACITY=8", f"-I{TOY}")
    with pytest.raises(BudgetError, match="does not fit"):
        firmware.link_firmware(board, stand_in, [TOY / "toy.c"], [glue], tmp_path / "build", flags)
