"""Whether rounding explains an error: some models amplify the last bit of a number until it is most of the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.graph import Array
from .compare import OutputComparison

ROOM = 8.0
"""Times what rounding moves an answer: so far a device may be off, which rounds in other places than Keras. Recurrent
layers that amplify were off by up to 2.8 times."""
DECIDED = 0.1
"""Share of the largest answer: where :data:`ROOM` reaches further, rounding decides, and nothing is judged."""
FEWEST = 0.1
"""Share of the answers that must be judged for a verdict."""


@np.errstate(invalid="ignore")  # of infinite answers
def explained(
    row: OutputComparison, ours: Array, theirs: Array, moved: Array, tolerance: float
) -> tuple[OutputComparison, str]:
    """The comparison, with what rounding explains, and a sentence about it.

    Args:
        row: beyond the tolerance.
        ours, theirs, moved: (samples, ...): a device's answers, the oracle's, and how far rounding alone moves those.
            Along the second axis, what moved once may move what comes later.
    """
    far, reach = _largest(np.abs(ours.astype(np.float64) - theirs)), ROOM * _largest(moved)
    reach = np.maximum.accumulate(reach, axis=1)
    judged = reach <= DECIDED * row.scale
    told = f"{row.name}: one unit in the last place of weights and inputs moves its answers by up to {moved.max():.1e}"
    if not np.all(far[judged] <= tolerance * row.scale + reach[judged]):
        return row, f"{told}, so rounding does not explain its error"
    if judged.mean() < FEWEST:
        return row, f"{told}: rounding decides them, and nothing can be judged; try shorter or smaller samples"
    rest = "" if judged.all() else f"; of its answers {1 - judged.mean():.0%}, which rounding decides, are not judged"
    good = bool(np.isfinite(row.max_abs))
    return replace(row, explained=good), f"{told}, and its error is within {ROOM:g} times that{rest}"


def _largest(x: Array) -> Array:
    """(samples, steps): of all values of a step, where there are several axes; else of all values."""
    steps = x.shape[1] if x.ndim > 2 else 1
    largest: Array = x.reshape(len(x), steps, -1).max(axis=2)
    return largest
