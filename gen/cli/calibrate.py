"""``gatesmith calibrate``: what integers make of a model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .options import MODEL, Input, Json, ModelArgument, Plot, takes
from .streams import ascii_only, json_, page, progress, say

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(MODEL)
def calibrate(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Show an integer type's ranges and scales, and what it costs: each value compared with float, and end to end."""
    from ..flow.calibrate import survey
    from ..report import calibration as pages

    if plot is not None:
        from ..report import plots

        plots.check(plot)
    found = survey(model, settings, input_file, progress(3))
    source = found.model.reading.source
    if plot is not None:
        say(plots.told(plots.calibrated(found, plot)))
    if as_json:
        json_(pages.calibration_json(found, source))
    else:
        page(pages.calibration_page(found, source, ascii_only(sys.stdout)))
