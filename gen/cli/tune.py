"""``gatesmith tune``: tunes weights to lose less in few bits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..core.settings import TUNING, Flag, Settings
from .options import Json, ModelArgument, required, takes
from .streams import answer, progress

File = Annotated[Path | None, Flag("The .keras file to write.", "FILE", ("--output", "-o"))]


@takes("numeric", "calibration", "keep", "observer", *TUNING)
def tune(model: ModelArgument, settings: Settings, output: File = None, as_json: Json = False) -> None:
    """Tune a model's weights for few bits, without labels."""
    from ..train import tuning
    from ..train.page import tuning_page

    file = required(output, "FILE, the .keras file to write")
    answer(tuning.tune_file(model, settings, file, progress(4))[0], tuning_page, as_json)
