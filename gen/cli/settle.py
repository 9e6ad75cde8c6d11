"""A numeric type that is left open, chosen before a command goes on."""

from __future__ import annotations

from pathlib import Path

from ..core.settings import Settings
from .streams import progress, say


def settle(model: Path, settings: Settings) -> Settings:
    """Settings with a numeric type that keeps the limits; why it, and why no other, is told beside the results."""
    from ..flow import choose as flow

    if not flow.needs_choice(settings):
        return settings
    done = flow.choose_numeric(model, settings, progress(4))
    for line in done.lines:
        say(line)
    return done.settings
