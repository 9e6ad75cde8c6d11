"""``diff``: compares a retrained model with the earlier one, on the same target and inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.graph import Array
from ..core.settings import SILENT, Progress, Settings
from ..files.scratch import scratch
from ..oracle.compare import OutputComparison, compare
from ..oracle.scores import REGRESSION
from .facts import Comparison, Facts
from .measure import Measurements, store
from .plan import Plan, plan
from .reports import Report
from .results import ValidateResult
from .validate import Question, ask, compared


@dataclass(frozen=True)
class Difference:
    """Two models on one target.

    Args:
        before, after: results of the models, each compared with its own oracle.
        outputs: the new model's outputs on the target compared with the old one's; empty if the shapes differ.
        same_code: whether the generated code differs in numbers alone, or not at all.
    """

    before: ValidateResult
    after: ValidateResult
    outputs: tuple[OutputComparison, ...]
    same_code: bool

    @property
    def report(self) -> DiffReport:
        """The report for ``--json``."""
        rows = (*self.before.outputs, *self.after.outputs)
        scores = [row.scores for row in rows if row.scores is not None]
        return DiffReport(
            before=self.before.report,
            after=self.after.report,
            same_code=self.same_code,
            outputs=tuple(map(Comparison.of, self.outputs)),
            passed={"before": self.before.passed, "after": self.after.passed},
            regression=any(one.task == REGRESSION for one in scores),
        )


class DiffReport(Report, frozen=True, kw_only=True, tag="gatesmith/diff/1"):
    """Two models on one target; fields as in :class:`Difference`."""

    before: Facts
    after: Facts
    same_code: bool
    outputs: tuple[Comparison, ...]
    passed: dict[str, bool]
    regression: bool


def diff(
    new: Path,
    old: Path,
    settings: Settings,
    input: Path | None = None,
    progress: Progress = SILENT,
) -> Difference:
    """Run two models on a target with the same inputs.

    Args:
        input: inputs, and labels for accuracies; without it, samples are chosen for the new model.

    Raises:
        UsageError: the target is a board at a port, which holds one program.
        GatesmithError: as in :func:`gatesmith.flow.validate.validate`.
    """
    if settings.port:
        raise UsageError("a port reaches one program, and two are compared", fix="--emulate, or --target host")
    chosen = plan(settings, runs=True)
    after = ask(new, settings, input, progress, chosen=chosen)
    before = replace(_before(old, chosen, input, after.inputs, progress), note=after.note)
    shared = replace(chosen, settings=replace(settings, name=settings.name or "model"))
    results: list[ValidateResult] = []
    with Measurements(store(settings.cache)) as measurements:
        waits = []
        for question in (before, after):
            files = measurements.prepared(question.model, shared, question.observed)
            waits.append((question, measurements.begin(files, shared, question.inputs)))
        for word, (question, wait) in zip(("before", "after"), waits, strict=True):
            with progress.step(word):
                results.append(compared(question, shared, wait()))
    first, second = results
    return Difference(first, second, _between(first, second), _code(first) == _code(second))


def _before(old: Path, chosen: Plan, input: Path | None, inputs: Sequence[Array], progress: Progress) -> Question:
    """The old model's question, with the inputs' file, or with the inputs that were chosen for the new model.

    Raises:
        DataError: as in :func:`gatesmith.flow.validate.ask`; or the old model takes other inputs.
    """
    if input is not None:
        return ask(old, chosen.settings, input, progress, chosen=chosen)
    with scratch() as folder:
        arrays: dict[str, Any] = {f"in_{index}": x for index, x in enumerate(inputs)}
        np.savez(folder / "chosen.npz", **arrays)
        try:
            return ask(old, chosen.settings, folder / "chosen.npz", progress, chosen=chosen)
        except DataError as error:
            fix = "--against a model with the same inputs"
            raise DataError("the models take other inputs", where=str(old), why=error.what, fix=fix) from error


def _between(before: ValidateResult, after: ValidateResult) -> tuple[OutputComparison, ...]:
    if [y.shape for y in before.answers] != [y.shape for y in after.answers]:
        return ()
    labels = after.labels if len(after.answers) == 1 else None
    return tuple(
        compare(port.title, ours, theirs, labels, after.generated.graph.logits)
        for port, ours, theirs in zip(after.generated.outputs, after.answers, before.answers, strict=True)
    )


def _code(result: ValidateResult) -> tuple[object, ...]:
    generated = result.generated
    return (generated.pieces, generated.macs, generated.weight_bytes, generated.state_bytes)
