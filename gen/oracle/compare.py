"""Two sets of outputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.graph import Array
from .scores import REGRESSION, Scores, score

STILL = 1e-8
"""Share of a value's squares that its variance is at least, if it varies."""
TINY = 1e-10
"""The same, of the squares of the output's largest value: such a value is 0 for whoever reads it beside that."""
Answers = tuple[Sequence[Array], Sequence[Array], Array | None]
"""Of a batch: a device's outputs and the oracle's, (samples, ...) each, and the labels of its samples."""


def figure(value: float) -> float | None:
    """A number for a report; None for what JSON cannot say."""
    return value if np.isfinite(value) else None


@dataclass(frozen=True)
class OutputComparison:
    """One output of a device beside the oracle's.

    Args:
        scale: max(1, largest absolute value of the oracle): what a tolerance is relative to.
        max_rel: ``max_abs`` over the largest absolute value of the oracle.
        rms: root mean square of the difference, in the output's units.
        spread: standard deviation of the oracle's answers over the samples, root mean square over the values.
        alone: the value along the last axis, from 1, that differs by the largest share of its own spread; that share.
        probabilities: the oracle's values are shares that sum to 1: one class of several.
        count: answers that each have a class; 0 for single values.
        argmax_agreement: share of positions where both prefer the same class; None for single values.
        scores: what labels say of both; None without labels.
        explained: whether rounding explains an error beyond the tolerance (:mod:`.rounding`).
        judge: the oracle, in a sentence.
    """

    name: str
    shape: tuple[int, ...]
    max_abs: float
    mean_abs: float
    max_rel: float
    scale: float
    argmax_agreement: float | None
    scores: Scores | None = None
    explained: bool = False
    rms: float = 0.0
    spread: float = 0.0
    alone: tuple[int, float] = (0, 0.0)
    probabilities: bool = False
    count: int = 0
    judge: str = "Keras"

    @property
    def finite(self) -> bool:
        """Whether every difference is a number: values are finite, or infinite on both sides."""
        return bool(np.isfinite(self.max_abs))

    @property
    def classes(self) -> bool:
        """Whether classes are what matters: the labels say so; without labels, the values are probabilities."""
        if self.scores is not None:
            return self.scores.task != REGRESSION
        return self.probabilities

    @property
    def accuracy_device(self) -> float | None:
        """Share of labels that the device hits; None without labels, and of regressions."""
        return None if self.scores is None else self.scores.device.get("accuracy")

    @property
    def accuracy_oracle(self) -> float | None:
        """The same of the oracle."""
        return None if self.scores is None else self.scores.oracle.get("accuracy")

    @property
    def lost(self) -> float:
        """Share of accuracy lost beside the oracle; without labels, of agreement with it."""
        if self.accuracy_oracle is not None and self.accuracy_device is not None:
            return self.accuracy_oracle - self.accuracy_device
        return 0.0 if self.argmax_agreement is None else 1 - self.argmax_agreement

    def within(self, tolerance: float) -> bool:
        """Whether every value is a number, or infinite on both sides, and close enough, if rounding lets it be."""
        return self.finite and (self.explained or self.max_abs <= tolerance * self.scale)


def compare(name: str, ours: Array, theirs: Array, labels: Array | None = None) -> OutputComparison:
    """Compare (samples, ...) arrays of equal shape. A value that is not a number counts as infinitely wrong."""
    with np.errstate(invalid="ignore"):
        distance = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    distance = np.where(ours == theirs, 0.0, np.where(np.isnan(distance), np.inf, distance))
    largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    classes = ours.ndim >= 2 and ours.shape[-1] > 1
    agreement = float(np.mean(ours.argmax(-1) == theirs.argmax(-1))) if classes else None
    scores = None if labels is None else score(ours, theirs, labels)
    finite = np.isfinite(theirs).all() and theirs.size > 0
    return OutputComparison(
        name=name,
        shape=tuple(ours.shape[1:]),
        max_abs=float(distance.max()),
        mean_abs=float(distance.mean()),
        max_rel=float(distance.max()) / largest if largest else 0.0,
        scale=max(1.0, largest),
        argmax_agreement=agreement,
        scores=scores,
        rms=float(np.sqrt(np.mean(distance**2))) if distance.size else 0.0,
        spread=float(np.sqrt(np.mean(np.var(theirs.astype(np.float64), axis=0)))) if finite else 0.0,
        alone=_alone(distance, theirs) if classes and finite and np.isfinite(distance).all() else (0, 0.0),
        probabilities=bool(classes and finite and theirs.min() >= 0 and np.allclose(theirs.sum(-1), 1, atol=1e-3)),
        count=int(np.prod(ours.shape[:-1])) if classes else 0,
    )


def _alone(distance: Array, theirs: Array) -> tuple[int, float]:
    """As :class:`OutputComparison` has it; what hardly varies at all has no spread."""
    ours, right = ((one.astype(np.float64) ** 2).mean(axis=0).reshape(-1, one.shape[-1]) for one in (distance, theirs))
    spread = np.var(theirs.astype(np.float64), axis=0).reshape(right.shape).mean(axis=0)
    least = np.maximum(STILL * right.mean(axis=0), TINY * right.max())
    shares = np.sqrt(ours.mean(axis=0) / np.where(spread > least, spread, np.inf))
    return int(shares.argmax()) + 1, float(shares.max())


def compare_batches(names: Sequence[str], batches: Sequence[Answers]) -> list[OutputComparison]:
    """Compare each output over all batches; sequences of different lengths by their frames. Labels are of a single
    output.

    Args:
        names: of the outputs.
    """
    rows = []
    for index, name in enumerate(names):
        ours, theirs = [device[index] for device, _, _ in batches], [oracle[index] for _, oracle, _ in batches]
        known = [y for _, _, y in batches if y is not None] if len(names) == 1 else []
        if len({y.shape[1:] for y in theirs}) > 1:
            frames = [len(y.reshape(-1, y.shape[-1])) for y in theirs]
            known = [y.reshape(n, -1) for y, n in zip(known, frames, strict=False) if y.shape[1:] and y.size % n == 0]
            ours, theirs = ([y.reshape(-1, y.shape[-1]) for y in side] for side in (ours, theirs))
        whole = np.concatenate(known) if len(known) == len(batches) else None
        rows.append(compare(name, np.concatenate(ours), np.concatenate(theirs), whole))
    return rows


def worst(rows: Sequence[OutputComparison]) -> OutputComparison:
    """The output with the largest error, with the least agreement of all: what limits are held against."""
    agreements = [row.argmax_agreement for row in rows if row.argmax_agreement is not None]
    return replace(max(rows, key=lambda row: row.max_abs), argmax_agreement=min(agreements, default=None))
