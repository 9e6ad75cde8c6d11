"""Options and commands for advice on budgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shlex import quote

from ..budget.budget import Budget
from ..core.settings import MEMORY, READING, TUNING, Settings
from ..numerics import NUMERICS


def numeric_option(numeric: str, settings: Settings) -> str:
    """A numeric type as an option, with data for its ranges if it needs them: the file in the settings, if one is."""
    if not NUMERICS[numeric].integer:
        return f"--numeric {numeric}"
    path = settings.calibration_data
    data = "DATA.npz" if path is None or MEMORY in str(path) else quote(str(path))
    return f"--numeric {numeric} --calibration {data}"


def reading_options(settings: Settings) -> str:
    """The options that a command for any board and numeric type must repeat."""
    return replace(settings, target="host", numeric=None, calibration=None).repeated()


def tuning(path: Path, numeric: str, settings: Settings) -> str:
    """The command that tunes a model's weights, if their bits are so few that calibration alone costs accuracy. Empty
    for other types, or if the command cannot read the model with these settings."""
    options = settings.repeated(TUNING)
    if not NUMERICS[numeric].integer or NUMERICS[numeric].weights.bits >= 8 or options != settings.repeated(READING):
        return ""
    return f"gatesmith tune {quote(str(path))}{options} {numeric_option(numeric, settings)} -o tuned.keras"


def target_option(budget: Budget, settings: Settings) -> str:
    """A board and a numeric type as options."""
    return f"--target {budget.target} {numeric_option(budget.numeric, settings)}"


def sizes(budget: Budget) -> str:
    """Flash and RAM of a program on a board, in words."""
    return f"flash {budget.flash.used:,} of {budget.flash.limit:,} B, RAM {budget.ram.used:,} of {budget.ram.limit:,} B"
