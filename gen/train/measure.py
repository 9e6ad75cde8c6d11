"""How far a model's answers are from those of the float model: agreement of classes, and the error of most samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.formats import Array
from ..flow.reports import Distance
from ..quantization.calibrate import decibels

TRIMMED = 0.02
"""The share of samples, the worst ones, that the trimmed error leaves out: a few that tip over would hide the rest."""

GAIN, MORE = 1.0, 3.0
"""Decibels that tuning must gain for sure: less is not worth it; more if agreement falls at all."""
FEW = 0.02
"""The share of samples by which agreement may fall."""

DRAWS, SURE = 1000, 0.9
"""Of so many draws of samples, the share that must gain: the mean of few samples may be chance."""


def sure_gain(both: Sequence[Array], count: int) -> float:
    """The decibels that errors fall by in most draws of so many samples, or more; noisy copies of a sample are drawn
    with it.

    Args:
        both: errors of all copies before and after, all samples' first ones first.
    """
    draws = np.random.default_rng(0).integers(0, count, (DRAWS, count))
    first, last = (each.reshape(-1, count).mean(axis=0)[draws].mean(axis=1) for each in both)
    return float(np.quantile(10 * np.log10((first + 1e-30) / (last + 1e-30)), 1 - SURE))


def refusal(tuned: Distance, calibrated: Distance, held: float, whole: float) -> str:
    """Why tuned weights are not kept: they lose classes, or gain too few decibels for sure; empty if they are.

    Args:
        held, whole: the sure gains of the samples held out, and of all; chance seldom brings both.
    """
    before, after = (each.agreement or 0.0 for each in (calibrated, tuned))
    fell = f"the share with the float model's class falls from {100 * before:.3g} % to {100 * after:.3g} %, "
    if before - after > FEW:
        return f"{fell}by more than {100 * FEW:g} points"
    gain, need = whole if held > 0 else min(held, whole), MORE if before > after else GAIN
    sure = f"a gain of {np.floor(max(gain, 0.0) * 10) / 10:.1f} dB is certain; it must be at least {need:g} dB"
    return "" if gain >= need else f"{fell}and {sure}" if before > after else sure


def distance(ours: Sequence[Array], theirs: Sequence[Array], classes: Sequence[bool]) -> Distance:
    """Compare answers with the float model's.

    Args:
        ours, theirs: (samples, ...) for each output.
        classes: which outputs' largest value is the answer.
    """
    pairs = list(zip(ours, theirs, strict=True))
    same = [np.mean(a.argmax(-1) == b.argmax(-1)) for (a, b), chooses in zip(pairs, classes, strict=True) if chooses]
    count, all_errors = len(theirs[0]), errors(ours, theirs)
    kept = np.sort(all_errors)[: max(1, count - int(np.ceil(TRIMMED * count)))]
    largest = np.max([np.abs(a - b).reshape(count, -1).max(axis=1) for a, b in pairs], axis=0)
    return Distance(
        float(np.mean(same)) if same else None, decibels(1.0, float(np.mean(kept))), float(np.quantile(largest, 0.9))
    )


def errors(ours: Sequence[Array], theirs: Sequence[Array]) -> Array:
    """(samples,): mean squares as shares of the power of each output."""
    shares = []
    for a, b in zip(ours, theirs, strict=True):
        power = np.mean(np.square(b, dtype=np.float64)) or 1.0
        shares.append(np.square(a - b, dtype=np.float64).reshape(len(a), -1).mean(axis=1) / power)
    return np.asarray(np.mean(shares, axis=0))
