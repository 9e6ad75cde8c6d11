"""Choose: a model on every core in every numeric type, each measured once; which board and type are the least that do.

Where a type errs more than is allowed, layers that need it are given wider ones: a mix.

Errors follow from the numeric type alone: integers are the reference's bit for bit on every core, so they come from
the reference on all of the data, and one sample on each core shows that it computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

import numpy as np

from ..boards import target
from ..core.errors import BudgetError, ExitCode, GatesmithError, UnsupportedError, UsageError
from ..core.settings import SILENT, Progress, Settings
from ..numerics import NUMERICS
from ..oracle.compare import OutputComparison, compare
from ..oracle.judge import Judgement
from ..oracle.reference import Reference
from ..quantization.mixing import LADDER
from ..quantization.quantizing import in_numbers, mixed
from ..run.toolchain import board as firmware
from ..run.way import C99, reach
from .budget import least_flash
from .facts import Facts
from .measure import Measurements, store
from .plan import Plan, numerics_of, plan
from .results import Candidate, Choice
from .validate import Question, ask, judged

SAMPLES = 1
"""Sent to each core: what it computes is known, and a slow one takes a minute for a sequence."""
Errors = dict[tuple[str, tuple[str, ...]], OutputComparison | str]
"""By numeric type and types of single layers."""
UNITS = {"hz": 1.0, "khz": 1e3, "mhz": 1e6}


def rate_of(text: str | None) -> float | None:
    """Steps a second from ``10Hz``, ``2.5kHz`` or a number.

    Raises:
        UsageError: it is none.
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


def boards_of(wanted: Sequence[str]) -> list[str]:
    """The boards that are meant: names with commas between them, or every board that is emulated here.

    Raises:
        UsageError: a target does not exist, or nothing can be said of it.
    """
    named = [name for words in wanted for name in words.split(",") if name]
    if not named:
        return [name for name in target.names() if target.load(name).emulator and target.load(name).backend == C99]
    for name in named:
        board = target.load(name)
        if not board.emulator or board.backend != C99:
            raise UsageError(
                f"nothing that counts stands in for {name}", fix="gatesmith targets lists what boards are emulated on"
            )
    return list(dict.fromkeys(named))


def choose(
    path: Path,
    settings: Settings,
    data: Path,
    input: Path | None = None,
    boards: Sequence[str] = (),
    rate: float | None = None,
    max_error: float | None = None,
    max_ms: float | None = None,
    max_flash: int | None = None,
    progress: Progress = SILENT,
) -> Choice:
    """Measure a model on boards in numeric types, and find the least that keeps rate and error.

    Args:
        data: calibrates integers; errors are told on it too, unless there is ``input``.
        boards: as of :func:`boards_of`.
        rate: steps (or calls) a second that the board must keep.
        max_error: largest error of an output, in its units.
        max_ms: longest time of a step (or call). max_flash: most bytes of the model.

    Raises:
        GatesmithError: the model, the data or the command line are refused; what befalls a board is told of it.
    """
    names = boards_of(boards)
    settings = replace(settings, calibration=str(data), max_error=None, emulate=True)
    asked = ask(path, settings, input or data, progress)
    few = _few(asked)
    types = _types(names, settings.numeric)
    with progress.step("errors"):
        errors: Errors = {(name, ()): _error(asked, replace(settings, numeric=name)) for name in types}
        if max_error is not None:
            errors |= _mixes(asked, settings, errors, max_error)
    begun: list[tuple[str, Callable[[], Candidate]]] = []
    found: list[Candidate] = []
    with Measurements(store(settings.cache)) as measurements:
        for name in names:
            board = target.load(name)
            for (numeric, kept), error in errors.items():
                if numeric in numerics_of(board):
                    own = replace(settings, target=name, numeric=numeric, keep=kept)
                    begun.append((name, _begun(few, own, error, measurements)))
        for name in names:
            with progress.step(name):
                found += [wait() for each, wait in begun if each == name]
    times = [limit for limit in (None if rate is None else 1e3 / rate, max_ms) if limit is not None]
    held = [_kept(one, min(times, default=None), max_error, max_flash) for one in found]
    front = _front([one for one in held if one.result == "pass"])
    rows = tuple(replace(one, front=one in front) for one in held)
    best = min((one for one in rows if one.keeps), key=_size, default=None)
    return Choice(
        asked.model, asked.note, len(asked.inputs[0]), rows, best, rate, max_error, data, input, max_ms, max_flash
    )


def _types(names: Sequence[str], wanted: str | None) -> list[str]:
    taken = [numeric for name in names for numeric in numerics_of(target.load(name))]
    found = [name for name in NUMERICS if name in taken and wanted in (None, name)]
    if not found:
        raise UsageError(f'no board takes the numeric type "{wanted}"', fix=f"choose one of: {', '.join(NUMERICS)}")
    return found


def _mixes(asked: Question, settings: Settings, errors: Errors, most: float) -> Errors:
    """Of each integer type that errs too much, a mix with wider ones that does not, where there is one: its error."""
    found: Errors = {}
    for (name, _), error in errors.items():
        if isinstance(error, str) or error.max_abs <= most or name not in LADDER[:-1]:
            continue
        try:
            kept = mixed(asked.model, settings, NUMERICS[name], most, asked.seen)
        except UnsupportedError:
            continue
        own = _error(asked, replace(settings, numeric=name, keep=kept)) if kept else error
        if not isinstance(own, str) and own.max_abs <= most:
            found[name, kept] = own
    return found


def _few(asked: Question) -> Question:
    """The question of the first samples alone."""
    judgement = Judgement([y[:SAMPLES] for y in asked.judgement.outputs], asked.judgement.oracle)
    inputs = [x[:SAMPLES] for x in asked.inputs]
    return replace(asked, inputs=inputs, labels=None, judgement=judgement, _integers={})


def _error(asked: Question, settings: Settings) -> OutputComparison | str:
    """The worst output of a numeric type on all of the data; or why there is none."""
    numeric = NUMERICS[settings.numeric or ""]
    try:
        graph = in_numbers(asked.model, settings, numeric, asked.seen)
    except UnsupportedError as error:
        return error.what
    if numeric.integer:
        forms = [graph.tensor(port.tensor).format for port in graph.inputs]
        given = [form.quantize(x) for form, x in zip(forms, asked.inputs, strict=True)]
        answers = Reference(graph, np.int64).run(given)
    else:
        answers = Reference(graph, np.float32).run(asked.inputs)
    ends = [graph.tensor(port.tensor).format for port in graph.outputs]
    labels = asked.labels if len(answers) == 1 else None
    rows = [
        compare("", form.real(ours), theirs, labels)
        for form, ours, theirs in zip(ends, answers, asked.judgement.outputs, strict=True)
    ]
    return max(rows, key=lambda row: row.max_abs)


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
    return lambda: _measured(row, lambda: judged(asked, chosen, ran(), None).report, chosen)


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


def _kept(one: Candidate, period: float | None, max_error: float | None, max_flash: int | None) -> Candidate:
    """Whether it keeps what was asked; where its time is not known, no rate is kept for sure."""
    if one.result != "pass" or one.error is None:
        return one
    quick = period is None or (one.milliseconds is not None and one.milliseconds <= period)
    near = max_error is None or one.error.max_abs <= max_error
    small = max_flash is None or one.point[2] <= max_flash
    return replace(one, keeps=quick and near and small)


def _front(rows: Sequence[Candidate]) -> list[Candidate]:
    """Those than which none is better in error, time, flash and RAM at once (time: where it is known)."""
    points = {id(row): row.point for row in rows}
    return [row for row in rows if not any(_beats(points[id(other)], points[id(row)]) for other in rows)]


def _beats(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and a != b


def _size(one: Candidate) -> tuple[float, ...]:
    """Least first: flash and RAM of the board, for want of prices; on one board the smaller error."""
    assert one.error is not None
    return (*one.memory, one.error.max_abs, one.milliseconds or 0.0)


def command_of(choice: Choice) -> str:
    """The command that writes the chosen code."""
    best = choice.best
    assert best is not None
    words = ["gatesmith", "generate", str(choice.model.path), "--target", best.target, "--numeric", best.numeric]
    if NUMERICS[best.numeric].integer:
        words += ["--calibration", str(choice.data)]
    words += [word for kept in best.kept for word in ("--keep", kept)]
    return " ".join(map(quote, [*words, "--output", f"{Path(best.target).stem}_model"]))
