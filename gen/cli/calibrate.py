"""``gatesmith calibrate``: ranges, scales and errors of an integer type."""

from __future__ import annotations

from ..core.settings import MODEL, Settings
from .options import Input, Json, ModelArgument, Plot, takes
from .streams import answer, progress, say


@takes("classes", *MODEL)
def calibrate(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Show an integer type's ranges, scales and errors, value by value."""
    from ..flow import calibrate as flow
    from ..report.calibration import calibration_page

    if plot is not None:
        from ..report import plots

        plots.check(plot)
    survey = flow.survey(model, settings, input_file, progress(3))
    if plot is not None:
        say(plots.written_note(plots.calibrated(survey, plot)))
    answer(survey, calibration_page, as_json)
