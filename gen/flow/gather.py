"""Collects the contents of a report in pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..budget.budget import Budget
from ..core.errors import GatesmithError
from ..core.settings import SILENT, Progress, Settings
from ..data.datasets import output_names
from ..importers.reading import load
from ..numerics import NUMERICS
from ..oracle.compare import OutputComparison
from ..oracle.limits import NONE, unlimited
from .budget import LIGHT, table
from .calibrate import Survey, survey
from .memory import memory
from .plan import plan
from .reports import MemoryReport
from .results import ManyResult
from .search import errors_of
from .validate import ask
from .validate_many import HOST, validate


@dataclass(frozen=True)
class Gathered:
    """The contents of a report.

    Args:
        runs: each target's outputs compared with the oracle's.
        survey: ranges and errors of integers; None for floats.
        budgets: the model's budget on each board.
        notes: reasons for contents that are left out.
        memory: the plan of the working memory; None for streams.
        types: for each numeric type the comparison on the same data, or the reason why there is none.
        classes: names of the classes, if settings or data have them.
    """

    path: Path
    settings: Settings
    runs: ManyResult
    survey: Survey | None
    budgets: tuple[Budget, ...]
    notes: tuple[str, ...]
    memory: MemoryReport | None = None
    types: Mapping[str, OutputComparison | str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


def gather(
    path: Path,
    targets: Sequence[str],
    settings: Settings,
    ports: Sequence[str] = (),
    input: Path | None = None,
    progress: Progress = SILENT,
) -> Gathered:
    """Validate a model on targets, this machine first, and collect the other contents.

    Raises:
        GatesmithError: the model, the data or the command line are refused; errors of a target are in its row.
    """
    runs = validate(path, targets, settings, ports, input, progress=progress)
    ranges = None
    with progress.step("survey"):
        if plan(settings).numeric.integer:
            ranges = survey(path, settings, input)
    budgets: tuple[Budget, ...] = ()
    notes: list[str] = []
    boards = [row.target for row in runs.rows if row.target != HOST]
    with progress.step("budget"):
        try:
            budgets = table(path, replace(unlimited(settings), numeric=None, keep=()), boards).budgets if boards else ()
        except GatesmithError as error:
            notes.append(f"no budget: {error.what}")
    with progress.step("types"):
        heavy = next((row.done for row in runs.rows if row.done and row.done.generated.macs > LIGHT), None)
        types = {} if heavy else _types(path, settings, input)
        if heavy:
            notes.append(f"Numeric types are not compared: {heavy.generated.worked}.")
    names, _ = output_names(settings, load(path, settings).graph, input)
    return Gathered(path, settings, runs, ranges, budgets, tuple(notes), _memory(path, settings), types, names.classes)


def _types(path: Path, settings: Settings, input: Path | None) -> dict[str, OutputComparison | str]:
    """Errors of every numeric type on the same data, by the reference: a device's integers are those bit for bit."""
    question = ask(path, unlimited(settings), input)
    names = [name for name, one in NUMERICS.items() if settings.calibration or not one.integer]
    errors = errors_of(question, replace(unlimited(settings), keep=()), names, NONE)
    return {name: error for (name, _), error in errors.items()}


def _memory(path: Path, settings: Settings) -> MemoryReport | None:
    """The plan of the working memory; None for a stream, which has none."""
    try:
        return memory(path, settings)
    except GatesmithError:
        return None
