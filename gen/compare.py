"""Two sets of outputs side by side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .graph import Array


def figure(value: float) -> float | None:
    """A number for a report; None for what JSON cannot say."""
    return value if np.isfinite(value) else None


@dataclass(frozen=True)
class OutputComparison:
    """One output of a device beside the oracle's.

    Args:
        scale: max(1, largest absolute value of the oracle): what a tolerance is relative to.
        max_rel: ``max_abs`` over the largest absolute value of the oracle.
        argmax_agreement: share of positions where both prefer the same class; None for single values.
        accuracy_device, accuracy_oracle: share of labels hit; None without labels.
    """

    name: str
    shape: tuple[int, ...]
    max_abs: float
    mean_abs: float
    max_rel: float
    scale: float
    argmax_agreement: float | None
    accuracy_device: float | None
    accuracy_oracle: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinities: those become text."""
        facts = asdict(self)
        return {k: str(v) if isinstance(v, float) and not np.isfinite(v) else v for k, v in facts.items()}

    def within(self, tolerance: float) -> bool:
        """Whether every value is a number, or infinite on both sides, and close enough."""
        return bool(np.isfinite(self.max_abs)) and self.max_abs <= tolerance * self.scale


def compare(name: str, ours: Array, theirs: Array, labels: Array | None = None) -> OutputComparison:
    """Compare (samples, ...) arrays of equal shape. A value that is not a number counts as infinitely wrong."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    apart = np.where(ours == theirs, 0.0, np.where(np.isnan(apart), np.inf, apart))
    largest = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    classes = ours.ndim >= 2 and ours.shape[-1] > 1
    agreement = float(np.mean(ours.argmax(-1) == theirs.argmax(-1))) if classes else None
    hits: list[float | None] = [None, None]
    if labels is not None and ours.ndim == 2 and _fit(labels, ours):
        wanted = labels.argmax(-1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.reshape(-1)
        hits = [_accuracy(y, wanted) for y in (ours, theirs)]
    return OutputComparison(
        name=name,
        shape=tuple(ours.shape[1:]),
        max_abs=float(apart.max()),
        mean_abs=float(apart.mean()),
        max_rel=float(apart.max()) / largest if largest else 0.0,
        scale=max(1.0, largest),
        argmax_agreement=agreement,
        accuracy_device=hits[0],
        accuracy_oracle=hits[1],
    )


def _fit(labels: Array, outputs: Array) -> bool:
    """Whether labels are class numbers, (n,) or (n, 1), or one-hot rows; anything else is some other array."""
    samples, classes = outputs.shape
    return labels.dtype.kind in "iufb" and labels.shape in ((samples,), (samples, 1), (samples, classes))


def _accuracy(y: Array, labels: Array) -> float:
    chosen = y.argmax(-1) if y.shape[1] > 1 else (y[:, 0] > 0.5).astype(np.int64)
    return float(np.mean(chosen == labels))
