"""Gather: everything that a report in pictures shows of a model, run once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..budget.budget import Budget
from ..core.errors import GatesmithError
from ..core.settings import SILENT, Progress, Settings
from .budget import table
from .calibrate import Survey, survey
from .memory import MemoryPlan, memory
from .plan import plan
from .results import ManyResult
from .validate_many import HOST, validate


@dataclass(frozen=True)
class Gathered:
    """What a report shows.

    Args:
        many: each target's outputs compared with the oracle's.
        survey: what integers make of each value; None of floats.
        budgets: where the bytes of each board go.
        notes: what could not be shown, and why.
        memory: where the working memory's bytes go, and how long; None of streams.
    """

    path: Path
    settings: Settings
    many: ManyResult
    survey: Survey | None
    budgets: tuple[Budget, ...]
    notes: tuple[str, ...]
    memory: MemoryPlan | None = None


def gather(
    path: Path,
    wanted: Sequence[str],
    settings: Settings,
    ports: Sequence[str] = (),
    input: Path | None = None,
    tolerance: float | None = None,
    progress: Progress = SILENT,
) -> Gathered:
    """Validate a model on targets, this machine first, and survey what it is made of.

    Raises:
        GatesmithError: the model, the data or the command line are refused; what befalls one target is a row.
    """
    many = validate(path, wanted, settings, ports, input, tolerance=tolerance, progress=progress)
    found = None
    with progress.step("survey"):
        if plan(settings).numeric.integer:
            found = survey(path, settings, input)
    budgets: tuple[Budget, ...] = ()
    notes: list[str] = []
    boards = [row.target for row in many.rows if row.target != HOST]
    with progress.step("budget"):
        try:
            numeric = settings.numeric or plan(settings).numeric.name
            budgets = table(path, replace(settings, numeric=numeric), boards).budgets if boards else ()
        except GatesmithError as error:
            notes.append(f"no budget: {error.what}")
    return Gathered(path, settings, many, found, budgets, tuple(notes), _memory(path, settings))


def _memory(path: Path, settings: Settings) -> MemoryPlan | None:
    """The plan of the working memory; None of a stream, which has none."""
    try:
        return memory(path, settings)
    except GatesmithError:
        return None
