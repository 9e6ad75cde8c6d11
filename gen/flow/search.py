"""The search for numeric types of ``choose``, ``--numeric auto`` and ``mixed``, and for limits of single commands.

A candidate is a numeric type with the types of single layers, on a board. Its error follows from the types alone:
integers equal the reference's bit for bit on every core. So the reference computes the error on all of the data, and
one sample on each core shows that the core computes the same, and its costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from ..backends.c99.literals import omitted
from ..boards import target
from ..budget.budget import budget
from ..core.errors import AccuracyError, UnsupportedError
from ..core.settings import SILENT, Progress, Settings
from ..numerics import NUMERICS
from ..oracle.compare import OutputComparison, compare_batches, worst
from ..oracle.judge import Judgement
from ..oracle.limits import Limits
from ..oracle.reference import evaluate
from ..quantization.prepare import in_numbers, mixed, slimmer
from ..quantization.sized import sized
from ..quantization.widening import LADDER, SLIM
from .budget import least_flash
from .measure import Measurements, store
from .plan import Plan, numerics_of, plan
from .program import program
from .results import Candidate, Choice, TargetResult
from .validate import Question
from .validate_many import begin
from .verdict import as_good

UNTIMED = "no time is known"
SAMPLES = 1
"""Number of samples sent to each core: its outputs are known, and a slow core takes a minute for a sequence."""
Errors = dict[tuple[str, tuple[str, ...]], OutputComparison | str]
"""Numeric type and types of single layers -> the worst output, or the reason why there is none."""
Rows = tuple[Candidate, ...]


def search(
    question: Question,
    settings: Settings,
    boards: Sequence[str],
    types: Iterable[str],
    limits: Limits,
    measured: bool = True,
    progress: Progress = SILENT,
) -> tuple[Rows, Candidate | None]:
    """Judged candidates, and the smallest that meets all limits; None if none does.

    Args:
        types: numeric types. If a limit of the error requires it, single layers are tried in wider types; if a limit of
            flash does, with fewer bits.
        measured: whether a program runs on each board; otherwise bytes are estimated.

    Raises:
        UsageError: a limit does not apply to the model.
        GatesmithError: the model or the data are refused; errors of a board are in its row.
    """
    with progress.step("errors"):
        errors = errors_of(question, settings, types, limits)
    rows: list[Candidate] = []
    with Measurements(store(settings.cache)) as measurements:
        counting = measurements if measured else None
        begun = [(name, _begin(question, settings, name, errors, counting)) for name in boards]
        for name, waits in begun:
            with progress.step(name):
                for count, wait in enumerate(waits):
                    progress.counted(count, len(waits))
                    rows.append(wait())
                board_rows = [row for row in rows if row.target == target.load(name).option]
                rows += _slimmer(question, replace(settings, target=name), board_rows, limits, counting)
    return judge(rows, limits)


def _slimmer(
    question: Question, settings: Settings, rows: Sequence[Candidate], limits: Limits, measurements: Measurements | None
) -> list[Candidate]:
    """Candidates that mix bits of weights, if the fewest bits fit the limit of flash and the most do not: a binary
    search along the order of mixes for the first that fits."""
    flash = {
        row.numeric: row.point[2] if row.result == "pass" else inf
        for row in rows
        if row.result in ("pass", "does not fit") and row.keep == settings.keep
    }
    fewest, most = flash.get(SLIM[0]), flash.get(SLIM[-1])
    if limits.exact or limits.flash is None or fewest is None or most is None:
        return []
    if not fewest <= limits.flash < most:
        return []
    mixes = slimmer(question.model, settings, question.observed)
    candidates: list[Candidate] = []
    short, low, high = _short_question(question), 0, len(mixes) - 1
    while low < high:
        middle = (low + high) // 2
        mix = in_type(settings, SLIM[-1], mixes[middle])
        candidates.append(_begun(short, mix, _error(question, mix), measurements)())
        fits = candidates[-1].result == "pass" and candidates[-1].point[2] <= limits.flash
        low, high = (low, middle) if fits else (middle + 1, high)
    return candidates


def errors_of(question: Question, settings: Settings, types: Iterable[str], limits: Limits) -> Errors:
    """The error of each numeric type on all of the data. For each integer type with too large an error, also the error
    of a mix with wider types that meets the limits, if there is one."""
    errors: Errors = {(name, ()): _error(question, in_type(settings, name)) for name in types}
    for row in errors.values():
        if not isinstance(row, str):
            limits.check(row)
    for (name, _), error in list(errors.items()) if limits.exact else ():
        if isinstance(error, str) or limits.accepts(error) or name not in LADDER[:-1]:
            continue
        try:
            keep = mixed(question.model, settings, NUMERICS[name], limits, question.observed)
        except (AccuracyError, UnsupportedError):
            continue
        mix = _error(question, in_type(settings, name, keep)) if keep else error
        if not isinstance(mix, str) and limits.accepts(mix):
            errors[name, keep] = mix
    return errors


def in_type(settings: Settings, numeric: str, keep: tuple[str, ...] = ()) -> Settings:
    """Settings in a numeric type, with types of single layers."""
    return replace(settings, numeric=numeric, keep=keep or settings.keep if NUMERICS[numeric].integer else ())


def _error(question: Question, settings: Settings) -> OutputComparison | str:
    try:
        graph = in_numbers(question.model, settings, NUMERICS[settings.numeric or ""], question.observed)
    except UnsupportedError as error:
        return error.what
    outputs = question.judgement.outputs
    return worst(compare_batches(graph, [(evaluate(graph, question.inputs), outputs, question.labels)]))


def _begin(
    question: Question, settings: Settings, name: str, errors: Errors, measurements: Measurements | None
) -> list[Callable[[], Candidate]]:
    """Start the measurements of a board in the types that it supports; each returned function waits for one."""
    settings, short = replace(settings, target=name), _short_question(question)
    names = numerics_of(target.load(name))
    return [
        _begun(short, in_type(settings, *key), error, measurements) for key, error in errors.items() if key[0] in names
    ]


def _short_question(question: Question) -> Question:
    """The question with the first samples alone."""
    judgement = Judgement([y[:SAMPLES] for y in question.judgement.outputs], question.judgement.oracle)
    inputs = [x[:SAMPLES] for x in question.inputs]
    return replace(question, inputs=inputs, labels=None, judgement=judgement, _integers={})


def _begun(
    question: Question, settings: Settings, error: OutputComparison | str, measurements: Measurements | None
) -> Callable[[], Candidate]:
    """Start the measurement of a candidate; the returned function waits for it."""
    board = target.load(settings.target)
    row = Candidate(
        board.option, board.family or board.core, settings.numeric or "", "pass", keep=settings.keep,
        error=None if isinstance(error, str) else error, memory=(board.flash, board.ram),
    )  # fmt: skip
    if isinstance(error, str):
        return partial(replace, row, result="no such form", reason=error)
    if measurements is None:
        return lambda: _estimated(row, question, plan(settings))
    tolerance = NUMERICS[settings.numeric or ""].tolerance
    emulated = replace(settings, emulate=True, tolerance=tolerance)
    if not row.keep and least_flash(question.model, NUMERICS[row.numeric]) > board.flash > 0:
        return partial(replace, row, result="does not fit", reason="the weights alone are more than its flash")
    wait = begin(question, emulated, board, measurements)
    return lambda: _measured(row, wait())


def _estimated(row: Candidate, question: Question, chosen: Plan) -> Candidate:
    """The candidate with the estimated bytes of the program, or of the weights alone if no estimate is possible."""
    numeric = chosen.numeric
    try:
        with omitted():
            generated = program(question.in_file, chosen, sized(question.in_file, numeric, chosen.settings))
    except UnsupportedError as refused:
        return replace(row, result="no such form", reason=refused.what)
    flash = generated.weight_bytes
    if chosen.target.costs is not None and not chosen.python:
        flash = budget(generated, generated.lengths, chosen.target, numeric.name, link=False).flash.used
    return replace(row, estimate=flash)


def _measured(row: Candidate, measured: TargetResult) -> Candidate:
    """The candidate with a board's results: integers must equal the reference's, floats be within their tolerance."""
    if (facts := measured.facts) is None:
        return replace(row, result=measured.result, reason=measured.reason)
    differs = bool(facts.different_integers) if NUMERICS[row.numeric].integer else not facts.passed
    result, reason = ("differs", "computes otherwise than the reference") if differs else ("pass", "")
    return replace(row, result=result, reason=reason, facts=facts)


def judge(candidates: Sequence[Candidate], limits: Limits) -> tuple[Rows, Candidate | None]:
    """Judged candidates, and the cheapest that meets all limits; None if none does."""
    judged = [replace(one, keeps=not broken(one, limits)) for one in candidates]
    front = _front([one for one in judged if one.result == "pass"])
    rows = tuple(replace(one, front=one in front) for one in judged)
    return rows, min((one for one in rows if one.keeps), key=lambda one: _size(one, limits), default=None)


def broken(one: Candidate, limits: Limits) -> str:
    """The limits that a candidate violates, in words; empty if it meets all. A limit of time is violated if its time is
    not known."""
    if one.result != "pass" or one.error is None:
        return f"{one.result}: {one.reason}" if one.reason else one.result
    parts, flash = [limits.violation(one.error)], one.point[2]
    if limits.flash is not None and flash > limits.flash:
        parts.append(f"flash {flash:,.0f} > {limits.flash:,} B")
    if limits.period is not None and one.milliseconds is None:
        parts.append(UNTIMED)
    elif limits.period is not None and one.point[1] > limits.period:
        parts.append(f"{one.point[1]:.3g} > {limits.period:.3g} ms")
    return ", ".join(part for part in parts if part)


def nearest(rows: Sequence[Candidate], limits: Limits) -> str:
    """The candidate nearest to limits that none meets, in words."""
    pairs = [(row, row.error) for row in rows if row.result == "pass" and row.error is not None]
    if not pairs:
        return "nothing ran"
    accurate = [row for row, error in pairs if limits.accepts(error)]
    if not accurate:
        least, error = min(pairs, key=lambda pair: (pair[1].lost if limits.drop is not None else 0.0, pair[0].point))
        points = f", {100 * error.lost:.3g} points lost" if limits.drop is not None else ""
        return f"the least error is {least.point[0]:.2e}{points}, in {least.name}"
    small = [row for row in accurate if limits.flash is None or row.point[2] <= limits.flash]
    if not small:
        first = min(accurate, key=lambda row: row.point[2])
        return f"the smallest accurate one is {first.target} in {first.name}, {first.point[2]:,.0f} B"
    quick = min(small, key=lambda row: row.point[1])
    time = quick.time or f"{UNTIMED}: leave out --rate and --max-ms, and time it on the board"
    return f"the quickest accurate one is {quick.target} in {quick.name}, {time}"


def _front(rows: Sequence[Candidate]) -> list[Candidate]:
    """The Pareto front in error, time (if known), flash and RAM."""
    points = {id(row): row.point for row in rows}
    return [row for row in rows if not any(_beats(points[id(rival)], points[id(row)]) for rival in rows)]


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
