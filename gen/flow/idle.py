"""Notes on options that change no output of a model: the user expects an effect, so each is reported with the cause."""

from __future__ import annotations

from ..backends.base import Generated
from ..core.settings import ANYTHING
from ..numerics import NUMERICS
from .plan import Plan


def idle(chosen: Plan, generated: Generated) -> tuple[str, ...]:
    """Notes on such options for a generated model."""
    settings, numeric = chosen.settings, chosen.numeric
    calibrated = numeric.integer or numeric.weights.group is not None
    types = [numeric, *(NUMERICS[word.rpartition("=")[2]] for word in settings.keep)]
    alike = "" if numeric.integer else f"{numeric.name} is one type for all layers, and only validate judges by it"
    causes = {
        "calibration": "" if calibrated else f"{numeric.name} needs no ranges",
        "observer": "" if any(one.dtype == "int8" for one in types) else f"{numeric.name} has no values of 8 bits",
        "max_error": alike,
        "max_accuracy_drop": alike,
        "math": "integers have the same bits in every mode" if numeric.integer else "",
        "max_steps": "it stores no sequence of open length" if all(axis.fixed for axis in generated.axes) else "",
    }
    return tuple(
        f"--{name.replace('_', '-')} changes no output here: {cause}"
        for name, cause in causes.items()
        if cause and getattr(settings, name) != getattr(ANYTHING, name)
    )
