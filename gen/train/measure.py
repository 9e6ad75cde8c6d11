"""Distance of a model's outputs from the float model's: agreement of classes, and the error of most samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.formats import Array
from ..flow.reports import Distance
from ..quantization.calibrate import decibels

TRIMMED = 0.02
"""The share of the worst samples, which the trimmed error leaves out: a few that change class would hide the others."""

GAIN, RAISED_GAIN = 1.0, 3.0
"""Least certain gain of tuning in decibels, and the least one if agreement falls at all."""
FEW = 0.02
"""Largest fall of agreement, as a share of samples."""

DRAWS, CERTAINTY = 1000, 0.9
"""Number of random draws of samples, and the share of them that must gain: the mean of few samples may be chance."""


def certain_gain(pairs: Sequence[Array], count: int) -> float:
    """The decibels by which errors fall at least in most draws of ``count`` samples; noisy copies of a sample are drawn
    with it.

    Args:
        pairs: errors of all copies before and after: first those of the samples, then copy by copy.
    """
    draws = np.random.default_rng(0).integers(0, count, (DRAWS, count))
    first, last = (each.reshape(-1, count).mean(axis=0)[draws].mean(axis=1) for each in pairs)
    return float(np.quantile(10 * np.log10((first + 1e-30) / (last + 1e-30)), 1 - CERTAINTY))


def refusal(tuned: Distance, calibrated: Distance, held_out_gain: float, total_gain: float) -> str:
    """The reason to reject tuned weights, or "": they lose classes, or their certain gain is too small.

    Args:
        held_out_gain, total_gain: certain gains of the held-out samples and of all; chance seldom brings both.
    """
    before, after = (each.agreement or 0.0 for each in (calibrated, tuned))
    fell = f"the share with the float model's class falls from {100 * before:.3g} % to {100 * after:.3g} %, "
    if before - after > FEW:
        return f"{fell}by more than {100 * FEW:g} points"
    gain = total_gain if held_out_gain > 0 else min(held_out_gain, total_gain)
    need = RAISED_GAIN if before > after else GAIN
    small = f"a gain of {np.floor(max(gain, 0.0) * 10) / 10:.1f} dB is certain; it must be at least {need:g} dB"
    return "" if gain >= need else f"{fell}and {small}" if before > after else small


def distance(outputs: Sequence[Array], targets: Sequence[Array], classes: Sequence[bool]) -> Distance:
    """Compare outputs with the float model's.

    Args:
        outputs, targets: (samples, ...) for each output.
        classes: for each output, whether its largest value is the decision.
    """
    pairs = list(zip(outputs, targets, strict=True))
    equal = [np.mean(a.argmax(-1) == b.argmax(-1)) for (a, b), chooses in zip(pairs, classes, strict=True) if chooses]
    count, all_errors = len(targets[0]), errors(outputs, targets)
    trimmed = float(np.mean(np.sort(all_errors)[: max(1, count - int(np.ceil(TRIMMED * count)))]))
    largest = np.max([np.abs(a - b).reshape(count, -1).max(axis=1) for a, b in pairs], axis=0)
    agreement = float(np.mean(equal)) if equal else None
    return Distance(agreement, decibels(1.0, trimmed), float(np.quantile(largest, 0.9)))


def errors(outputs: Sequence[Array], targets: Sequence[Array]) -> Array:
    """(samples,): mean squared errors, relative to the power of each output."""
    shares = []
    for a, b in zip(outputs, targets, strict=True):
        power = np.mean(np.square(b, dtype=np.float64)) or 1.0
        shares.append(np.square(a - b, dtype=np.float64).reshape(len(a), -1).mean(axis=1) / power)
    return np.asarray(np.mean(shares, axis=0))
