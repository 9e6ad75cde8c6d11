"""Comparison of a device's outputs with the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.graph import Array, Graph
from .scores import CLASSES, REGRESSION, Scores, score

STILL = 1e-8
"""Least variance of a value that varies, as a share of its mean square."""
TINY = 1e-10
"""The same, as a share of the mean square of the output's largest value: a smaller value counts as 0."""
Answers = tuple[Sequence[Array], Sequence[Array], Array | None]
"""A batch's outputs of the device and of the oracle, (samples, ...) each, and the labels of its samples."""


def figure(value: float) -> float | None:
    """A number for a report; None for an infinity or NaN, which JSON lacks."""
    return value if np.isfinite(value) else None


@dataclass(frozen=True)
class OutputComparison:
    """The comparison of one output of a device with the oracle's.

    Args:
        scale: max(1, largest absolute value of the oracle): tolerances are relative to it.
        max_rel: ``max_abs`` over the largest absolute value of the oracle.
        rms: root mean square of the difference, in the output's units.
        spread: standard deviation of the oracle's outputs over the samples, root mean square over the values.
        alone: the value along the last axis, from 1, that differs by the largest share of its spread; that share.
        probabilities: whether the oracle's values are at least 0 and sum to 1: one class of several.
        count: number of positions, each of which has a class or is a single value.
        argmax_agreement: share of positions where device and oracle have the same class; None for single values, and if
            labels show that they are no classes.
        scores: scores of both by the labels; None without labels.
        explained: whether rounding explains an error beyond the tolerance (:mod:`.rounding`).
        judge: the oracle, for a sentence.
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
        """Whether classes judge the output: the labels are no quantities, or without labels it has probabilities."""
        if self.scores is not None:
            return self.scores.task != REGRESSION
        return self.probabilities

    @property
    def accuracy_device(self) -> float | None:
        """Share of labels that the device hits; None without labels and for regressions."""
        return None if self.scores is None else self.scores.device.get("accuracy")

    @property
    def accuracy_oracle(self) -> float | None:
        """The same for the oracle."""
        return None if self.scores is None else self.scores.oracle.get("accuracy")

    @property
    def lost(self) -> float:
        """Accuracy lost compared with the oracle, as a share of the samples; without labels, lost agreement with it.
        Rounded, because 1 - .95 is more than .05."""
        if self.accuracy_oracle is not None and self.accuracy_device is not None:
            return round(self.accuracy_oracle - self.accuracy_device, 9)
        return 0.0 if self.argmax_agreement is None else round(1 - self.argmax_agreement, 9)

    def within(self, tolerance: float) -> bool:
        """Whether every value is a number, or infinite on both sides, and within the tolerance or rounding's effect."""
        return self.finite and (self.explained or self.max_abs <= tolerance * self.scale)


def compare(
    name: str, ours: Array, theirs: Array, labels: Array | None = None, logits: bool = False
) -> OutputComparison:
    """Compare (samples, ...) arrays of equal shape. The error of a NaN counts as infinite; ``logits`` is
    :attr:`.Graph.logits`."""
    with np.errstate(invalid="ignore"):
        distance = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    distance = np.where(ours == theirs, 0.0, np.where(np.isnan(distance), np.inf, distance))
    largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    classes = ours.ndim >= 2 and ours.shape[-1] > 1
    scores = None if labels is None else score(ours, theirs, labels, logits)
    has_classes = classes and (scores is None or scores.task == CLASSES)
    agreement = float(np.mean(ours.argmax(-1) == theirs.argmax(-1))) if has_classes else None
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
        count=ours.size // ours.shape[-1] if classes else ours.size,
    )


def _alone(distance: Array, theirs: Array) -> tuple[int, float]:
    """``alone`` of :class:`OutputComparison`; values that hardly vary are left out."""
    error, power = ((one.astype(np.float64) ** 2).mean(axis=0).reshape(-1, one.shape[-1]) for one in (distance, theirs))
    spread = np.var(theirs.astype(np.float64), axis=0).reshape(power.shape).mean(axis=0)
    least = np.maximum(STILL * power.mean(axis=0), TINY * power.max())
    shares = np.sqrt(error.mean(axis=0) / np.where(spread > least, spread, np.inf))
    return int(shares.argmax()) + 1, float(shares.max())


def compare_batches(graph: Graph, batches: Sequence[Answers]) -> list[OutputComparison]:
    """Compare each output of a graph over all batches; sequences of different lengths frame by frame. Labels count only
    if there is a single output."""
    rows = []
    for index, port in enumerate(graph.outputs):
        ours, theirs = [device[index] for device, _, _ in batches], [oracle[index] for _, oracle, _ in batches]
        labels = [y for _, _, y in batches if y is not None] if len(graph.outputs) == 1 else []
        if len({y.shape[1:] for y in theirs}) > 1:
            frames = [len(y.reshape(-1, y.shape[-1])) for y in theirs]
            labels = [y.reshape(n, -1) for y, n in zip(labels, frames, strict=False) if y.shape[1:] and y.size % n == 0]
            ours, theirs = ([y.reshape(-1, y.shape[-1]) for y in side] for side in (ours, theirs))
        all_labels = np.concatenate(labels) if len(labels) == len(batches) else None
        rows.append(compare(port.name, np.concatenate(ours), np.concatenate(theirs), all_labels, graph.logits))
    return rows


def worst(rows: Sequence[OutputComparison]) -> OutputComparison:
    """The output with the largest error, combined with the least agreement of all outputs; limits are checked on it."""
    agreements = [row.argmax_agreement for row in rows if row.argmax_agreement is not None]
    return replace(max(rows, key=lambda row: row.max_abs), argmax_agreement=min(agreements, default=None))
