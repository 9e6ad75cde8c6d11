"""JSON schemas of the reports of commands."""

from __future__ import annotations

from typing import Any

import msgspec

from ..core.errors import ERROR_SCHEMA
from .calibrate import Survey
from .diff import DiffReport
from .facts import ErrorFacts, Facts, ManyFacts
from .reports import Report

UNTAGGED: dict[str, Any] = {
    "gatesmith/run/1": Facts,
    "gatesmith/validate/1": Facts,
    "gatesmith/validate-many/1": ManyFacts,
    ERROR_SCHEMA: ErrorFacts,
}
ELSEWHERE = (Survey, DiffReport)
"""Reports that other files declare, imported so that they are registered."""


def schemas(*above: type[Report]) -> dict[str, dict[str, Any]]:
    """JSON schemas of the reports, by the value of their field ``schema``.

    Args:
        above: reports of rooms above this one.
    """
    kinds = UNTAGGED | {str(kind.__struct_config__.tag): kind for kind in (*_reports(Report), *above)}
    return {name: msgspec.json.schema(kind) for name, kind in sorted(kinds.items())}


def _reports(base: type[Report]) -> list[type[Report]]:
    return [kind for each in base.__subclasses__() for kind in _reports(each)] or [base]
