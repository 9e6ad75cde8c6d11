"""What ``calibrate`` gives: what integers make of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..flow.calibrate import Row, Survey
from ..flow.facts import Comparison
from ..report import calibration as pages
from ..report.page import Page
from .showing import Shown


@dataclass(frozen=True, repr=False)
class Calibration(Shown):
    """Ranges and scales of an integer type, and what they cost.

    Args:
        result: all that the flow knows.
    """

    result: Survey

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every value: its range, its format, what is clipped, decibels beside float."""
        return self.result.rows

    @property
    def outputs(self) -> tuple[Comparison, ...]:
        """Errors of each output, compared with float32."""
        return self.result.outputs

    def as_json(self) -> dict[str, Any]:
        """As ``gatesmith calibrate --json`` gives it."""
        return self.result.as_json()

    def page(self) -> Page:
        """As ``gatesmith calibrate`` shows it."""
        return pages.calibration_page(self.result)

    def __repr__(self) -> str:
        return f"<Calibration {self.result.numeric}: {len(self.rows)} values, {self.result.used}>"
