"""``gatesmith.tune``: tuning of a model in a file or in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..api.folder import Samples
from ..api.showing import Shown
from ..api.wording import pythonic
from ..files.single import write_file
from ..flow.reports import Tuning
from ..importers.keras.live.save import save
from ..report.page import Page
from .page import tuning_page
from .preparing import in_files
from .tuning import tune_file


@dataclass(frozen=True, repr=False)
class Tuned(Shown):
    """A model with tuned weights.

    Args:
        model: a ``keras.Model``, whose matrices are on the grid of the numeric type.
        report: the results of tuning.
    """

    model: Any
    report: Tuning

    def save(self, path: str | Path) -> None:
        """Write the model as a ``.keras`` file that also names the numeric type."""
        write_file(Path(path), save(self.model))

    def as_json(self) -> dict[str, Any]:
        """The report of ``gatesmith tune --json``."""
        return self.report.as_json()

    def page(self) -> Page:
        """The page of ``gatesmith tune``."""
        return tuning_page(self.report)

    def __repr__(self) -> str:
        before, after = self.report.calibrated.trimmed_db, self.report.tuned.trimmed_db
        return f"<Tuned for {self.report.numeric}: {before:.1f} dB calibrated, {after:.1f} dB tuned>"


@pythonic
def tune(model: Any, x: Samples, *, numeric: str, keep: Sequence[str] = (), observer: str = "minmax") -> Tuned:
    """Tune a model's weights for an integer type, without labels: the float model teaches its rounded copy.

    Args:
        model: a ``.keras`` or HDF5 file, or a live model of Keras 3, which stays unchanged.
        x: typical inputs, (samples, ...): some dozens, better hundreds. They calibrate too.
        numeric: an integer type whose weights have 8 bits or fewer.
        keep, observer: as for :func:`gatesmith.convert`.

    Raises:
        AccuracyError: tuning was no better than calibration alone.
        GatesmithError: the model, the data or the options are refused.
    """
    _folder, path, settings = in_files(model, x, {"numeric": numeric, "keep": keep, "observer": observer})
    report, tuned = tune_file(path, settings)
    return Tuned(tuned, report)
