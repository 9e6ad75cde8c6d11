"""``gatesmith validate``: a target's outputs compared with Keras's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ExitCode, GatesmithError, UsageError
from .options import (
    BACKEND,
    CACHE,
    EMULATE,
    HOLD,
    MODEL,
    SAMPLES,
    Input,
    Json,
    Junit,
    ModelArgument,
    Ports,
    Report,
    Targets,
    takes,
)
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings
    from ..flow.results import TargetResult


@takes(BACKEND, EMULATE, HOLD, CACHE, SAMPLES, MODEL)
def validate(
    model: ModelArgument,
    settings: Settings,
    target: Targets = ["host"],  # noqa: B006  (typer shows it)
    port: Ports = None,
    input_file: Input = None,
    steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Without --input: length of sequences, where it is open.")
    ] = None,
    report: Report = None,
    junit: Junit = None,
    tolerance: Annotated[
        float | None, typer.Option(min=0.0, metavar="X", help="Largest error allowed, x max(1, largest answer).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare a target's outputs with Keras's; several targets give one table."""
    from ..files.single import check_writable
    from ..flow import validate as flow
    from ..flow import validate_many as many
    from ..report.many import check_junit, many_page
    from ..report.results import validate_page

    ports = port or []
    if junit is not None:
        check_junit()
        check_writable(junit)
    if len(target) > 1 or target[0] == many.ALL_EMULATED:
        watched = progress(2 + len(many.names_of(target)))
        with _told_in(junit, model, many.each_of(settings, target, ports)) as rows:
            found = many.validate(model, target, settings, ports, input_file, report, tolerance, watched, steps)
            rows.extend(found.rows)
        if as_json:
            json_(found.report.as_json())
        else:
            page(many_page(found.rows, found.source, found.report, ascii_only(sys.stdout)))
        raise typer.Exit(found.code)
    if len(ports) > 1:
        raise UsageError("one target is reached over one port", fix="give --port once, or more targets")
    chosen = replace(settings, target=target[0], port=ports[0] if ports else None)
    watched = progress(4 if ports else 5)
    with _told_in(junit, model, [chosen]) as rows:
        done = flow.validate(model, chosen, input_file, report, tolerance, watched, junit is not None or None, steps)
        rows.append(many.row_of(done, chosen))
    if as_json:
        json_(done.report.as_json())
    else:
        page(validate_page(done, ascii_only(sys.stdout)))
    if not done.passed:
        raise typer.Exit(ExitCode.VALIDATION)


@contextmanager
def _told_in(junit: Path | None, model: Path, each: Sequence[Settings]) -> Iterator[list[TargetResult]]:
    """Rows of the targets for JUnit's XML: what was added inside, or what ended it."""
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
