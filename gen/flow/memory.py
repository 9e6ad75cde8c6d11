"""The plan of a model's working memory, from its file; nothing is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .. import passes
from ..core.errors import UsageError
from ..core.settings import Settings
from ..importers.reading import load
from ..passes.layout import layout
from ..passes.places import ArenaPorts
from ..quantization.sized import sized
from .plan import plan
from .reports import MemoryReport


def memory(path: Path, settings: Settings) -> MemoryReport:
    """Plan a model's memory in the settings' numeric type.

    Raises:
        GatesmithError: the file or the settings are refused, or the model has no such form.
    """
    # Sizes follow from shapes: no value of calibration data is looked at.
    settings = replace(settings, calibration=settings.calibration or "synthetic")
    numeric = plan(settings).numeric
    model = load(path, settings)
    graph = sized(model, numeric, settings)
    ports = ArenaPorts(settings.own_inputs, settings.own_outputs)
    program = passes.compile_graph(graph, settings.max_steps, by_rows=True, arena_ports=ports)
    if program.schedule.stream is not None:
        raise UsageError(
            "this model streams, because its length is open: no memory plan", fix="gatesmith inspect --stream MODEL"
        )
    return MemoryReport(file=str(path), numeric=numeric.name, **vars(layout(program)))
