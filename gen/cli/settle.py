"""The choice of the numeric type before a command, if it is open."""

from __future__ import annotations

from pathlib import Path

from ..core.settings import Settings
from .streams import progress, say


def settle(model: Path, settings: Settings) -> Settings:
    """Settings with a numeric type that meets the limits; the reasons for the choice are printed to stderr."""
    from ..flow import choose as flow

    if not flow.needs_choice(settings):
        return settings
    choice = flow.choose_numeric(model, settings, progress(4))
    for line in choice.lines:
        say(line)
    return choice.settings
