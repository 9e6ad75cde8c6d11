"""The result of ``calibrate``: ranges, scales and errors of an integer type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..flow.calibrate import CalibrationRow, Survey
from ..flow.facts import Comparison
from ..report import calibration as pages
from ..report.page import Page
from .showing import Shown


@dataclass(frozen=True, repr=False)
class Calibration(Shown):
    """Ranges, scales and errors of an integer type.

    Args:
        result: all facts of the flow.
    """

    result: Survey

    @property
    def rows(self) -> tuple[CalibrationRow, ...]:
        """Every value: its range, its format, its share of clipped values, and its SNR in dB."""
        return self.result.rows

    @property
    def outputs(self) -> tuple[Comparison, ...]:
        """Errors of each output, compared with float32."""
        return self.result.outputs

    def as_json(self) -> dict[str, Any]:
        """The report of ``gatesmith calibrate --json``."""
        return self.result.as_json()

    def page(self) -> Page:
        """The page of ``gatesmith calibrate``."""
        return pages.calibration_page(self.result)

    def __repr__(self) -> str:
        return f"<Calibration {self.result.numeric}: {len(self.rows)} values, {self.result.used}>"
