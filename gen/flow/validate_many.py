"""``validate`` on several targets: the model is read and judged once, then runs on each target. A target that cannot
run has a row with the reason."""

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
from .validate import Question, answer, ask, compared

SCHEMA = "gatesmith/validate-many/1"
ALL_EMULATED = "all-emulated"
HOST = "host"
CHOSEN_SAMPLES = 8
"""Number of chosen samples: fewer than for one target, because some of many targets are slow."""
FAULTS = (ExitCode.DEVICE, ExitCode.BUILD, ExitCode.BUDGET)
"""Exit codes of errors that concern one target only: its device, its build, its size."""


def names_of(targets: Sequence[str]) -> list[str]:
    """The targets of a command line without duplicates: this machine first, then in their order."""
    names = [HOST]
    for name in targets:
        if name == ALL_EMULATED:
            names += [each for each in target.names() if target.load(each).emulator]
        else:
            names.append(name)
    return list(dict.fromkeys(names))


def each_of(settings: Settings, targets: Sequence[str], ports: Sequence[str]) -> list[Settings]:
    """The settings of each target, with its port, or with emulation if it has none.

    Raises:
        UsageError: as in :func:`ports_of`.
    """
    names = names_of(targets)
    port_of = ports_of(ports, names)
    return [
        replace(settings, target=name, port=port_of.get(name), emulate=name != HOST and name not in port_of)
        for name in names
    ]


def ports_of(words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Target -> port, from ``NAME=URL`` of each ``--port``.

    Raises:
        UsageError: a port names none of the targets.
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
    targets: Sequence[str],
    settings: Settings,
    ports: Sequence[str] = (),
    input: Path | None = None,
    report: Path | None = None,
    progress: Progress = SILENT,
) -> ManyResult:
    """Compare each target's outputs with the oracle's, this machine's first.

    A target with missing tools, with too little memory, or with a failing device gets a row with the reason, and the
    others still run. An error of the model, the data or the command line ends the command.
    """
    check_writable(report)
    _, result = asked(path, each_of(settings, targets, ports), input, progress)
    if report is not None:
        write_json(report, result.report.as_json())
    return result


def asked(path: Path, each: Sequence[Settings], input: Path | None, progress: Progress) -> tuple[Question, ManyResult]:
    """The question for several targets, whose settings are checked first, and their outputs beside the oracle's."""
    boards = [target.load(chosen.target) for chosen in each]
    plan(each[0], runs=True)
    question = ask(path, each[0], input, progress, CHOSEN_SAMPLES)
    rows: list[TargetResult] = []
    with Measurements(store(each[0].cache)) as measurements:
        begun = [begin(question, *one, measurements) for one in zip(each, boards, strict=True)]
        for chosen, row in zip(each, begun, strict=True):
            with progress.step(chosen.target):
                rows.append(row())
                if rows[-1].result != "pass":
                    progress.ended(rows[-1].result)
    source = question.model.reading.source
    facts = ManyFacts(
        schema=SCHEMA,
        gatesmith=__version__,
        model=question.in_file.path.name,
        weights_id=source.weights_id,
        math=each[0].math,
        oracle=question.judgement.oracle,
        input=question.note,
        samples=len(question.inputs[0]),
        steps=next((row.facts.steps for row in rows if row.facts), None),
        exit_code=int(code := exit_code(rows)),
        targets=[as_row(row) for row in rows],
    )
    return question, ManyResult(tuple(rows), code, question.model.reading, facts)


def exit_code(rows: Sequence[TargetResult]) -> int:
    """The exit code: 4 if any target failed; else that of the first error of a device or a build; else, if no target
    other than this machine ran, that of the first of these; else 0."""
    if any(row.result == "fail" for row in rows):
        return ExitCode.VALIDATION
    if broken := [row.code for row in rows if row.result == "error"]:
        return broken[0]
    boards = [row for row in rows if row.how != HOST] or list(rows)
    return ExitCode.OK if any(row.result == "pass" for row in boards) else boards[0].code


def as_row(row: TargetResult) -> Any:
    """A row of the report: its result, and the facts of its run."""
    facts = msgspec.structs.asdict(row.facts) if row.facts else {}
    facts = {key: value for key, value in facts.items() if key not in ("schema", "target")}
    ending = {"how": row.how or None, "result": row.result, "reason": row.reason or None, "exit_code": int(row.code)}
    return TargetFacts(target=row.target, **ending, **facts)


def begin(
    question: Question,
    settings: Settings,
    board: target.Target,
    measurements: Measurements,
) -> Callable[[], TargetResult]:
    """Start a target's validation; the returned function waits for its row.

    Raises, when that is called:
        GatesmithError: an error of the model or the data, not of this target.
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
        return lambda: _row(settings, lambda: answer(question, chosen, measured=True))
    try:
        files = measurements.prepared(question.model, chosen, question.observed)
    except GatesmithError as error:
        return partial(_refused, settings, error)
    wait = measurements.begin(files, chosen, question.inputs)
    return lambda: _row(settings, lambda: compared(question, chosen, wait()))


def _row(settings: Settings, work: Callable[[], ValidateResult]) -> TargetResult:
    try:
        return row_of(work(), settings)
    except GatesmithError as error:
        return _refused(settings, error)


def _refused(settings: Settings, error: GatesmithError) -> TargetResult:
    """The row of a target's error.

    Raises:
        GatesmithError: the error is not the target's, but that of the model or the data.
    """
    if error.exit_code not in FAULTS:
        raise error
    return broken(error, settings, "does not fit" if isinstance(error, BudgetError) else "error")


def row_of(validation: ValidateResult, settings: Settings) -> TargetResult:
    """The row of a validation that ran."""
    result, code = ("pass", ExitCode.OK) if validation.passed else ("fail", ExitCode.VALIDATION)
    return TargetResult(settings.target, _kind(settings), result, code, "", validation.report, validation)


def broken(error: GatesmithError, settings: Settings, result: str = "error") -> TargetResult:
    """The row of a target whose validation an error ended; the reason has a line or two."""
    reason = f"{error.what}: {'; '.join(error.why.splitlines())}" if isinstance(error, BudgetError) else error.what
    return TargetResult(settings.target, _kind(settings), result, error.exit_code, reason)


def _kind(settings: Settings) -> str:
    """:attr:`Route.kind` from settings alone."""
    return "port" if settings.port else "emulator" if settings.emulate else HOST


def _lacking(route: Route) -> str:
    if route.board is not None:
        return route.board.missing()
    if route.emulator is None or route.port:
        return ""
    return firmware.missing_software(route.target, route.emulator)
