"""``gatesmith choose``: the smallest board and numeric type that meet the limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from ..core.errors import ExitCode
from ..core.settings import MODEL, Flag, Settings
from .convert import keep
from .options import LIMITS, Input, Json, ModelArgument, takes
from .streams import answer, progress, say


@takes("cache", "samples", "classes", *MODEL, *LIMITS, free=("numeric", "keep", "calibration"))
def choose(
    model: ModelArgument,
    data: Annotated[Path, Flag("Calibration data; errors are measured on --input.", "DATA")],
    settings: Settings,
    input_file: Input = None,
    rate: Annotated[str | None, Flag("Steps, or calls, a second that the board must reach.", "10Hz")] = None,
    boards: Annotated[tuple[str, ...], Flag("Boards to choose from; default: every emulated board.", "A,B")] = (),
    save: Annotated[bool, Flag("Store the choice in gatesmith.toml.")] = False,
    as_json: Json = False,
) -> int:
    """Find the smallest board and numeric type that meet limits."""
    from ..flow import choose as flow
    from ..numerics import NUMERICS
    from ..oracle.limits import limits_of
    from ..report import choose as pages

    names = flow.boards_of(boards, settings.numeric)
    limits = limits_of(settings, flow.rate_of(rate))
    choice = flow.choose(model, settings, data, input_file, boards, limits, progress(3 + len(names)))
    answer(choice, pages.choose_page, as_json, pages.choose_report)
    if choice.best is None:
        return ExitCode.BUDGET
    if save:
        best = replace(settings, target=choice.best.target, numeric=choice.best.numeric, keep=choice.best.keep)
        data_too = str(data) if NUMERICS[best.numeric or ""].integer else None
        options = {"target": best.target, "numeric": best.numeric, "keep": best.keep, "calibration": data_too}
        say(keep(model, best, options, input_file))
    return ExitCode.OK
