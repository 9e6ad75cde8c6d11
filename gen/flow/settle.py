"""Settle: the numeric type, or the mix of types, that keeps limits on one target, chosen as ``choose`` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..backends.c99.literals import omitted
from ..boards import target
from ..core.errors import AccuracyError, BudgetError, UnsupportedError, UsageError
from ..core.settings import AUTO, SILENT, Progress, Settings
from ..numerics import NUMERICS
from ..oracle.compare import OutputComparison
from ..quantization.observations import SYNTHETIC
from ..quantization.sized import sized
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from .limits import Limits, limits_of, unlimited
from .measure import Measurements, store
from .plan import CHOSEN, MIXED, Plan, numeric_of, numerics_of, plan
from .program import budget_of, program
from .results import Candidate
from .validate import Question, ask
from .weigh import Errors, begin, broken, errors_of, in_type, judge, milliseconds, nearest


@dataclass(frozen=True)
class Settled:
    """What was chosen.

    Args:
        settings: with the numeric type, and the types of single layers; without limits.
        best: what it costs.
        rows: all that it was chosen from.
    """

    settings: Settings
    best: Candidate
    rows: tuple[Candidate, ...]
    limits: Limits

    @property
    def lines(self) -> tuple[str, ...]:
        """The choice in words, and by which limit each other type is left out."""
        kept = f" ({', '.join(self.best.kept)})" if self.best.kept else ""
        return (f"--numeric: {self.best.numeric}{kept}: {_costs(self.best)}", *_reasons(self.rows, self.limits))


def unsettled(settings: Settings) -> bool:
    """Whether settings leave a numeric type to be chosen, or limit what generating alone cannot look at."""
    limits = limits_of(settings)
    named = NUMERICS.get(settings.numeric or "")
    return settings.numeric in CHOSEN or limits.costs or (limits.exact and not (named and named.integer))


def settled(path: Path, settings: Settings, progress: Progress = SILENT) -> Settled:
    """Choose the numeric type of a model on a target.

    Args:
        settings: their ``numeric`` is ``auto`` (any type of the target, or none named), ``mixed`` (integers, single
            layers in wider ones), or a type that is to be held to the limits. The calibration data tell errors.

    Raises:
        UsageError: no calibration data; or a limit of what nothing tells of the target.
        BudgetError: nothing keeps all limits: what each type breaks, and what comes nearest.
        AccuracyError: nothing is as accurate as asked.
        GatesmithError: the model or the data are refused.
    """
    limits, types = limits_of(settings), _types(settings)
    bare = replace(unlimited(settings), numeric=types[0])
    first = plan(bare)
    counted = limits.costs and _counts(first, limits)
    given = None if settings.calibration in (None, SYNTHETIC) else Path(str(settings.calibration))
    asked = ask(path, bare, given, progress, held_out=True)
    with progress.step("errors"):
        errors = errors_of(asked, bare, types, limits)
    with progress.step("costs"):
        found = _measured(asked, bare, errors) if counted else [_estimated(asked, bare, *one) for one in errors.items()]
    rows, best = judge(found, limits)
    if best is None:
        reasons = _reasons(rows, limits)
        accurate = any(row.error is not None and limits.near(row.error) for row in rows)
        raise (BudgetError if accurate else AccuracyError)(
            f"no numeric type meets the limits on {first.target.name}: {limits}",
            where=str(path),
            why="; ".join(reasons),
            fix=nearest(rows, limits),
        )
    return Settled(in_type(bare, best.numeric, best.kept), best, rows, limits)


def _types(settings: Settings) -> list[str]:
    """Those to choose among.

    Raises:
        UsageError: the one that is named is not the target's; or nothing says what is good enough, or on which data.
    """
    board, wanted, limits = target.load(settings.target), settings.numeric or AUTO, limits_of(settings)
    if wanted not in CHOSEN:
        numeric_of(wanted, board)
        return [wanted]
    if wanted == MIXED and not limits.exact:
        raise UsageError("--numeric mixed needs a limit of the error", fix="--max-error X, in units of the outputs")
    if not limits.exact and not limits.costs:
        raise UsageError("--numeric auto needs at least one limit", fix="--max-error X, --max-flash 64K, --max-ms T")
    if settings.calibration is None:
        raise UsageError(
            f"{wanted}: errors are told on calibration data", fix="--calibration DATA.npz: some dozens of real inputs"
        )
    found = [name for name in numerics_of(board) if wanted == AUTO or NUMERICS[name].integer]
    if not found:
        raise UsageError(f"target {board.name} takes no integer type", fix="--numeric auto")
    return found


def _counts(chosen: Plan, limits: Limits) -> bool:
    """Whether the target's program is measured here; else its flash is estimated.

    Raises:
        UsageError: nothing tells what is limited.
    """
    board = chosen.target
    why = "this machine's memory is not a board's" if board.is_host else ""
    why = why or ("nothing tells what modules for MicroPython take" if chosen.python else "")
    lacking = "nothing that counts stands in for it"
    if not why and board.emulator:
        lacking = firmware.lacking(board, emulator.load(board.emulator))
        if not lacking:
            return True
    if not why and limits.period is not None:
        why = f"nothing tells its time here: {lacking}"
    if not why and board.costs is None:
        why = f"nothing tells its flash here: {lacking}"
    if why:
        raise UsageError(
            f"--max-flash and --max-ms: {board.name}: {why}", fix="leave them out, or gatesmith targets for boards"
        )
    return False


def _measured(asked: Question, settings: Settings, errors: Errors) -> list[Candidate]:
    with Measurements(store(settings.cache)) as measurements:
        return [wait() for wait in begin(asked, replace(settings, emulate=True), errors, measurements)]


def _estimated(
    asked: Question, settings: Settings, key: tuple[str, tuple[str, ...]], error: OutputComparison | str
) -> Candidate:
    """A type with the bytes that its program takes by estimate; of the weights alone where nothing tells more."""
    own = in_type(settings, *key)
    row = Candidate(settings.target, "", key[0], "pass", kept=own.keep)
    if isinstance(error, str):
        return replace(row, result="no such form", reason=error)
    chosen = plan(own)
    try:
        with omitted():
            made, lengths = program(asked.in_file, chosen, sized(asked.in_file, chosen.numeric, own))
    except UnsupportedError as refused:
        return replace(row, result="no such form", reason=refused.what)
    flash = made.weight_bytes
    if chosen.target.costs is not None and not chosen.python:
        flash = budget_of(made, chosen.target, key[0], lengths, link=False).flash.used
    return replace(row, error=error, estimate=flash)


def _costs(one: Candidate) -> str:
    flash, parts = one.point[2], []
    if one.error is not None:
        parts.append(f"error {one.error.max_abs:.3g} in units of the output")
    parts.append(f"flash {'~' if one.facts is None else ''}{flash:,.0f} B")
    if one.facts is not None and one.milliseconds is not None:
        parts.append(f"{milliseconds(one)} ms a {one.facts.milliseconds_per}")
    return ", ".join(parts)


def _reasons(rows: tuple[Candidate, ...], limits: Limits) -> tuple[str, ...]:
    return tuple(f"{row.name}: {why}" for row in rows if (why := broken(row, limits)))
