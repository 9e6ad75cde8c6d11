"""``gatesmith.train.prepare`` and ``strip``: training for the integers, with the user's own loop and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..api.folder import Folder, Samples
from ..api.options import settings_of
from ..api.wording import pythonic
from ..core.errors import UsageError
from ..core.settings import Settings
from ..flow.plan import plan
from ..importers.keras.containers.archive import TUNED
from ..importers.reading import load
from .student import Student, load_keras
from .weights import assign


@pythonic
def prepare(
    model: Any, numeric: str, calibration: Samples, *, keep: Sequence[str] = (), observer: str = "minmax"
) -> Any:
    """A ``keras.Model`` with the generated code's outputs that trains by ordinary ``compile`` and ``fit``.

    With Adam, a learning rate of 1e-3 moves a weight by up to 2 % of a step of its grid.

    Args:
        model: a ``.keras`` or HDF5 file, or a live model of Keras 3, which stays unchanged.
        numeric: an integer type whose weights have 8 bits or fewer.
        calibration: typical inputs, (samples, ...).
        keep, observer: as for :func:`gatesmith.convert`.

    Raises:
        GatesmithError: the model, the data or the options are refused.
    """
    folder, path, settings = in_files(model, calibration, {"numeric": numeric, "keep": keep, "observer": observer})
    student = Student(path, settings, plan(settings).numeric)
    for number in student.covered:
        student.weights.variables[number].trainable = False
    from .prepared import Prepared

    return Prepared(student, folder)


def in_files(model: Any, samples: Samples, options: Mapping[str, Any]) -> tuple[Folder, Path, Settings]:
    """The folder with a model's file, the file, and the options as settings with its calibration data.

    Raises:
        UsageError: there are no samples.
        GatesmithError: the model or the data are refused.
    """
    if samples is None:
        raise UsageError("there are no calibration data", fix="an array of inputs that the model meets in use")
    folder, settings = Folder(), settings_of(model, options)
    path = folder.model(model)
    data = folder.data("calibration", samples, load(path, settings).graph)
    return folder, path, replace(settings, calibration=str(data))


def pruning(share: float, epochs: int) -> Any:
    """A Keras callback that prunes the matrices of a prepared model in ``fit``, in blocks of four inputs of a row.
    Plain C neither stores nor multiplies these.

    Args:
        share: the share of weights that are 0 in the end, below 1.
        epochs: the number of epochs until then; the rest of the training recovers lost accuracy.

    Raises:
        UsageError: ``share`` is not between 0 and 1, or there is no epoch.
    """
    numbers = isinstance(share, (int, float)) and isinstance(epochs, int)
    if not numbers or not 0 < share < 1 or epochs < 1:
        raise UsageError(
            f"pruning({share!r}, {epochs!r})", fix="a share between 0 and 1, such as .75, in at least one epoch"
        )
    from .prepared import Pruning

    return Pruning(share, epochs)


def strip(prepared: Any) -> Any:
    """The plain model of a prepared one: a ``keras.Model`` whose matrices are on the grid of the numeric type.

    Args:
        prepared: the result of :func:`prepare`.

    Raises:
        UsageError: it is another model.
    """
    student = getattr(prepared, "student", None)
    if not isinstance(student, Student):
        raise UsageError(
            "strip takes a prepared model",
            where=type(prepared).__name__,
            fix="give what gatesmith.train.prepare(model, numeric, calibration) returned",
        )
    plain = load_keras(student.path, student.settings)
    assign(plain.weights, student.numbers())
    setattr(plain, TUNED, student.numeric.name)
    return plain
