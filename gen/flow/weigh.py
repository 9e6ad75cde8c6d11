"""A model on boards in numeric types, and in mixes of them: what each errs, takes and lasts, and which is the least
that keeps limits. The one way of choosing, of ``choose`` and of ``--numeric auto``.

Errors follow from the numeric type alone: integers are the reference's bit for bit on every core, so they come from
the reference on all of the data, and one sample on each core shows that it computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..boards import target
from ..core.errors import AccuracyError, BudgetError, ExitCode, GatesmithError, UnsupportedError, UsageError
from ..core.settings import Settings
from ..numerics import NUMERICS
from ..oracle.compare import OutputComparison, compare
from ..oracle.judge import Judgement
from ..quantization.mixing import LADDER, Goal, evaluate
from ..quantization.prepare import in_numbers, mixed
from ..run.toolchain import board as firmware
from ..run.way import reach
from .budget import least_flash
from .facts import Facts
from .limits import Limits
from .measure import Measurements
from .plan import Plan, numerics_of, plan
from .results import Candidate, Choice
from .validate import Question, beside
from .verdict import as_good

SAMPLES = 1
"""Sent to each core: what it computes is known, and a slow one takes a minute for a sequence."""
Errors = dict[tuple[str, tuple[str, ...]], OutputComparison | str]
"""By numeric type and types of single layers."""


def errors_of(asked: Question, settings: Settings, types: Iterable[str], limits: Limits) -> Errors:
    """The worst output of each numeric type on all of the data, or why there is none; and of each integer type that
    errs too much, the same of a mix with wider ones that does not, where there is one."""
    found: Errors = {(name, ()): _error(asked, replace(settings, numeric=name)) for name in types}
    rows = [row for row in found.values() if not isinstance(row, str)]
    if limits.drop is not None and any(row.argmax_agreement is None and row.accuracy_oracle is None for row in rows):
        raise UsageError(
            "--max-accuracy-drop means nothing here: no classes", fix="--max-error X, in units of the outputs"
        )
    if limits.exact:
        found |= _mixes(asked, settings, found, limits)
    return found


def _mixes(asked: Question, settings: Settings, errors: Errors, limits: Limits) -> Errors:
    found: Errors = {}
    for (name, _), error in errors.items():
        if isinstance(error, str) or limits.near(error) or name not in LADDER[:-1]:
            continue
        try:
            kept = mixed(asked.model, settings, NUMERICS[name], Goal(limits.error, limits.drop), asked.seen)
        except (AccuracyError, UnsupportedError):
            continue
        own = _error(asked, replace(settings, numeric=name, keep=kept)) if kept else error
        if not isinstance(own, str) and limits.near(own):
            found[name, kept] = own
    return found


def few(asked: Question) -> Question:
    """The question of the first samples alone."""
    judgement = Judgement([y[:SAMPLES] for y in asked.judgement.outputs], asked.judgement.oracle)
    inputs = [x[:SAMPLES] for x in asked.inputs]
    return replace(asked, inputs=inputs, labels=None, judgement=judgement, _integers={})


def _error(asked: Question, settings: Settings) -> OutputComparison | str:
    numeric = NUMERICS[settings.numeric or ""]
    settings = settings if numeric.integer else replace(settings, keep=())
    try:
        graph = in_numbers(asked.model, settings, numeric, asked.seen)
    except UnsupportedError as error:
        return error.what
    answers = evaluate(graph, asked.inputs)
    labels = asked.labels if len(answers) == 1 else None
    rows = [compare("", ours, theirs, labels) for ours, theirs in zip(answers, asked.judgement.outputs, strict=True)]
    agreements = [row.argmax_agreement for row in rows if row.argmax_agreement is not None]
    return replace(max(rows, key=lambda row: row.max_abs), argmax_agreement=min(agreements, default=None))


def begin(
    asked: Question, settings: Settings, errors: Errors, measurements: Measurements
) -> list[Callable[[], Candidate]]:
    """A board in the types that it takes, begun: each that is returned waits for its answer."""
    own, names = few(asked), numerics_of(target.load(settings.target))
    return [
        _begun(own, in_type(settings, *key), error, measurements) for key, error in errors.items() if key[0] in names
    ]


def in_type(settings: Settings, numeric: str, kept: tuple[str, ...]) -> Settings:
    """Settings in a type, or in a mix."""
    return replace(settings, numeric=numeric, keep=kept or settings.keep if NUMERICS[numeric].integer else ())


def _begun(
    asked: Question, settings: Settings, error: OutputComparison | str, measurements: Measurements
) -> Callable[[], Candidate]:
    """A board in a numeric type, begun; what is returned waits for it."""
    board = target.load(settings.target)
    core = board.family or board.core
    told = None if isinstance(error, str) else error
    memory = (board.flash, board.ram)
    row = Candidate(board.option, core, settings.numeric or "", "pass", error=told, memory=memory, kept=settings.keep)

    def ended(result: str, reason: str) -> Callable[[], Candidate]:
        return lambda: replace(row, result=result, reason=reason)

    if isinstance(error, str):
        return ended("no such form", error)
    chosen = plan(settings, runs=True)
    if least_flash(asked.model, chosen.numeric) > board.flash > 0:
        return ended("does not fit", "the weights alone are more than its flash")
    way = reach(board, emulate=True)
    assert way.emulator is not None
    if lacking := firmware.lacking(board, way.emulator):
        return ended("skipped", lacking)
    try:
        ready = measurements.ready(asked.model, chosen, asked.seen)
        ran = measurements.begin(ready, chosen, asked.inputs)
    except BudgetError as refused:
        return ended("does not fit", refused.why)
    return lambda: _measured(row, lambda: beside(asked, chosen, ran(), chosen.numeric.tolerance).report, chosen)


def _measured(row: Candidate, work: Callable[[], Facts], chosen: Plan) -> Candidate:
    try:
        facts = work()
    except BudgetError as error:
        return replace(row, result="does not fit", reason="; ".join(error.why.splitlines()))
    except GatesmithError as error:
        if error.exit_code not in (ExitCode.DEVICE, ExitCode.BUILD):
            raise
        return replace(row, result="error", reason=error.what)
    differs = bool(facts.different_integers) if chosen.numeric.integer else not facts.passed
    return replace(
        row,
        result="differs" if differs else "pass",
        reason="computes otherwise than the reference" if differs else "",
        facts=facts,
    )


def judge(found: Sequence[Candidate], limits: Limits) -> tuple[tuple[Candidate, ...], Candidate | None]:
    """Candidates with what they keep, and the cheapest that keeps all; None where none does."""
    held = [replace(one, keeps=not broken(one, limits)) for one in found]
    front = _front([one for one in held if one.result == "pass"])
    rows = tuple(replace(one, front=one in front) for one in held)
    return rows, min((one for one in rows if one.keeps), key=lambda one: _size(one, limits), default=None)


def broken(one: Candidate, limits: Limits) -> str:
    """Which limits a candidate does not keep, in words; empty where it keeps all. Where its time is not known, no limit
    of time is kept for sure."""
    if one.result != "pass" or one.error is None:
        return f"{one.result}: {one.reason}" if one.reason else one.result
    parts, flash = [limits.apart(one.error)], one.point[2]
    if limits.flash is not None and flash > limits.flash:
        parts.append(f"flash {flash:,.0f} > {limits.flash:,} B")
    if limits.period is not None and one.milliseconds is None:
        parts.append("no time is known")
    elif limits.period is not None and one.point[1] > limits.period:
        parts.append(f"{one.point[1]:.3g} > {limits.period:.3g} ms")
    return ", ".join(part for part in parts if part)


def nearest(rows: Sequence[Candidate], limits: Limits) -> str:
    """What comes nearest to limits that nothing keeps, in words."""
    ran = [row for row in rows if row.result == "pass" and row.error is not None]
    if not ran:
        return "nothing ran"
    near = [row for row in ran if row.error is not None and limits.near(row.error)]
    if not near:
        least = min(ran, key=lambda row: (row.error.lost if limits.drop is not None and row.error else 0.0, row.point))
        lost = f", {100 * least.error.lost:.3g} points lost" if limits.drop is not None and least.error else ""
        return f"the least error is {least.point[0]:.2e}{lost}, in {least.name}"
    small = [row for row in near if limits.flash is None or row.point[2] <= limits.flash]
    if not small:
        first = min(near, key=lambda row: row.point[2])
        return f"the smallest of good error is {first.target} in {first.name}, {first.point[2]:,.0f} B"
    quick = min(small, key=lambda row: row.point[1])
    told = "no time is known"
    if quick.facts is not None and quick.milliseconds is not None:
        told = f"{milliseconds(quick)} ms a {quick.facts.milliseconds_per}"
    return f"the quickest of good error is {quick.target} in {quick.name}, {told}"


def milliseconds(row: Candidate) -> str:
    """Of a step or call, in words."""
    if row.facts is None or row.milliseconds is None:
        return "-"
    return f"{'~' if row.facts.estimated_cycles is not None else ''}{row.milliseconds:.3g}"


def _front(rows: Sequence[Candidate]) -> list[Candidate]:
    """Those than which none is better in error, time, flash and RAM at once (time: where it is known)."""
    points = {id(row): row.point for row in rows}
    return [row for row in rows if not any(_beats(points[id(other)], points[id(row)]) for other in rows)]


def _beats(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and a != b


def _size(one: Candidate, limits: Limits) -> tuple[float, ...]:
    """Sort key: the smallest board, as prices are not known; on one board by the limits. Without any limit, candidates
    as good as Keras come first and are sorted by time and flash; the others by their error."""
    error, ms, flash, _ = one.point
    ms = 0.0 if one.milliseconds is None else ms
    if limits.exact or limits.costs:
        return (*one.memory, *limits.order(error, flash, ms))
    good = one.error is not None and as_good(one.error)
    return (0.0 if good else error, *one.memory, ms, flash, error)


def better(choice: Choice) -> Candidate | None:
    """The cheapest candidate on the chosen board with a smaller error than the chosen one; None if there is none."""
    best = choice.best
    if best is None or best.error is None:
        return None
    least = best.error.max_abs
    others = [
        row
        for row in choice.rows
        if row.target == best.target and row.keeps and row.error is not None and row.error.max_abs < least
    ]
    return min(others, key=lambda row: row.point[1:], default=None)
