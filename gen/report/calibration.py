"""The page of ``calibrate``: ranges, scales and errors, value by value and of the outputs."""

from __future__ import annotations

from itertools import groupby

from ..flow.calibrate import Survey
from .overview import notes, opening
from .page import Column, Part, Sheet, Styled, paged
from .quantities import portion
from .results import outputs_table

CLIPPED = 0.001
"""Largest share of clipped values that the page does not mark."""


@paged
def calibration_page(page: Sheet, survey: Survey) -> None:
    """Tensors in the order of the graph, then the outputs."""
    opening(page, survey)
    mix = f", {' '.join(f'--keep {word}' for word in survey.keep)}" if survey.keep else ""
    page.facts(
        ("type", f"{survey.numeric}{mix}"),
        ("ranges by", f"{survey.observer} of {survey.used}"),
        ("errors on", f"{survey.judged}; compared with float32, both by the reference on this machine"),
    )
    heads = {id(next(rows)) for _, rows in groupby(survey.rows, lambda row: row.layer)}
    page.records(
        survey.rows,
        Column("layer", style="name", folds=True, of=lambda row: row.layer if id(row) in heads else ""),
        Column("value", folds=True, of=lambda row: row.value),
        Column("min", True, leaves=3, of=lambda row: f"{row.low:.3g}"),
        Column("max", True, leaves=4, of=lambda row: f"{row.high:.3g}"),
        Column("type", of=lambda row: row.type),
        Column("scale", True, leaves=2, of=lambda row: f"{row.scale:.3g}"),
        Column("zero", True, leaves=1, of=lambda row: str(row.zero)),
        Column("clipped", True, of=lambda row: _clipped(row.clipped)),
        Column("SNR", True, of=lambda row: _decibels(row.snr)),
    )
    outputs_table(page, survey.outputs, "float's")
    page.blank()
    notes(page, survey.notes)


def _clipped(share: float | None) -> Part:
    text = "-" if share is None else portion(share)
    return Styled(text, "note") if share is not None and share > CLIPPED else text


def _decibels(snr: float | None) -> str:
    return "-" if snr is None else "exact" if snr == float("inf") else f"{snr:.1f} dB"
