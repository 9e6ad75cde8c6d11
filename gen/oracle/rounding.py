"""Checks whether rounding explains an error: some models amplify the last bit of a number to most of the output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.graph import Array
from .compare import OutputComparison

ROOM = 8.0
"""Allowed error of a device, as a multiple of rounding's effect on an output: it rounds in other places than Keras.
Recurrent layers that amplify had errors of up to 2.8 times."""
DECIDED = 0.1
"""Share of the largest output: if :data:`ROOM` allows a larger error, rounding decides and nothing is judged."""
FEWEST = 0.1
"""Least share of the outputs that must be judged for a verdict."""


@np.errstate(invalid="ignore")  # for infinite outputs
def explained(
    row: OutputComparison, ours: Array, theirs: Array, moved: Array, tolerance: float
) -> tuple[OutputComparison, str]:
    """The comparison, with ``explained`` set, and a sentence about it.

    Args:
        row: a comparison beyond the tolerance.
        ours, theirs, moved: (samples, ...): a device's outputs, the oracle's, and the effect of rounding alone on
            these. Along the second axis, a change may affect all later outputs.
    """
    error, allowed = _largest(np.abs(ours.astype(np.float64) - theirs)), ROOM * _largest(moved)
    allowed = np.maximum.accumulate(allowed, axis=1)
    judged = allowed <= DECIDED * row.scale
    text = f"{row.name}: one unit in the last place of weights and inputs moves its answers by up to {moved.max():.1e}"
    if not np.all(error[judged] <= tolerance * row.scale + allowed[judged]):
        return row, f"{text}, so rounding does not explain its error"
    if judged.mean() < FEWEST:
        return row, f"{text}: rounding decides them, and nothing can be judged; try shorter or smaller samples"
    note = "" if judged.all() else f"; of its answers {1 - judged.mean():.0%}, which rounding decides, are not judged"
    is_finite = bool(np.isfinite(row.max_abs))
    return replace(row, explained=is_finite), f"{text}, and its error is within {ROOM:g} times that{note}"


def _largest(x: Array) -> Array:
    """(samples, steps): the largest value of each step, if there are steps; else of each sample."""
    steps = x.shape[1] if x.ndim > 2 else 1
    return np.asarray(x.reshape(len(x), steps, -1).max(axis=2))
