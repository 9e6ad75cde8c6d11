"""``gatesmith validate``: a target's outputs compared with Keras's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import ExitCode, GatesmithError, UsageError
from ..core.settings import MODEL, Settings
from .options import Input, Json, Junit, ModelArgument, Ports, Report, Targets, takes
from .streams import answer, progress

if TYPE_CHECKING:
    from ..flow.results import TargetResult


@takes("backend", "emulate", "chip", "budget", "cache", "samples", "steps", "tolerance", "classes", *MODEL)
def validate(
    model: ModelArgument,
    settings: Settings,
    target: Targets = ("host",),
    port: Ports = (),
    input_file: Input = None,
    report: Report = None,
    junit: Junit = None,
    as_json: Json = False,
) -> int:
    """Compare a target's outputs with Keras's; several targets give one table."""
    from ..files.single import check_writable
    from ..flow import validate as flow
    from ..flow import validate_many as many
    from ..report.many import many_page
    from ..report.results import validate_page

    check_writable(junit)
    if len(target) > 1 or target[0] == many.ALL_EMULATED:
        watched = progress(2 + len(many.names_of(target)))
        with _junit_rows(junit, model, many.each_of(settings, target, port)) as rows:
            results = many.validate(model, target, settings, port, input_file, report, watched)
            rows.extend(results.rows)
        answer(results, many_page, as_json)
        return results.code
    if len(port) > 1:
        raise UsageError("one target is reached over one port", fix="give --port once, or more targets")
    chosen = replace(settings, target=target[0], port=port[0] if port else None)
    watched = progress(4 if port else 5)
    with _junit_rows(junit, model, [chosen]) as rows:
        result = flow.validate(model, chosen, input_file, report, watched, junit is not None or None)
        rows.append(many.row_of(result, chosen))
    answer(result, validate_page, as_json)
    return ExitCode.OK if result.passed else ExitCode.VALIDATION


@contextmanager
def _junit_rows(junit: Path | None, model: Path, each: Sequence[Settings]) -> Iterator[list[TargetResult]]:
    """The list of the targets' rows for JUnit's XML, which is written at the end; an error gives a row per target."""
    from ..flow import validate_many as many
    from ..report.many import write_junit

    rows: list[TargetResult] = []
    try:
        yield rows
    except UsageError:
        raise
    except GatesmithError as error:
        if junit is not None:
            write_junit(junit, [many.broken(error, settings) for settings in each], model.name)
        raise
    if junit is not None:
        write_junit(junit, rows, model.name)
