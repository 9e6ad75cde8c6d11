"""``gatesmith budget``: a model against boards."""

from __future__ import annotations

from typing import Annotated

from ..core.errors import ExitCode
from ..core.settings import MODEL, Flag, Settings
from .options import Json, ModelArgument, takes
from .streams import answer, progress


@takes(*MODEL)
def budget(
    model: ModelArgument,
    settings: Settings,
    targets: Annotated[
        tuple[str, ...],
        Flag("A board, or a TOML file's path; repeat it for several. Default: all.", "NAME", ("--target",)),
    ] = (),
    compiles: Annotated[
        bool,
        Flag(
            "For named boards: compile, if the compiler is installed, or estimate.",
            flags=("--compile/--estimate",),
        ),
    ] = True,
    as_json: Json = False,
) -> int:
    """Check whether a model fits boards: flash, RAM and stack."""
    from ..flow import budget as flow
    from ..report.budget import budget_page

    compiles = bool(targets) and compiles
    table = flow.table(model, settings, targets, progress(3 if compiles else 2), compiles)
    answer(table, budget_page, as_json)
    refused = any(all(one.fits == "no" for one in table.budgets_of(name)) for name in {b.target for b in table.budgets})
    return ExitCode.BUDGET if targets and refused else ExitCode.OK
