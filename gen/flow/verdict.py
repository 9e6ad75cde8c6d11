"""The verdict on a device's outputs: the judged quantity and its limit, in one sentence.

Integers must equal the reference's bit for bit, and floats be within their tolerance of Keras's. For all types but
float32, the verdict then depends on the task. For classes, it is agreement with Keras's and lost accuracy. For
quantities, it is the RMSE compared with Keras's or, without labels, the difference compared with the spread of the
outputs. A limit of the user's replaces this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..numerics.base import Numeric
from ..oracle.compare import OutputComparison
from ..oracle.limits import NONE, Limits

EXACT = 1e-4
"""Largest tolerance of a numeric type that rounds sums only; the others round weights or values too."""
MOST_LOST = 0.05
"""Share of classes, or of accuracy, that rounding may cost; one sample is always allowed."""
WORSE = 1.25
"""RMSE that rounding may lead to, as a multiple of Keras's."""
SPREAD = 0.1
"""Root mean square of the difference, as a share of the answers' standard deviation: 20 dB."""
LABELLED = 0.05
"""The same for the RMSE by labels, if Keras's own is smaller."""
HALF = 0.5
"""Largest difference of one value of several, as a share of its own spread, that the sentence does not name."""


@dataclass(frozen=True)
class Verdict:
    """Whether outputs passed, and the sentence with the judged quantity and its limit."""

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
        limits: the user's limits; those of costs are not used.
        tolerance: the user's tolerance, relative to each output's scale.
        different: number of integers that differ from the reference's, of ``integers``; None if there are no integers.
    """
    if different:
        return Verdict(False, f"{different:,} of {integers:,} integers differ from the reference's")
    parts = [_judged(row, numeric, limits, tolerance) for row in rows]
    sentences = [
        f"{row.name}: {sentence}" if len(rows) > 1 else sentence
        for row, (passed, sentence) in zip(rows, parts, strict=True)
    ]
    failed = [text for text, (passed, _) in zip(sentences, parts, strict=True) if not passed]
    if failed and numeric.integer and different == 0:
        failed.append(f"every integer is the reference's, so it is {numeric.name} that loses this much, not the device")
        failed.append("gatesmith calibrate names the layers that lose it, gatesmith choose the types that lose less")
    return Verdict(not failed, "; ".join(failed or dict.fromkeys(sentences)))


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
        bound = "as close as rounding lets" if row.explained else f"at most {limit:.1e}"
        facts.append(f"largest difference {row.max_abs:.2e}, {bound}")
    if tolerance is not None or numeric.tolerance <= EXACT or row.explained:
        return True, "; ".join(facts)
    loss = excessive_loss(row)
    return not loss, loss or "; ".join(facts)


def excessive_loss(row: OutputComparison) -> str:
    """The loss by rounding in words, if it is too large; else empty."""
    if row.classes:
        room = max(MOST_LOST, round(1 / max(row.count, 1), 9))
        if row.lost <= room:
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
    """The facts of an output in words: classes, accuracy, or errors."""
    if row.classes:
        agreeing = [_agreeing(row)] if row.argmax_agreement is not None else []
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
