"""``gatesmith diff``: compares a retrained model with the earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..core.errors import ExitCode, UsageError
from ..core.settings import MODEL, Flag, Settings
from .options import REACH, Input, Json, ModelArgument, takes
from .streams import answer, progress


@takes("target", "backend", *REACH, "budget", "cache", "classes", *MODEL)
def diff(
    model: ModelArgument,
    settings: Settings,
    against: Annotated[Path | None, Flag("Earlier model; default: the copy that convert kept.", "OLD")] = None,
    input_file: Input = None,
    as_json: Json = False,
) -> int:
    """Compare a retrained model with the last one: outputs, accuracy, bytes, instructions."""
    from ..flow import diff as flow
    from ..flow import project
    from ..report.diff import diff_page

    old = against or project.last()
    if old is None:
        raise UsageError(
            "there is no model to compare with",
            why="gatesmith convert keeps a copy of the model in .gatesmith, and has not been here",
            fix="--against OLD.keras",
        )
    difference = flow.diff(model, old, settings, input_file, progress=progress(6))
    answer(difference, diff_page, as_json)
    return ExitCode.OK if difference.after.passed else ExitCode.VALIDATION
