"""The one search for numeric types: ``choose``, ``--numeric auto`` and ``mixed``, and limits of single commands.

A candidate is a numeric type with the types of single layers, on a board. Its error follows from the types alone:
integers are the reference's bit for bit on every core, so it comes from the reference on all of the data, and one
sample on each core shows that the core computes the same and what it costs.
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

SAMPLES = 1
"""Sent to each core: what it computes is known, and a slow one takes a minute for a sequence."""
Errors = dict[tuple[str, tuple[str, ...]], OutputComparison | str]
"""By numeric type and types of single layers: the worst output, or why there is none."""
Rows = tuple[Candidate, ...]


def search(
    asked: Question,
    settings: Settings,
    boards: Sequence[str],
    types: Iterable[str],
    limits: Limits,
    measured: bool = True,
    progress: Progress = SILENT,
) -> tuple[Rows, Candidate | None]:
    """Candidates with what they keep, and the least that keeps all limits; None where none does.

    Args:
        types: numeric types; where limits of the error ask for it, single layers are tried in wider ones, and where one
            of flash does, with fewer bits.
        measured: whether a program runs on each board; else bytes are estimated.

    Raises:
        UsageError: a limit means nothing for the model.
        GatesmithError: the model or the data are refused; what befalls a board is told of it.
    """
    with progress.step("errors"):
        errors = errors_of(asked, settings, types, limits)
    rows: list[Candidate] = []
    with Measurements(store(settings.cache)) as measurements:
        counting = measurements if measured else None
        begun = [(name, _begin(asked, settings, name, errors, counting)) for name in boards]
        for name, waits in begun:
            with progress.step(name):
                for done, wait in enumerate(waits):
                    progress.counted(done, len(waits))
                    rows.append(wait())
                here = [row for row in rows if row.target == target.load(name).option]
                rows += _slimmer(asked, replace(settings, target=name), here, limits, counting)
    return judge(rows, limits)


def _slimmer(
    asked: Question, settings: Settings, rows: Sequence[Candidate], limits: Limits, measurements: Measurements | None
) -> list[Candidate]:
    """Mixes of bits of weights on a board where the most do not fit into a limit of flash, or the board, and the fewest
    do: by halves along their order, to the first that fits."""
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
    mixes = slimmer(asked.model, settings, asked.seen)
    tried: list[Candidate] = []
    few, low, high = _few(asked), 0, len(mixes) - 1
    while low < high:
        middle = (low + high) // 2
        mix = in_type(settings, SLIM[-1], mixes[middle])
        tried.append(_begun(few, mix, _error(asked, mix), measurements)())
        fits = tried[-1].result == "pass" and tried[-1].point[2] <= limits.flash
        low, high = (low, middle) if fits else (middle + 1, high)
    return tried


def errors_of(asked: Question, settings: Settings, types: Iterable[str], limits: Limits) -> Errors:
    """The error of each numeric type on all of the data; and of each integer type that errs too much, that of a mix
    with wider ones that does not, where there is one."""
    errors: Errors = {(name, ()): _error(asked, in_type(settings, name)) for name in types}
    for row in errors.values():
        if not isinstance(row, str):
            limits.check(row)
    for (name, _), error in list(errors.items()) if limits.exact else ():
        if isinstance(error, str) or limits.accepts(error) or name not in LADDER[:-1]:
            continue
        try:
            keep = mixed(asked.model, settings, NUMERICS[name], limits, asked.seen)
        except (AccuracyError, UnsupportedError):
            continue
        mix = _error(asked, in_type(settings, name, keep)) if keep else error
        if not isinstance(mix, str) and limits.accepts(mix):
            errors[name, keep] = mix
    return errors


def in_type(settings: Settings, numeric: str, keep: tuple[str, ...] = ()) -> Settings:
    """Settings in a numeric type, with types of single layers."""
    return replace(settings, numeric=numeric, keep=keep or settings.keep if NUMERICS[numeric].integer else ())


def _error(asked: Question, settings: Settings) -> OutputComparison | str:
    try:
        graph = in_numbers(asked.model, settings, NUMERICS[settings.numeric or ""], asked.seen)
    except UnsupportedError as error:
        return error.what
    outputs = asked.judgement.outputs
    return worst(compare_batches([""] * len(outputs), [(evaluate(graph, asked.inputs), outputs, asked.labels)]))


def _begin(
    asked: Question, settings: Settings, name: str, errors: Errors, measurements: Measurements | None
) -> list[Callable[[], Candidate]]:
    """A board in the types that it takes, begun: each that is returned waits for its answer."""
    settings, few = replace(settings, target=name), _few(asked)
    names = numerics_of(target.load(name))
    return [
        _begun(few, in_type(settings, *key), error, measurements) for key, error in errors.items() if key[0] in names
    ]


def _few(asked: Question) -> Question:
    """The question of the first samples alone."""
    judgement = Judgement([y[:SAMPLES] for y in asked.judgement.outputs], asked.judgement.oracle)
    inputs = [x[:SAMPLES] for x in asked.inputs]
    return replace(asked, inputs=inputs, labels=None, judgement=judgement, _integers={})


def _begun(
    asked: Question, settings: Settings, error: OutputComparison | str, measurements: Measurements | None
) -> Callable[[], Candidate]:
    """A candidate, begun; what is returned waits for it."""
    board = target.load(settings.target)
    row = Candidate(
        board.option, board.family or board.core, settings.numeric or "", "pass", keep=settings.keep,
        error=None if isinstance(error, str) else error, memory=(board.flash, board.ram),
    )  # fmt: skip
    if isinstance(error, str):
        return partial(replace, row, result="no such form", reason=error)
    if measurements is None:
        return lambda: _estimated(row, asked, plan(settings))
    tolerance = NUMERICS[settings.numeric or ""].tolerance
    emulated = replace(settings, emulate=True, tolerance=tolerance)
    if not row.keep and least_flash(asked.model, NUMERICS[row.numeric]) > board.flash > 0:
        return partial(replace, row, result="does not fit", reason="the weights alone are more than its flash")
    wait = begin(asked, emulated, board, measurements)
    return lambda: _ran(row, wait())


def _estimated(row: Candidate, asked: Question, chosen: Plan) -> Candidate:
    """With the bytes that the program takes by estimate; of the weights alone where nothing tells more."""
    numeric = chosen.numeric
    try:
        with omitted():
            generated = program(asked.in_file, chosen, sized(asked.in_file, numeric, chosen.settings))
    except UnsupportedError as refused:
        return replace(row, result="no such form", reason=refused.what)
    flash = generated.weight_bytes
    if chosen.target.costs is not None and not chosen.python:
        flash = budget(generated, generated.lengths, chosen.target, numeric.name, link=False).flash.used
    return replace(row, estimate=flash)


def _ran(row: Candidate, done: TargetResult) -> Candidate:
    """With what a board answered: integers must be the reference's, floats within their tolerance."""
    if (facts := done.facts) is None:
        return replace(row, result=done.result, reason=done.reason)
    differs = bool(facts.different_integers) if NUMERICS[row.numeric].integer else not facts.passed
    result, reason = ("differs", "computes otherwise than the reference") if differs else ("pass", "")
    return replace(row, result=result, reason=reason, facts=facts)


def judge(candidates: Sequence[Candidate], limits: Limits) -> tuple[Rows, Candidate | None]:
    """Candidates with what they keep, and the cheapest that keeps all; None where none does."""
    judged = [replace(one, keeps=not broken(one, limits)) for one in candidates]
    front = _front([one for one in judged if one.result == "pass"])
    rows = tuple(replace(one, front=one in front) for one in judged)
    return rows, min((one for one in rows if one.keeps), key=lambda one: _size(one, limits), default=None)


def broken(one: Candidate, limits: Limits) -> str:
    """Which limits a candidate does not keep, in words; empty where it keeps all. Where its time is not known, no limit
    of time is kept for sure."""
    if one.result != "pass" or one.error is None:
        return f"{one.result}: {one.reason}" if one.reason else one.result
    parts, flash = [limits.violation(one.error)], one.point[2]
    if limits.flash is not None and flash > limits.flash:
        parts.append(f"flash {flash:,.0f} > {limits.flash:,} B")
    if limits.period is not None and one.milliseconds is None:
        parts.append("no time is known")
    elif limits.period is not None and one.point[1] > limits.period:
        parts.append(f"{one.point[1]:.3g} > {limits.period:.3g} ms")
    return ", ".join(part for part in parts if part)


def nearest(rows: Sequence[Candidate], limits: Limits) -> str:
    """The candidate that comes nearest to limits that none keeps, in words."""
    ran = [(row, row.error) for row in rows if row.result == "pass" and row.error is not None]
    if not ran:
        return "nothing ran"
    accurate = [row for row, error in ran if limits.accepts(error)]
    if not accurate:
        least, error = min(ran, key=lambda pair: (pair[1].lost if limits.drop is not None else 0.0, pair[0].point))
        lost = f", {100 * error.lost:.3g} points lost" if limits.drop is not None else ""
        return f"the least error is {least.point[0]:.2e}{lost}, in {least.name}"
    small = [row for row in accurate if limits.flash is None or row.point[2] <= limits.flash]
    if not small:
        first = min(accurate, key=lambda row: row.point[2])
        return f"the smallest accurate one is {first.target} in {first.name}, {first.point[2]:,.0f} B"
    quick = min(small, key=lambda row: row.point[1])
    return f"the quickest accurate one is {quick.target} in {quick.name}, {quick.time or 'no time is known'}"


def _front(rows: Sequence[Candidate]) -> list[Candidate]:
    """The Pareto front in error, time (if known), flash and RAM."""
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
