"""``gatesmith targets``: the registry as a list, and one board explained."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import msgspec

from ..boards import target
from ..boards.backends import MICROPYTHON
from ..boards.target import Target, memories
from ..flow.reports import TargetsReport
from ..run.standins import emulator, interpreters
from ..run.toolchain import board as firmware
from .page import Column, Fact, Row, Sheet, Span, Styled, paged
from .quantities import size


def targets_report(name: str | None) -> TargetsReport:
    """The facts of all targets, of one, or of those that have the words of a name."""
    return TargetsReport(targets=[_facts(board) for board in _chosen(name)])


@paged
def targets_page(page: Sheet, name: str | None) -> None:
    """The page of one target; or a list, grouped by core, of all targets or of those that have the words of a name."""
    boards = _chosen(name)
    if name is not None and len(boards) == 1:
        _explain(page, boards[0])
        return
    columns = [
        Column("target", style="name"),
        Column("board", folds=True),
        Column("flash", right=True),
        Column("RAM", right=True),
        Column("runs here on", folds=True),
    ]
    rows: list[Row] = []
    for core, group in groupby(sorted(boards, key=lambda board: (board.core, board.name)), lambda board: board.core):
        rows.append(Span(0, (Styled(core, "head"),)))
        rows += [
            [board.name, board.summary, _bytes(board.flash), _bytes(board.ram), _stand_in(board)] for board in group
        ]
    page.table(columns, rows)
    page.blank()
    page.line("--emulate runs a program there; where there is nothing yet, gatesmith generate still writes its files.")
    page.line("--port URL reaches a real board over its serial port; no release has been tried on one yet.")
    page.blank()
    page.line(Styled("for one target:  ", "dim"), "gatesmith targets NAME")
    page.line(Styled("for some:        ", "dim"), 'gatesmith targets WORDS, as in "esp" or "nucleo m33"')


def _chosen(name: str | None) -> list[Target]:
    if name is None or name in target.names() or not (several := target.search(name)):
        several = target.names() if name is None else [name]
    return [target.describe(each) for each in several]


def _facts(board: Target) -> dict[str, Any]:
    """A target's facts for ``--json``, in which its layout and its serial port are flat."""
    facts: dict[str, Any] = msgspec.to_builtins(board)
    layout, serial = facts.pop("layout"), facts.pop("serial")
    facts |= {"rows": layout["rows"], "lanes": layout["lanes"], "isa": layout["isa"], "quick": layout["speed"]}
    facts |= {"serial_speed": serial["speed"], "optimize": facts["compiler"].pop("optimize")}
    del facts["compiler"]["when"], facts["budget"], facts["variants"]
    if board.emulator:
        stand_in = emulator.load(board.emulator)
        facts["stand_in"] = {
            "summary": stand_in.summary,
            "core": stand_in.core,
            "package": stand_in.package,
            "counts": stand_in.counter.kind,
            "installed": not firmware.missing_software(board, stand_in),
        }
    return facts


def _known_of(board: Target) -> list[Fact]:
    """The facts of a target's file, line by line."""
    fpu = {"none": "none: float is computed in software", "single": "single precision", "double": "double precision"}
    package, pio = board.compiler.package, board.platformio
    origin = f"Debian's {package}" if package else "its maker's tools; Debian has none"
    return [
        ("core", f"{board.core}, {board.word} bit" + (f"  (family {board.family})" if board.family else "")),
        ("FPU", fpu[board.fpu]),
        ("SIMD", board.simd),
        ("flash", size(board.flash or None)),
        ("RAM", size(board.ram) if board.flash else ""),
        ("external RAM", size(board.external_ram or None)),
        ("memories", memories(board.name.partition("-")[0], board.variants)),
        ("constants", "read in place" if board.constants == "memory" else "in program memory, a space of its own"),
        ("numeric", f"{', '.join(board.numerics)}  (the first is the default)"),
        ("gemv", f"at most {board.layout.rows} rows side by side, {board.layout.lanes} to a register"),
        ("compiler", " ".join([board.compiler.command or "this machine's C compiler", *board.compiler.cflags])),
        ("math exact", " ".join(board.compiler.exact)),
        ("comes with", "" if board.is_host else origin),
        ("MicroPython", _python(board) if board.micropython else ""),
        ("PlatformIO", f"platform {pio.platform}, board {pio.board}, framework {pio.framework}" if pio else ""),
        *(("", f"{key} = {', '.join(lines)}") for key, lines in (pio.options.items() if pio else ())),
        ("serial", f"{board.serial.speed:,} baud" if board.serial.speed else ""),
    ]


def _explain(page: Sheet, board: Target) -> None:
    page.line(Styled(board.name, "head"), f" | {board.summary}")
    page.blank()
    page.facts(*_known_of(board))
    page.blank()
    if board.is_host:
        page.line("runs as a process of this machine, over the same link that boards speak")
        return
    if board.backend == MICROPYTHON:
        return
    if not board.emulator:
        page.line(
            "No emulator stands in for it yet; --port URL reaches a real one, which no release has been tried on.",
            hang=2,
        )
        return
    stand_in = emulator.load(board.emulator)
    page.line(
        Styled("--emulate", "name"), f"  {stand_in.summary}: {stand_in.core} instructions, {_count(stand_in)}", hang=2
    )
    page.line(
        "Its memory, clock and peripherals are the emulator's, not the board's; sizes are compared with the board's.",
        hang=2,
    )
    if board.chip:
        chip = emulator.load(board.chip)
        page.line(Styled("--emulate --chip", "name"), f"  {chip.summary}: the chip's own memory map and UART", hang=2)
    if stand_in.compiler:
        page.line(f"For it the code is compiled by {stand_in.compiler.summary}.", hang=2)
    if lacking := firmware.missing_software(board, stand_in):
        page.line(Styled(f"not installed here: {lacking}", "note"), hang=2)


def _count(stand_in: emulator.Emulator) -> str:
    return "cycles by its model of the chip" if stand_in.counter.kind == "cycles" else "counted one by one; no cycles"


def _python(board: Target) -> str:
    assert board.micropython is not None
    native = f"native code of {board.micropython.arch}" if board.micropython.arch else "no native code"
    if board.is_host:
        return f"{native}; Debian's, in a process"
    stand_in = interpreters.stand_ins().get(board.micropython.emulator)
    runs = f"--emulate runs it on {_title(stand_in)}" if stand_in else "nothing stands in for it yet"
    return f"{native}; {runs}"


def _title(stand_in: interpreters.StandIn) -> str:
    return f"{stand_in.summary}, {stand_in.core}" if stand_in.is_board else stand_in.summary


def _stand_in(board: Target) -> str:
    if board.is_host:
        return "this machine"
    if board.backend == MICROPYTHON and board.micropython is not None:
        stand_in = interpreters.stand_ins().get(board.micropython.emulator)
        return stand_in.summary if stand_in else "nothing yet"
    if not board.emulator:
        return "nothing yet"
    return emulator.load(board.emulator).summary


def _bytes(count: int) -> str:
    return f"{count:,}" if count else "-"
