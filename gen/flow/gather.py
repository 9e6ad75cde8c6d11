"""Collects the contents of a report in pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..budget.budget import Budget
from ..core.errors import GatesmithError
from ..core.settings import SILENT, Progress, Settings
from ..data.words import words_of
from ..importers.reading import Model
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
from .validate import Question
from .validate_many import HOST, asked, each_of


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
        ports: ports of boards, as of the command line.
        input: file or folder of the test data, if there is one.
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
    ports: Sequence[str] = ()
    input: Path | None = None


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
    question, runs = asked(path, each_of(settings, targets, ports), input, progress)
    ranges = None
    with progress.step("survey"):
        if plan(settings).numeric.integer:
            ranges = survey(question.in_file, settings, input, observed=question.observed)
    budgets: tuple[Budget, ...] = ()
    notes: list[str] = []
    boards = [row.target for row in runs.rows if row.target != HOST]
    with progress.step("budget"):
        try:
            any_type = replace(unlimited(settings), numeric=None, keep=())
            budgets = table(question.in_file, any_type, boards).budgets if boards else ()
        except GatesmithError as error:
            notes.append(f"no budget: {error.what}")
    with progress.step("types"):
        heavy = next((row.done for row in runs.rows if row.done and row.done.generated.macs > LIGHT), None)
        types = {} if heavy else _types(question, settings)
        if heavy:
            notes.append(f"Numeric types are not compared: {heavy.generated.worked}.")
    classes, places = words_of(settings).classes or question.classes, _memory(question.in_file, settings)
    return Gathered(path, settings, runs, ranges, budgets, tuple(notes), places, types, classes, ports, input)


def _types(question: Question, settings: Settings) -> dict[str, OutputComparison | str]:
    """Errors of every numeric type on the same data, by the reference: a device's integers are those bit for bit."""
    names = [name for name, one in NUMERICS.items() if settings.calibration or not one.integer]
    errors = errors_of(question, replace(unlimited(settings), keep=()), names, NONE)
    return {name: error for (name, _), error in errors.items()}


def _memory(model: Model, settings: Settings) -> MemoryReport | None:
    """The plan of the working memory; None for a stream, which has none."""
    try:
        return memory(model, settings)
    except GatesmithError:
        return None
