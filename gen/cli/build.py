"""``gatesmith build``: builds a program in a folder."""

from __future__ import annotations

from ..core.settings import MODEL, Settings
from .options import LIMITS, Force, Json, ModelArgument, Output, required, takes
from .settle import settle
from .streams import answer, progress


@takes("target", "emulate", "chip", "budget", *MODEL, *LIMITS)
def build(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate and build, by PlatformIO or with --emulate for the emulator."""
    from ..flow import build as flow
    from ..report.build import build_page

    folder = required(output)
    answer(flow.build(model, folder, settle(model, settings), force, progress(4)), build_page, as_json)
