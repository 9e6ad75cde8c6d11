"""``gatesmith budget``: a model against boards."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.errors import ExitCode
from ..core.settings import MODEL, Settings
from .options import Json, ModelArgument, takes
from .streams import answer, progress


@takes(*MODEL)
def budget(
    model: ModelArgument,
    settings: Settings,
    targets_: Annotated[
        list[str] | None,
        typer.Option(
            "--target", metavar="NAME", help="A board, or a TOML file's path; again for more. All without it."
        ),
    ] = None,
    compiles: Annotated[
        bool,
        typer.Option(
            "--compile/--estimate",
            help="Of boards that are named: ask their compilers, where they are installed, or estimate.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Check whether a model fits boards: flash, RAM and stack."""
    from ..flow import budget as flow
    from ..report.budget import budget_page

    named = tuple(targets_ or ())
    table = flow.table(model, settings, named, progress(3 if named and compiles else 2), bool(named) and compiles)
    answer(table, budget_page, as_json)
    if named and any(all(one.fits == "no" for one in table.of(name)) for name in {b.target for b in table.budgets}):
        raise typer.Exit(ExitCode.BUDGET)
