"""``gatesmith budget``: a model against boards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ExitCode
from .options import MODEL, Json, ModelArgument, takes
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(MODEL)
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
    from ..flow.budget import table
    from ..report import budget as pages

    named = tuple(targets_ or ())
    found = table(model, settings, named, progress(3 if named and compiles else 2), bool(named) and compiles)
    held = pages.Held(found.model.reading.source, found.generated, found.budgets, named, found.unknown)
    if as_json:
        json_(pages.as_json(held))
    else:
        page(pages.budget_page(held, ascii_only(sys.stdout)))
    if named and any(all(one.fits == "no" for one in found.of(name)) for name in {b.target for b in found.budgets}):
        raise typer.Exit(ExitCode.BUDGET)
