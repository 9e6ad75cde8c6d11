"""Emulated cores, and this machine as one more, that run cases of ``bits`` a firmware at a time."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from layers.compiled import included
from msgspec import structs

from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.boards import target
from gatesmith.core.errors import BudgetError
from gatesmith.numerics import NUMERICS
from gatesmith.passes.memory import Program
from gatesmith.run.link.device import Device
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware
from gatesmith.run.toolchain import host

from .bits import WORDS, Answer, Case, interface, program

HOST = "host"
BOARDS = {board.emulator or HOST: board for name in reversed(target.names()) for board in [target.load(name)]}
"""By core: one board of it."""
BOARDS["rv32ec"] = structs.replace(BOARDS["rv32ec"], flash=1 << 22, ram=1 << 21)
"""Its board is too small for a firmware of many cases; what stands in for it is not."""
ALIKE = {"cortex-m7": "cortex-m4f", "cortex-m33": "cortex-m4f", "stm32f405": "cortex-m4f"}
ALIKE |= {"atmega4809": "atmega2560", "rv32imac": "rv32imc", "rv32imafc": "rv32imc", "hazard3": "rv32imc"}
"""Cores that execute the same instructions as another here; but for floats, those of ``OWN_FLOATS``."""
OWN_FLOATS = {"rv32imafc"}
PLAIN = "rv32imc"
"""Whose C, plain on every machine, gives the answers that are wanted."""
SMALL = "uno, leonardo: the same core as mega2560, with less memory"
SIZES = {"atmega2560": 12, "atmega4809": 6, "cortex-m0": 32}
A_FILE = 8
"""Models that a compiler is given at once: to start it takes as long as a model."""
USUAL = 48
"""Models a firmware: what the core's flash holds of most cases, and of an ATmega2560's 64 KB of near constants."""


@dataclass
class Ran:
    """What cores said to cases, by title.

    Args:
        answers: of those that ran.
        more: what else each said.
        unfit: what the linker or the board's memory lacks for those that do not fit, each alone in a firmware.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    more: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)


def reason_to_skip(core: str, floats: bool, alike_too: bool) -> str:
    """Why a core does not run models, of floats or of integers, here; empty if it does."""
    board = BOARDS[core]
    if core == HOST:
        return ""
    stand_in = emulator.load(core)
    if missing := firmware.missing_software(board, stand_in):
        return f"{core}: {missing}"
    if stand_in.project is not None:
        return f"{core}: its build takes one file a model, and its instruction set is another core's here"
    if board.flash and board.flash < 40_000:
        return SMALL
    if core in ALIKE and not alike_too and not (floats and core in OWN_FLOATS):
        return f"{core}: the same instructions as {ALIKE[core]}'s; GATESMITH_EVERYTHING=1 runs it"
    return ""


def code_for(core: str, program: Program, numeric: str, name: str, quick: bool = False) -> Generated:
    """A case's C as the core gets it; of floats, with the arithmetic that is to be the same everywhere.

    Args:
        quick: whether it is optimised for speed.
    """
    board, kind = BOARDS[core], NUMERICS[numeric]
    isa = (quick and board.layout.speed) or board.layout.isa
    layout = Layout(board.layout.rows, board.layout.lanes, isa, board.layout.code)
    math = "fast" if kind.integer else "exact"
    options = Options(name, board.name, kind, layout, math, board.constants == "progmem")
    return c99.generate(program, Origin("m", "0" * 64, "Keras 3", ""), options, "0")


def flags(core: str, cases: Sequence[Case]) -> tuple[str, ...]:
    """The flags of a user's build, and an error if a table in program memory is passed as a pointer to variables."""
    board = BOARDS[core]
    strict = ("-Werror=addr-space-convert",) if board.constants == "progmem" else ()
    return (*board.compiler.flags(not cases[0].code.integer), *strict)


def run(core: str, cases: Sequence[Case], folder: Path) -> Ran:
    """Build one firmware of all cases and ask it for each; of halves where they are many, or where it does not fit."""
    if core == HOST:
        return here(cases, folder, flags(core, cases))
    if len(cases) > SIZES.get(core, USUAL):
        return _halved(core, cases, folder)
    sources, stand_in, out = _written(cases, folder), emulator.load(core), folder / "build"
    try:
        built, image = firmware.link_firmware(BOARDS[core], stand_in, *sources, out, flags(core, cases))
        firmware.require_fit(BOARDS[core], firmware.occupied(built))
    except BudgetError as error:
        return Ran(unfit={cases[0].title: error.why}) if len(cases) == 1 else _halved(core, cases, folder)
    return _asked(replace(built, command=stand_in.prepare(out, image)), cases)


def _halved(core: str, cases: Sequence[Case], folder: Path) -> Ran:
    half = len(cases) // 2
    one, two = (run(core, part, folder / name) for name, part in (("a", cases[:half]), ("b", cases[half:])))
    return Ran(one.answers | two.answers, one.more | two.more, one.unfit | two.unfit)


def here(cases: Sequence[Case], folder: Path, cflags: Sequence[str] = ("-O1", "-ffp-contract=off")) -> Ran:
    """The same as a process of this machine."""
    return _asked(host.build(*_written(cases, folder), folder / "build", cflags=cflags), cases)


def wanted(cases: Sequence[Case]) -> Ran:
    """What cores are to say: ``PLAIN``'s C does on this machine, where other rooms compare it with the reference."""
    with tempfile.TemporaryDirectory() as name:
        return here(cases, Path(name) / "cases", ("-O0", "-ffp-contract=off"))


def _written(cases: Sequence[Case], folder: Path) -> tuple[list[Path], list[Path]]:
    """The models' sources, each once and some to a file, and the glue's."""
    folder.mkdir(parents=True)
    models = {case.code.name: case.code for case in cases}
    for code in models.values():
        for path, text in code.files.items():
            (folder / path).write_text(text, "utf-8")
    every, sources = [*models.values()], []
    for first in range(0, len(every), A_FILE):
        sources.append(folder / f"from_{first}.c")
        sources[-1].write_text(included(every[first : first + A_FILE]), "utf-8")
    glue = folder / "cases.c"
    glue.write_text(program(cases), "utf-8")
    return sources, [glue]


def _asked(built: host.Binary, cases: Sequence[Case]) -> Ran:
    ran = Ran()
    words = max(case.words for case in cases)
    with Device.start(built.command, interface(words), timeout=60.0, run_timeout=900.0) as device:
        for index, case in enumerate(cases):
            (answer,) = device.run([np.array([index])])
            ran.answers[case.title] = Answer(int(answer[0]) & 0xFFFFFFFF, int(answer[1]))
            ran.more[case.title] = answer[WORDS : case.words]
    return ran
