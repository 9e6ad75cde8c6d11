"""Resolves settings: the target's facts, the numeric type, the backend and the route to a device, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

from ..boards import target
from ..boards.backends import MICROPYTHON, backend_of
from ..boards.optimized import optimized
from ..boards.target import Target
from ..core.errors import UsageError, report_together
from ..core.near import hint
from ..core.settings import AUTO, MATHS, OBSERVERS, OPTIMIZE, SYNTHETIC, Settings
from ..data.samples import placed, present
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..run.link.serial_line import check_there
from ..run.route import Route, find_route

MIXED = "mixed"
CHOSEN = (AUTO, MIXED)
"""Words for a numeric type that is still to be chosen: any type, or integers with other types for single layers."""


@dataclass(frozen=True)
class Plan:
    """The resolved settings of a command, before anything slow begins.

    Args:
        settings: the settings themselves.
        target: the board or machine.
        numeric: the model's numeric type there.
        backend: ``c99`` or ``micropython``.
        route: the route to a program there; None if nothing will run.
    """

    settings: Settings
    target: Target
    numeric: Numeric
    backend: str
    route: Route | None = None

    @property
    def python(self) -> bool:
        """Whether modules for MicroPython are generated, not C."""
        return self.backend == MICROPYTHON

    @property
    def exact(self) -> bool:
        """Whether floats must have the same bits on every target."""
        return self.settings.math == "exact"

    @property
    def reached(self) -> Route:
        """The route, if something runs."""
        assert self.route is not None
        return self.route

    @property
    def options(self) -> str:
        """A command line's options to run the same code here: on the board's emulator if there is one, else on this
        machine."""
        board, python = self.target, f" --backend {MICROPYTHON}" if self.python else ""
        emulator = board.micropython.emulator if self.python and board.micropython else board.emulator
        chip = " --chip" if self.settings.chip else ""
        place = f"--target {quote(board.option)} --emulate{chip}" if emulator else "--target host"
        return f"{place}{python}{self.settings.repeated()}"

    def along(self, route: Route) -> Plan:
        """The plan with another route."""
        return replace(self, route=route)


def plan(settings: Settings, *, runs: bool = False) -> Plan:
    """Resolve settings.

    Args:
        runs: whether a program will run there, so that the route to it must be known.

    Raises:
        UsageError: a name does not exist, options exclude each other, an integer type has no calibration data, or the
            board cannot be reached.
        DeviceError: the port does not exist.
    """
    report_together(checks(vars(settings)))
    board = optimized(target.load(settings.target), settings.optimize)
    check_there(settings.port)
    if settings.chip and not settings.emulate:
        raise UsageError("--chip chooses among emulators", fix="add --emulate")
    route = find_route(board, settings.emulate, settings.port, settings.backend, settings.chip) if runs else None
    board = route.target if route else board
    backend = backend_of(board, settings.backend)
    if backend == MICROPYTHON and settings.math != MATHS[0]:
        raise UsageError("MicroPython computes with its own exp and tanh", fix="leave out --math")
    if backend == MICROPYTHON and settings.optimize is not None:
        raise UsageError("modules for MicroPython are written in one way", fix="leave out --optimize")
    if backend == MICROPYTHON and (settings.own_inputs or settings.own_outputs):
        raise UsageError(
            "modules for MicroPython never hold their inputs or outputs", fix="leave out --own-inputs and --own-outputs"
        )
    check_windows(settings)
    numeric = numeric_of(settings.numeric, board)
    _check_calibration(numeric, settings)
    return Plan(settings, board, numeric, backend, route)


def checks(options: Mapping[str, Any]) -> Iterator[Callable[[], object]]:
    """Checks of the names in options, by the names of their settings; each raises a UsageError if a name is wrong."""
    targets = options.get("target") or ()
    yield from (partial(target.load, name) for name in ([targets] if isinstance(targets, str) else targets))
    words = {
        "numeric": ("numeric type", (*NUMERICS, *CHOSEN)),
        "optimize": ("goal to optimize for", OPTIMIZE),
        "math": ("math", MATHS),
        "observer": ("observer", (*OBSERVERS, AUTO)),
        **({} if options.get("format") is None else {"format": ("format", formats())}),
    }
    for name, (noun, choices) in words.items():
        yield partial(_check_word, noun, options.get(name), choices)
    yield from (partial(check_data, options.get(name)) for name in ("calibration", "carry_state"))


def formats() -> tuple[str, ...]:
    """Names of the formats of projects around generated code."""
    from ..backends.projects import PROJECTS  # loads templates, which few commands need

    return ("make", "platformio", MICROPYTHON, *PROJECTS)


def check_data(path: str | Path | None) -> None:
    """Checks that an option's data file exists, even if it is not read later.

    Raises:
        DataError: it does not exist.
    """
    if path not in (None, SYNTHETIC) and not Path(path).is_dir():
        placed(present)(Path(path))


def check_windows(settings: Settings) -> None:
    """Checks that the settings of windows are complete.

    Raises:
        UsageError: they are not.
    """
    if (settings.window is None) != (settings.hop is None):
        raise UsageError("--window and --hop go together", fix="--window STEPS --hop STEPS")
    if settings.carry_state is not None and settings.hop is None:
        raise UsageError("--carry-state is for windows", fix="--window STEPS --hop STEPS, or --stream")


def numerics_of(board: Target) -> tuple[str, ...]:
    """The numeric types of a target.

    Raises:
        UsageError: its file names one that does not exist.
    """
    if unknown := sorted(set(board.numerics) - set(NUMERICS)):
        raise UsageError(
            f"target {board.name}: there is no numeric type {', '.join(unknown)}", fix=f"known: {', '.join(NUMERICS)}"
        )
    return board.numerics


def numeric_of(name: str | None, board: Target) -> Numeric:
    """The numeric type with this name, or the target's default.

    Raises:
        UsageError: there is no such type, or the target does not support it.
    """
    name = board.numerics[0] if name is None else name
    if name in CHOSEN:
        raise UsageError(
            f"--numeric {name} is for commands that choose",
            fix="--numeric int8, or another type; gatesmith convert, generate and build choose one",
        )
    if name not in numerics_of(board):
        raise UsageError(
            f'target {board.name} has no numeric type "{name}"',
            fix=(*hint(name, board.numerics), f"choose one of: {', '.join(board.numerics)}"),
        )
    return NUMERICS[name]


def _check_word(noun: str, word: str | None, choices: Collection[str]) -> None:
    """Checks that a setting's word is one of its choices.

    Raises:
        UsageError: it is not.
    """
    if word is not None and word not in choices:
        raise UsageError(
            f'there is no {noun} "{word}"', fix=(*hint(word, choices), f"choose one of: {', '.join(choices)}")
        )


def _check_calibration(numeric: Numeric, settings: Settings) -> None:
    """Checks that an integer type has calibration data.

    Raises:
        UsageError: it has none.
    """
    if numeric.integer and settings.calibration is None:
        raise UsageError(
            f"{numeric.name} needs calibration data",
            fix=(
                "--calibration DATA.npz: some dozens of real inputs, in_0, in_1, ... with a sample axis",
                "--calibration synthetic: made-up inputs, to see that it builds; accuracy will be poor",
            ),
        )
