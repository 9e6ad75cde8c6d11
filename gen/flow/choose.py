"""The choice of numeric types: on every board for ``gatesmith choose``, on one target for other commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shlex import quote

from ..boards import target
from ..boards.backends import C99
from ..core.errors import AccuracyError, BudgetError, UsageError, report_together
from ..core.settings import AUTO, MODEL, SILENT, Progress, Settings
from ..numerics import NUMERICS
from ..oracle.limits import NONE, Limits, limits_of, unlimited
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from .plan import CHOSEN, MIXED, Plan, checks, numeric_of, numerics_of, plan
from .results import Candidate, Choice
from .search import Rows, broken, in_type, nearest, search
from .validate import ask

UNITS = {"hz": 1.0, "khz": 1e3, "mhz": 1e6}


def rate_of(text: str | None) -> float | None:
    """Steps per second from ``10Hz``, ``2.5kHz`` or a number.

    Raises:
        UsageError: the text is no rate.
    """
    if text is None:
        return None
    word = text.strip().lower()
    unit = next((unit for unit in ("khz", "mhz", "hz") if word.endswith(unit)), "")
    try:
        rate = float(word.removesuffix(unit)) * UNITS.get(unit, 1.0)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e9:
        raise UsageError(f'--rate {text}: how often a step comes, as "10Hz"', fix="--rate 10Hz, --rate 2.5kHz")
    return rate


def boards_of(words: Sequence[str], numeric: str | None = None) -> list[str]:
    """The boards of an option: names separated by commas; or every board that is emulated here.

    Args:
        numeric: the requested type, whose name is checked too.

    Raises:
        UsageError: a target or the type does not exist, or a target has no emulator that counts.
    """
    names = [name for word in words for name in word.split(",") if name]
    if words and not names:
        raise UsageError("--boards names no board", fix="--boards NAME,NAME; or leave it out")
    report_together([*(partial(_check_emulator, name) for name in names), *checks({"numeric": numeric})])
    if not names:
        return [name for name in target.names() if target.load(name).emulator and target.load(name).backend == C99]
    return list(dict.fromkeys(names))


def _check_emulator(name: str) -> None:
    """Checks that a board has an emulator that counts.

    Raises:
        UsageError: it has none, or the board does not exist.
    """
    board = target.load(name)
    if not board.emulator or board.backend != C99:
        raise UsageError(
            f"nothing that counts stands in for {name}", fix="gatesmith targets lists what boards are emulated on"
        )


def choose(
    path: Path,
    settings: Settings,
    data: Path,
    input: Path | None = None,
    boards: Sequence[str] = (),
    limits: Limits = NONE,
    progress: Progress = SILENT,
) -> Choice:
    """Measure a model on boards in numeric types, and find the smallest combination that meets the limits.

    Args:
        data: the calibration data. Without ``input``, a part is held out to judge by
            (:func:`gatesmith.data.datasets.divided`).
        boards: as for :func:`boards_of`.

    Raises:
        GatesmithError: the model, the data or the command line are refused; errors of a board are in its row.
    """
    names = boards_of(boards, settings.numeric)
    types = _types_of_all(names, settings)
    settings = replace(unlimited(settings), calibration=str(data), emulate=True)
    question = ask(path, settings, input or data, progress, held_out=input is None)
    rows, best = search(question, settings, names, types, limits, progress=progress)
    samples = len(question.inputs[0])
    return Choice(question.model, question.note, samples, rows, best, limits, input, question.notes, settings)


def _types_of_all(names: Sequence[str], settings: Settings) -> list[str]:
    """The numeric types that any of the boards supports.

    Raises:
        UsageError: no board supports the requested type, ``keep`` is for no integer type, or there is ``calibration``.
    """
    numeric = settings.numeric
    if settings.calibration is not None:
        raise UsageError("choose calibrates by --data", fix="leave out --calibration")
    if numeric in CHOSEN:
        raise UsageError(f"--numeric {numeric}: choose looks at every type without it", fix="leave it out")
    supported = {one for name in names for one in numerics_of(target.load(name))}
    types = [name for name in NUMERICS if name in supported and numeric in (None, name)]
    if not types:
        raise UsageError(f'no board takes the numeric type "{numeric}"', fix=f"choose one of: {', '.join(NUMERICS)}")
    if settings.keep and not any(NUMERICS[name].integer for name in types):
        raise UsageError(f"{numeric} is one type for all layers", fix="leave out --keep, or --numeric int8")
    return types


def command_of(choice: Choice) -> str:
    """The command that writes the chosen code."""
    best = choice.best
    assert best is not None
    data = choice.settings.calibration if NUMERICS[best.numeric].integer else None
    settings = replace(choice.settings, numeric=best.numeric, calibration=data, keep=best.keep)
    options = settings.repeated((*MODEL, "classes"))
    path, folder = quote(str(choice.model.path)), quote(f"{Path(best.target).stem}_model")
    return f"gatesmith generate {path} --target {quote(best.target)}{options} --output {folder}"


@dataclass(frozen=True)
class NumericChoice:
    """The numeric type that was chosen for a target.

    Args:
        settings: settings with the numeric type and the types of single layers, without limits.
        best: its costs.
        rows: all candidates.
    """

    settings: Settings
    best: Candidate
    rows: Rows
    limits: Limits

    @property
    def lines(self) -> tuple[str, ...]:
        """The choice in words, and the limits that exclude the other types."""
        return (f"--numeric: {_mix(self.best)}: {_costs(self.best)}", *_reasons(self.rows, self.limits))


def needs_choice(settings: Settings) -> bool:
    """Whether the numeric type is still to be chosen, or flash or time is limited."""
    limits = limits_of(settings)
    numeric = NUMERICS.get(settings.numeric or "")
    return settings.numeric in CHOSEN or limits.costs or (limits.exact and not (numeric and numeric.integer))


def choose_numeric(path: Path, settings: Settings, progress: Progress = SILENT) -> NumericChoice:
    """Choose the numeric type of a model on a target.

    Args:
        settings: their ``numeric`` is ``auto`` or None (any type of the target), ``mixed`` (integers, with single
            layers in wider types), or a single type that must meet the limits. Errors are measured on calibration data.

    Raises:
        UsageError: there are no calibration data; or the limited quantity cannot be found for the target.
        BudgetError: no type meets all limits; names the violations of each, and the nearest type.
        AccuracyError: no type is accurate enough.
        GatesmithError: the model or the data are refused.
    """
    limits, types = limits_of(settings), _types(settings)
    bare = replace(unlimited(settings), numeric=types[0])
    first = plan(bare)
    measured = limits.costs and _counts(first, limits)
    question = ask(path, bare, settings.calibration_data, progress, held_out=True)
    rows, best = search(question, bare, [settings.target], types, limits, measured, progress)
    if best is None:
        accurate = any(row.error is not None and limits.accepts(row.error) for row in rows)
        fixed = settings.calibration is not None and settings.numeric not in (None, AUTO)
        raise (BudgetError if accurate else AccuracyError)(
            f"{'no numeric type meets' if types[1:] else f'{types[0]} exceeds'} the limits on {first.target.name}:"
            f" {limits}",
            where=str(path),
            why="; ".join(_reasons(rows, limits)),
            fix=(*["--numeric auto chooses among all types of the target"] * fixed, nearest(rows, limits)),
        )
    return NumericChoice(in_type(bare, best.numeric, best.keep), best, rows, limits)


def _types(settings: Settings) -> list[str]:
    """The numeric types to choose among.

    Raises:
        UsageError: the target does not support the requested type; or there are no limits, or no calibration data.
    """
    board, numeric, limits = target.load(settings.target), settings.numeric or AUTO, limits_of(settings)
    if numeric not in CHOSEN:
        numeric_of(numeric, board)
        return [numeric]
    if numeric == MIXED and not limits.exact and limits.flash is None:
        raise UsageError("--numeric mixed needs a limit of the error or of flash", fix="--max-error X, --max-flash 64K")
    if not limits.exact and not limits.costs:
        raise UsageError("--numeric auto needs at least one limit", fix="--max-error X, --max-flash 64K, --max-ms T")
    if settings.calibration is None:
        raise UsageError(
            f"choosing {'among all types' if numeric == AUTO else 'a mix of types'} needs calibration data",
            fix=("--calibration DATA.npz: some dozens of real inputs", "or --numeric float32, one type for the limits"),
        )
    types = [name for name in numerics_of(board) if numeric == AUTO or NUMERICS[name].integer]
    if not types:
        raise UsageError(f"target {board.name} takes no integer type", fix="--numeric auto")
    return types


def _counts(chosen: Plan, limits: Limits) -> bool:
    """Whether the target's program is measured here; otherwise its flash is estimated.

    Raises:
        UsageError: the limited quantity can be neither measured nor estimated.
    """
    board = chosen.target
    problem = "this machine's memory is not a board's" if board.is_host else ""
    problem = problem or ("nothing tells what modules for MicroPython take" if chosen.python else "")
    lacking = "nothing that counts stands in for it"
    if not problem and board.emulator:
        lacking = firmware.missing_software(board, emulator.load(board.emulator))
        if not lacking:
            return True
    if not problem and limits.period is not None:
        problem = f"nothing tells its time here: {lacking}"
    if not problem and board.costs is None:
        problem = f"nothing tells its flash here: {lacking}"
    if problem:
        raise UsageError(
            f"--max-flash and --max-ms: {board.name}: {problem}", fix="leave them out, or gatesmith targets for boards"
        )
    return False


def _costs(one: Candidate) -> str:
    flash, parts = one.point[2], []
    if one.error is not None:
        parts.append(f"error {one.error.max_abs:.3g} in units of the output")
    parts.append(f"flash {'~' if one.facts is None else ''}{flash:,.0f} B")
    return ", ".join([*parts, *filter(None, [one.time])])


def _mix(one: Candidate) -> str:
    return f"{one.numeric} ({', '.join(one.keep)})" if one.keep else one.numeric


def _reasons(rows: Rows, limits: Limits) -> tuple[str, ...]:
    return tuple(f"{_mix(row)}: {violations}" for row in rows if (violations := broken(row, limits)))
