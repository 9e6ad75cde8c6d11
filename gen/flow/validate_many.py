"""One model on several targets: read and judged once, then each target in turn; what cannot run is told with its
reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ..boards import target
from ..core.errors import BudgetError, DeviceError, ExitCode, GatesmithError, UsageError
from ..core.settings import SILENT, Progress, Settings
from ..files.single import check_writable, write_json
from ..run.route import Route, find_route
from ..run.toolchain import board as firmware
from ..version import __version__
from .facts import ManyFacts, TargetFacts
from .measure import Measurements, store
from .plan import plan
from .results import ManyResult, TargetResult, ValidateResult
from .validate import Question, answer, ask, beside

SCHEMA = "gatesmith/validate-many/1"
ALL_EMULATED = "all-emulated"
HOST = "host"
CHOSEN_SAMPLES = 8
"""Where none are given: fewer than for one target, since some of many are slow."""
FAULTS = (ExitCode.DEVICE, ExitCode.BUILD, ExitCode.BUDGET)
"""What may befall one target and leave the others: its device, its build, its size."""


def names_of(wanted: Sequence[str]) -> list[str]:
    """The targets that a command line means, once each: this machine first, then in the order they were given."""
    names = [HOST]
    for name in wanted:
        if name == ALL_EMULATED:
            names += [each for each in target.names() if target.load(each).emulator]
        else:
            names.append(name)
    return list(dict.fromkeys(names))


def each_of(settings: Settings, wanted: Sequence[str], ports: Sequence[str]) -> list[Settings]:
    """The settings of each target, over its port or on what stands in for it.

    Raises:
        UsageError: as of :func:`ports_of`.
    """
    names = names_of(wanted)
    reached = ports_of(ports, names)
    return [
        replace(settings, target=name, port=reached.get(name), emulate=name != HOST and name not in reached)
        for name in names
    ]


def ports_of(words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """``NAME=URL`` of each ``--port``, where there are several targets.

    Raises:
        UsageError: it does not say whose port it is.
    """
    ports: dict[str, str] = {}
    for word in words:
        name, equals, url = word.partition("=")
        if not equals or name not in names:
            raise UsageError(
                f'of several targets, "--port {word}" does not say which one it reaches',
                fix=f"--port NAME=URL, as in --port {names[-1]}=/dev/ttyUSB0; those without a port are emulated",
            )
        ports[name] = url
    return ports


def validate(
    path: Path,
    wanted: Sequence[str],
    settings: Settings,
    ports: Sequence[str] = (),
    input: Path | None = None,
    report: Path | None = None,
    progress: Progress = SILENT,
) -> ManyResult:
    """Lay each target's outputs beside the oracle's, this machine's first.

    A target whose tools are missing, that the model does not fit, or whose device fails is a row with its reason, and
    the others still run. What is wrong with the model, the data or the command line ends the whole.
    """
    each = each_of(settings, wanted, ports)
    boards = [target.load(chosen.target) for chosen in each]
    plan(each[0], runs=True)
    check_writable(report)
    asked = ask(path, settings, input, progress, CHOSEN_SAMPLES)
    rows: list[TargetResult] = []
    with Measurements(store(settings.cache)) as measurements:
        begun = [begin(asked, chosen, board, measurements) for chosen, board in zip(each, boards, strict=True)]
        for chosen, row in zip(each, begun, strict=True):
            with progress.step(chosen.target):
                rows.append(row())
                if rows[-1].result != "pass":
                    progress.ended(rows[-1].result)
    source = asked.model.reading.source
    facts = ManyFacts(
        schema=SCHEMA,
        gatesmith=__version__,
        model=path.name,
        weights_id=source.weights_id,
        math=settings.math,
        oracle=asked.judgement.oracle,
        input=asked.note,
        samples=len(asked.inputs[0]),
        steps=next((row.facts.steps for row in rows if row.facts), None),
        exit_code=int(code := exit_code(rows)),
        targets=[as_row(row) for row in rows],
    )
    if report is not None:
        write_json(report, facts.as_json())
    return ManyResult(tuple(rows), code, asked.model.reading, facts)


def exit_code(rows: Sequence[TargetResult]) -> int:
    """The answer to a script: a failure's 4 before all; then what went wrong with a device or a build; then, if no
    target beside this machine ran at all, the first one's reason; 0 otherwise."""
    if any(row.result == "fail" for row in rows):
        return ExitCode.VALIDATION
    if broken := [row.code for row in rows if row.result == "error"]:
        return broken[0]
    asked = [row for row in rows if row.how != HOST] or list(rows)
    return ExitCode.OK if any(row.result == "pass" for row in asked) else asked[0].code


def as_row(row: TargetResult) -> Any:
    """A row of the report: how it ended, and the facts of a single run."""
    facts = msgspec.structs.asdict(row.facts) if row.facts else {}
    shown = {key: value for key, value in facts.items() if key not in ("schema", "target")}
    ended = {"how": row.how or None, "result": row.result, "reason": row.reason or None, "exit_code": int(row.code)}
    return TargetFacts(target=row.target, **ended, **shown)


def begin(
    asked: Question,
    settings: Settings,
    board: target.Target,
    measurements: Measurements,
) -> Callable[[], TargetResult]:
    """A target's row, begun; what is returned waits for it.

    Raises, when it is asked:
        GatesmithError: something is wrong with the model or the data, not with this target.
    """
    name = settings.target
    try:
        route = find_route(board, settings.emulate, settings.port, settings.backend, settings.chip)
    except UsageError as error:
        return partial(TargetResult, name, "", "skipped", ExitCode.DEVICE, error.what)
    try:
        chosen = plan(settings, runs=True)
    except DeviceError as error:
        return partial(_refused, settings, error)
    if lacking := _lacking(route):
        return partial(TargetResult, name, route.kind, "skipped", ExitCode.BUILD, lacking)
    if route.port:
        return lambda: _row(settings, lambda: answer(asked, chosen, measured=True))
    try:
        ready = measurements.ready(asked.model, chosen, asked.seen)
    except GatesmithError as error:
        return partial(_refused, settings, error)
    ran = measurements.begin(ready, chosen, asked.inputs)
    return lambda: _row(settings, lambda: beside(asked, chosen, ran()))


def _row(settings: Settings, work: Callable[[], ValidateResult]) -> TargetResult:
    try:
        return row_of(work(), settings)
    except GatesmithError as error:
        return _refused(settings, error)


def _refused(settings: Settings, error: GatesmithError) -> TargetResult:
    """What befalls one target as its row.

    Raises:
        GatesmithError: it is wrong with the model or the data, and ends the whole.
    """
    if error.exit_code not in FAULTS:
        raise error
    return broken(error, settings, "does not fit" if isinstance(error, BudgetError) else "error")


def row_of(done: ValidateResult, settings: Settings) -> TargetResult:
    """A validation that ran, as a row."""
    result, code = ("pass", ExitCode.OK) if done.passed else ("fail", ExitCode.VALIDATION)
    return TargetResult(settings.target, _how(settings), result, code, "", done.report, done)


def broken(error: GatesmithError, settings: Settings, result: str = "error") -> TargetResult:
    """What ended a validation, as a row of one of its targets; its reason in a line or two."""
    reason = f"{error.what}: {'; '.join(error.why.splitlines())}" if isinstance(error, BudgetError) else error.what
    return TargetResult(settings.target, _how(settings), result, error.exit_code, reason)


def _how(settings: Settings) -> str:
    """:attr:`Reach.kind`, where settings alone are known."""
    return "port" if settings.port else "emulator" if settings.emulate else HOST


def _lacking(route: Route) -> str:
    if route.board is not None:
        return route.board.missing()
    if route.emulator is None or route.port:
        return ""
    return firmware.missing_software(route.target, route.emulator)
