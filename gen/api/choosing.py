"""``gatesmith.choose``: the smallest board and numeric type that meet the limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from ..flow import choose as flow
from ..flow.results import Candidate, Choice
from ..importers.reading import load
from ..numerics import NUMERICS
from ..oracle.limits import limits_of
from ..report.choose import choose_page, choose_report
from ..report.page import Page
from .artifact import Artifact
from .conversion import convert
from .folder import Folder, Samples
from .options import Limiting, settings_of
from .showing import Shown
from .wording import pythonic


class Chosen(Shown):
    """The measurements, and the smallest combination that meets the limits.

    Attributes:
        result: all facts of the flow.
    """

    def __init__(self, result: Choice, model: Any, data: Samples, folder: Folder) -> None:
        self.result = result
        self._model, self._data, self._folder = model, data, folder

    @property
    def target(self) -> str | None:
        """The board; None if no combination meets the limits."""
        return self.result.best.target if self.result.best else None

    @property
    def numeric(self) -> str | None:
        """The numeric type; None if no combination meets the limits."""
        return self.result.best.numeric if self.result.best else None

    @property
    def rows(self) -> tuple[Candidate, ...]:
        """Every board in every numeric type."""
        return self.result.rows

    def as_json(self) -> dict[str, Any]:
        """The report of ``gatesmith choose --json``."""
        return choose_report(self.result, self._command()).as_json()

    def page(self) -> Page:
        """The page of ``gatesmith choose``."""
        return choose_page(self.result, command=self._command())

    def _options(self) -> dict[str, Any]:
        """The options of ``gatesmith.convert`` for the choice."""
        best = self.result.best
        if best is None:
            raise ValueError("no board meets the limits: there is nothing to convert")
        options = {"target": best.target, "numeric": best.numeric}
        data = {"calibration": self._data} if NUMERICS[best.numeric].integer else {}
        return {**options, **data, **({"keep": list(best.keep)} if best.keep else {})}

    def _command(self) -> str | None:
        """The line of Python that writes the choice if the model or the data are in memory; None if a command can."""
        model, data = (
            repr(str(one)) if isinstance(one, (str, Path)) else name
            for name, one in (("model", self._model), ("data", self._data))
        )
        if (model != "model" and data != "data") or self.target is None:
            return None
        words = [f"{name}={data if name == 'calibration' else repr(one)}" for name, one in self._options().items()]
        return f"gatesmith.convert({', '.join([model, *words])}).save({f'{Path(self.target).stem}_model'!r})"

    def convert(self, **options: Any) -> Artifact:
        """The code of the choice; options as for :func:`gatesmith.convert`.

        Raises:
            ValueError: no combination meets the limits.
            GatesmithError: as in :func:`gatesmith.convert`.
        """
        return convert(self._model, **{**self._options(), **options})

    def __bool__(self) -> bool:
        return self.result.best is not None

    def __repr__(self) -> str:
        best = self.result.best
        if best is None:
            return f"<Chosen none of {len(self.rows)} combinations>"
        time = "" if best.milliseconds is None else f", {best.milliseconds:.3g} ms"
        return f"<Chosen {best.target} in {best.numeric}{time}, of {len(self.rows)} combinations>"


@pythonic
def choose(
    model: Any,
    data: Samples,
    *,
    x: Samples | None = None,
    y: Any = None,
    rate: float | None = None,
    boards: Sequence[str] = (),
    numeric: str | None = None,
    samples: int | None = None,
    **limits: Unpack[Limiting],
) -> Chosen:
    """Measure a model on every core in every numeric type, and find the smallest board that meets rate and error.

    Args:
        model: as for :func:`gatesmith.convert`.
        data: inputs that calibrate integers, (samples, ...).
        x, y: inputs and labels on which errors are measured; the default is ``data``.
        rate: steps (or calls) per second that the board must reach.
        boards: the boards to choose from; the default is every emulated board.
        numeric: the only type to try.
        samples: number of samples to judge by, evenly spaced, or the first ones if the model is stateful.
        limits: ``max_error`` of an output, in its units; ``max_ms`` of a step (or call); ``max_flash``, bytes of the
            model, ``65536`` or ``"64K"``; ``max_accuracy_drop``, points of accuracy that may be lost.

    Raises:
        GatesmithError: the model, the data or the options are refused.
    """
    folder = Folder()
    path = folder.model(model)
    settings = settings_of(model, limits, numeric=numeric, samples=samples)
    graph = load(path, settings).graph
    samples_file = folder.data("data", data, graph)
    test = None if x is None else folder.data("x", x, graph, None if y is None else np.asarray(y))
    result = flow.choose(path, settings, samples_file, test, boards, limits_of(settings, rate))
    return Chosen(result, model, data, folder)
