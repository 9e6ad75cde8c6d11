"""Diff: a retrained model beside the one before it, on the same target and inputs."""

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
from .validate import Question, ask, beside


@dataclass(frozen=True)
class Difference:
    """Two models on one target.

    Args:
        before, after: each compared with its own oracle.
        outputs: what the target answers after, beside what it answered before; empty where the shapes differ.
        same_code: the generated code differs in numbers alone, or not at all.
    """

    before: ValidateResult
    after: ValidateResult
    outputs: tuple[OutputComparison, ...]
    same_code: bool

    @property
    def report(self) -> DiffReport:
        """For programs."""
        both = (self.before, self.after)
        scores = [row.scores for done in both for row in done.outputs if row.scores is not None]
        return DiffReport(
            before=self.before.report,
            after=self.after.report,
            same_code=self.same_code,
            outputs=tuple(map(Comparison.of, self.outputs)),
            passed={"before": self.before.passed, "after": self.after.passed},
            regression=any(one.task == REGRESSION for one in scores),
        )


class DiffReport(Report, frozen=True, kw_only=True, tag="gatesmith/diff/1"):
    """Two models on one target; fields as of :class:`Difference`."""

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
        input: inputs, and labels for accuracies; without it some are chosen for the new model.

    Raises:
        UsageError: the target is behind a port, which holds one program.
        GatesmithError: as :func:`gatesmith.flow.validate.validate`.
    """
    if settings.port:
        raise UsageError("a port reaches one program, and two are compared", fix="--emulate, or --target host")
    chosen = plan(settings, runs=True)
    after = ask(new, settings, input, progress, chosen=chosen)
    before = replace(_before(old, chosen, input, after.inputs, progress), note=after.note)
    shared = replace(chosen, settings=replace(settings, name=settings.name or "model"))
    results: list[ValidateResult] = []
    with Measurements(store(settings.cache)) as measurements:
        waits = [
            (asked, measurements.begin(measurements.ready(asked.model, shared, asked.seen), shared, asked.inputs))
            for asked in (before, after)
        ]
        for word, (asked, ran) in zip(("before", "after"), waits, strict=True):
            with progress.step(word):
                results.append(beside(asked, shared, ran()))
    first, second = results
    return Difference(first, second, _between(first, second), _code(first) == _code(second))


def _before(old: Path, chosen: Plan, input: Path | None, inputs: Sequence[Array], progress: Progress) -> Question:
    """The old model's question: of the inputs' file, or of the inputs that were chosen for the new one.

    Raises:
        DataError: as :func:`gatesmith.flow.validate.ask`; or it takes no such inputs.
    """
    if input is not None:
        return ask(old, chosen.settings, input, progress, chosen=chosen)
    with scratch() as folder:
        named: dict[str, Any] = {f"in_{index}": x for index, x in enumerate(inputs)}
        np.savez(folder / "chosen.npz", **named)
        try:
            return ask(old, chosen.settings, folder / "chosen.npz", progress, chosen=chosen)
        except DataError as error:
            fix = "--against a model with the same inputs"
            raise DataError("the models take other inputs", where=str(old), why=error.what, fix=fix) from error


def _between(before: ValidateResult, after: ValidateResult) -> tuple[OutputComparison, ...]:
    if [y.shape for y in before.answers] != [y.shape for y in after.answers]:
        return ()
    return tuple(
        compare(port.title, ours, theirs, after.labels if len(after.answers) == 1 else None)
        for port, ours, theirs in zip(after.generated.outputs, after.answers, before.answers, strict=True)
    )


def _code(done: ValidateResult) -> tuple[object, ...]:
    generated = done.generated
    return (generated.pieces, generated.macs, generated.weight_bytes, generated.state_bytes)
