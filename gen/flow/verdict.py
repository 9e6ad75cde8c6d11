"""The verdict on a device's outputs: what is judged, by which limit, in one sentence.

Integers must be the reference's bit for bit, and floats within their tolerance of Keras's. Of all types but float32 the
verdict then rests on what matters: for classes, how many stay as Keras's and how much accuracy is lost; for quantities,
the RMSE compared with Keras's or, without labels, the difference compared with the spread of the answers. A limit of
the user's replaces that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..numerics.base import Numeric
from ..oracle.compare import OutputComparison
from ..oracle.limits import NONE, Limits
from ..oracle.scores import CLASSES

EXACT = 1e-4
"""Largest tolerance of a numeric type that rounds sums only; the others round weights or values too."""
LOST = 0.05
"""Share of classes, or of accuracy, that rounding may cost; one sample is always allowed."""
ROUNDING = 1e-9
"""Of shares of samples: 1 - .95 is more than .05."""
WORSE = 1.25
"""RMSE that rounding may lead to, as a multiple of Keras's."""
SPREAD = 0.1
"""Root mean square of the difference, as a share of the answers' standard deviation: 20 dB."""
LABELLED = 0.05
"""The same for the RMSE by labels, if Keras's own is smaller."""
HALF = 0.5
"""Share of its own spread that a value of several may differ by before the sentence names it."""


@dataclass(frozen=True)
class Verdict:
    """Whether outputs passed, and the sentence that says by what."""

    passed: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'PASS' if self.passed else 'FAIL'}: {self.sentence}"


def verdict(
    rows: Sequence[OutputComparison],
    numeric: Numeric,
    limits: Limits = NONE,
    tolerance: float | None = None,
    different: int | None = None,
    integers: int = 0,
) -> Verdict:
    """Judge the outputs of a device.

    Args:
        limits: the user's; its limits of cost are not looked at.
        tolerance: the user's, times each output's scale.
        different: integers that are not the reference's, of ``integers``; None if there are none to compare.
    """
    if different:
        return Verdict(False, f"{different:,} of {integers:,} integers differ from the reference's")
    parts = [_judged(row, numeric, limits, tolerance) for row in rows]
    named = [
        f"{row.name}: {sentence}" if len(rows) > 1 else sentence
        for row, (passed, sentence) in zip(rows, parts, strict=True)
    ]
    failed = [text for text, (passed, _) in zip(named, parts, strict=True) if not passed]
    if failed and numeric.integer and different == 0:
        failed.append(f"every integer is the reference's, so it is {numeric.name} that loses this much, not the device")
        failed.append("gatesmith calibrate names the layers that lose it, gatesmith choose the types that lose less")
    return Verdict(not failed, "; ".join(failed or dict.fromkeys(named)))


def _judged(row: OutputComparison, numeric: Numeric, limits: Limits, tolerance: float | None) -> tuple[bool, str]:
    """Whether an output passed, and the sentence."""
    if not row.finite:
        return False, f"an output is NaN or infinite where {row.judge}'s is not"
    facts = facts_of(row)
    if limits.exact:
        return not limits.violation(row), limits.violation(row) or "; ".join([*facts, limits.measured(row)])
    if tolerance is not None or not numeric.integer:
        share = numeric.tolerance if tolerance is None else tolerance
        limit = share * row.scale
        if not row.within(share):
            return False, f"largest difference {row.max_abs:.2e} > {limit:.1e}"
        close = "as close as rounding lets" if row.explained else f"at most {limit:.1e}"
        facts.append(f"largest difference {row.max_abs:.2e}, {close}")
    if tolerance is not None or numeric.tolerance <= EXACT or row.explained:
        return True, "; ".join(facts)
    why = lost(row)
    return not why, why or "; ".join(facts)


def lost(row: OutputComparison) -> str:
    """What rounding costs if it costs too much; empty if it does not."""
    if row.classes:
        room = max(LOST, 1 / max(row.count, 1))
        if row.lost <= room + ROUNDING:
            return ""
        if row.accuracy_oracle is None:
            return f"{_agreeing(row)}: more than {100 * room:.3g} % differ"
        return f"{_accuracy(row)}: more than {100 * room:.3g} points lost"
    if row.scores is not None:
        ours, theirs = row.scores.device["rmse"], row.scores.oracle["rmse"]
        limit = max(WORSE * theirs, LABELLED * row.spread)
        return "" if ours <= limit else f"RMSE {ours:.3g} > {limit:.3g}; {row.judge} {theirs:.3g}"
    limit = SPREAD * (row.spread or row.scale)
    return "" if row.rms <= limit else _difference(row, f" > {limit:.3g}")


def as_good(row: OutputComparison) -> bool:
    """Whether an output is as good as Keras's: no class lost; RMSE within 1 %."""
    if row.classes:
        return row.lost <= 0
    if row.scores is not None:
        return row.scores.device["rmse"] <= 1.01 * row.scores.oracle["rmse"]
    return row.rms <= 0.01 * (row.spread or row.scale)


def facts_of(row: OutputComparison) -> list[str]:
    """What is known of an output: classes, accuracy, or errors, in words."""
    if row.classes:
        several = row.scores is None or row.scores.task == CLASSES
        agreeing = [_agreeing(row)] if several and row.argmax_agreement is not None else []
        return [*agreeing, *([_accuracy(row)] if row.accuracy_oracle is not None else [])]
    scores, (value, share) = row.scores, row.alone
    alone = [f"value {value} alone: {_percent(share)} of its own spread"] if share > HALF else []
    rmse = scores and f"RMSE {scores.device['rmse']:.3g}, {row.judge} {scores.oracle['rmse']:.3g}"
    return [rmse or _difference(row), *alone]


def _agreeing(row: OutputComparison) -> str:
    assert row.argmax_agreement is not None
    return f"{round(row.argmax_agreement * row.count):,} of {row.count:,} classes as {row.judge}"


def _accuracy(row: OutputComparison) -> str:
    ours, theirs = row.accuracy_device, row.accuracy_oracle
    assert ours is not None and theirs is not None
    return f"accuracy {100 * ours:.4g} %, {row.judge} {100 * theirs:.4g} %"


def _difference(row: OutputComparison, beyond: str = "") -> str:
    share = f", {_percent(row.rms / row.spread)} of the answers' spread" if row.spread else ""
    return f"RMS difference {row.rms:.3g}{beyond}{share}"


def _percent(share: float) -> str:
    return f"{float(f'{100 * share:.2g}'):g} %" if share <= 10 else "more than 1,000 %"
