"""``gatesmith choose``: costs of each core in each numeric type, and the smallest combination within the limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..flow.choose import command_of
from ..flow.facts import Comparison
from ..flow.reports import ChooseReport
from ..flow.results import Candidate, Choice
from ..flow.search import UNTIMED, better, broken, nearest
from ..flow.verdict import facts_of
from ..oracle.limits import Limits
from .overview import following, notes, opening
from .page import Column, Sheet, Styled, paged
from .quantities import counted, percent

MOST_ROWS = 40
"""Most rows of the table; --json has all."""


@paged
def choose_page(page: Sheet, choice: Choice, command: str | None = None) -> None:
    """The limits, the best combinations of each core, the choice, and the command.

    Args:
        command: Python that writes the chosen code, instead of the command line's command.
    """
    source = choice.model.reading.source
    opening(page, source)
    limits, goals = choice.limits, str(choice.limits)
    nothing = "nothing: the cheapest type that is as good as Keras; --rate 10Hz, --max-error X and others limit"
    page.facts(("errors on", f"{choice.note}: {counted(choice.samples, 'sample')}"), ("asked", goals or nothing))
    measured = [row for row in choice.rows if row.result == "pass"]
    smallest = {row.core: min(one.memory for one in measured if one.core == row.core) for row in measured}
    rows = [row for row in _by_core(measured) if row.front or row is choice.best]
    rows.sort(key=lambda row: (smallest[row.core], row.core, row.point))
    _table(page, rows[:MOST_ROWS], limits)
    page.blank()
    _notes(page, choice, len(measured), len(rows))
    notes(page, choice.notes)
    page.blank()
    best = choice.best
    if best is None:
        page.line(Styled("none", "bad"), f"  keeps {goals}: {nearest(choice.rows, limits)}", hang=6)
        return
    time = "" if best.milliseconds is None else f", {best.time}{_load(best, limits.rate)}"
    page.line(Styled("choice", "good"), f"  {best.target} in {best.name}{time}{_quality(best)}", hang=8)
    if (following_best := better(choice)) is not None:
        cost = f"{following_best.time or 'no time that is known'}, {following_best.point[2]:,.0f} B of flash"
        page.line("next    ", f"{following_best.name}, the next better, costs {cost}{_quality(following_best)}", hang=8)
    following(page, [(command or command_of(choice), "write it")])


def choose_report(choice: Choice, command: str | None = None) -> ChooseReport:
    """The report with every board and type; ``command`` as for :func:`choose_page`."""
    best, limits = choice.best, choice.limits
    return ChooseReport(
        model=choice.model.path.name,
        weights_id=choice.model.reading.source.weights_id,
        data=Path(choice.settings.calibration or "").name,
        input=choice.input.name if choice.input else None,
        samples=choice.samples,
        notes=choice.notes,
        rate=limits.rate,
        max_error=limits.error,
        max_accuracy_drop=limits.drop,
        max_ms=limits.ms,
        max_flash=limits.flash,
        choice=None if best is None else {"target": best.target, "numeric": best.numeric, "keep": list(best.keep)},
        command=None if best is None else command or command_of(choice),
        candidates=[_facts(row) for row in choice.rows],
    )


def _facts(row: Candidate) -> dict[str, Any]:
    facts = row.facts
    costs = ("instructions", "cycles", "estimated_cycles", "milliseconds", "flash", "ram", "stack", "measured_on")
    scores = msgspec.to_builtins(Comparison.of(row.error)) if row.error is not None else {}
    return {
        "target": row.target,
        "core": row.core,
        "numeric": row.numeric,
        "keep": list(row.keep),
        "result": row.result,
        "reason": row.reason or None,
        "max_abs_error": scores.get("max_abs"),
        "argmax_agreement": scores.get("argmax_agreement"),
        "accuracy": scores.get("accuracy_device"),
        **{key: getattr(facts, key) if facts else None for key in costs},
        "keeps": row.keeps,
        "pareto": row.front,
    }


def _by_core(rows: list[Candidate]) -> list[Candidate]:
    """One row per core and type: its smallest board within the limits, else the fastest."""
    best: dict[tuple[str, str], Candidate] = {}
    for row in rows:
        key = (row.core, row.name)
        if key not in best or _rank(row) < _rank(best[key]):
            best[key] = row
    return list(best.values())


def _rank(row: Candidate) -> tuple[Any, ...]:
    return (not row.front, not row.keeps, *(row.memory if row.keeps else (row.point[1],)))


def _table(page: Sheet, rows: list[Candidate], limits: Limits) -> None:
    labels = any(row.error is not None and row.error.accuracy_device is not None for row in rows)
    classes = not labels and any(row.error is not None and row.error.argmax_agreement is not None for row in rows)
    page.records(
        rows,
        Column("core", style="name", leaves=1, of=lambda row: row.core),
        Column("type", of=lambda row: row.name),
        Column("max error", True, of=lambda row: f"{row.error.max_abs:.2e}"),
        Column("same class", True, leaves=2, of=lambda row: percent(row.error.argmax_agreement)) if classes else None,
        Column("accuracy", True, leaves=2, of=lambda row: percent(row.error.accuracy_device)) if labels else None,
        Column("on", folds=True, of=lambda row: row.target),
        Column("ms", True, of=lambda row: row.facts.time if row.facts else "-"),
        Column("flash", True, of=lambda row: f"{row.point[2]:,.0f} B"),
        Column("RAM+stack", True, of=lambda row: f"{row.point[3]:,.0f} B"),
        Column("keeps", of=lambda row: _keeps(row, limits)) if str(limits) else None,
    )


def _keeps(row: Candidate, limits: Limits) -> Styled:
    """Whether a candidate meets the limits; without its time, that may be not known."""
    if row.keeps:
        return Styled("yes", "good")
    return Styled("not known" if broken(row, limits) == UNTIMED else "no", "note")


def _notes(page: Sheet, choice: Choice, measured: int, rows: int) -> None:
    boards = len({row.target for row in choice.rows})
    page.line(
        f"{counted(boards, 'board')}, {measured} of {len(choice.rows)} combinations run; shown: the"
        f" {min(rows, MOST_ROWS)} that nothing beats in error, time, flash and RAM at once. --json has all."
    )
    page.line(
        "ms: of a step or call at the board's clock, without waits for flash; ~ estimated from instructions; - no"
        " cycles of the core are published. Flash and RAM are the model's own. Small means flash, then RAM: prices"
        " are not known."
    )
    reasons = {row.result for row in choice.rows} - {"pass"}
    for result in sorted(reasons):
        names = sorted({f"{row.target} {row.name}" for row in choice.rows if row.result == result})
        if result in ("differs", "error", "skipped"):
            reason = next(row.reason for row in choice.rows if row.result == result)
            page.line(
                Styled(f"{result}: ", "note"), f"{', '.join(names[:4])}{' ...' * (len(names) > 4)}: {reason}", hang=2
            )
        else:
            page.line(f"{result}: {counted(len(names), 'combination')}", hang=2)


def _quality(row: Candidate) -> str:
    """The measured errors and scores of a candidate's outputs."""
    return "" if row.error is None else f": error {row.error.max_abs:.2e}, {', '.join(facts_of(row.error))}"


def _load(row: Candidate, rate: float | None) -> str:
    return "" if rate is None or row.milliseconds is None else f" ({row.milliseconds * rate / 10:.2g} % of the time)"
