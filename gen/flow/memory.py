"""The plan of a model's working memory, from its file; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from .. import passes
from ..core.errors import UsageError
from ..core.settings import Settings
from ..importers.reading import load
from ..numerics.base import Numeric
from ..passes.layout import Memory, layout
from ..quantization.sized import sized
from .plan import plan
from .program import own_of


@dataclass(frozen=True)
class MemoryPlan:
    """The plan in a numeric type, as C has it."""

    path: Path
    numeric: Numeric
    memory: Memory


def memory(path: Path, settings: Settings) -> MemoryPlan:
    """Plan a model's memory in the settings' numeric type.

    Raises:
        GatesmithError: the file or the settings are refused, or the model has no such form.
    """
    # Sizes follow from shapes: no value of calibration data is looked at.
    settings = replace(settings, calibration=settings.calibration or "synthetic")
    numeric = plan(settings).numeric
    model = load(path, settings)
    graph = sized(model, numeric, settings)
    program = passes.compile_graph(graph, settings.max_steps, by_rows=True, own=own_of(settings))
    if program.schedule.stream is not None:
        raise UsageError("this model goes step by step, as its length is open", fix="gatesmith inspect --stream MODEL")
    return MemoryPlan(path, numeric, layout(program))
