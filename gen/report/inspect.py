"""``gatesmith inspect``: reads a file for its pages and its report (``gatesmith/inspect/1``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.functions import Function
from ..core.graph import Graph, Port
from ..core.settings import ANYTHING, Settings
from ..flow.reports import GatesReport, InspectReport
from ..importers import reading
from ..importers.keras.dialect.spec import LayerSpec, ModelSpec
from .gates import array_facts, cell_of, formula_lines, gates_page, statistics
from .hints import hints
from .overview import overview
from .summary import LayerView, Summary, summarize

__all__ = ["gates_page", "gates_report", "overview", "read", "report"]


def read(path: Path, settings: Settings = ANYTHING, gates_only: bool = False) -> Summary:
    """The summary of a model file; with ``gates_only``, a file of weights alone needs only recurrent layers.

    Raises:
        GatesmithError: it cannot be read or translated.
    """
    return replace(summarize(reading.read(path, settings, gates_only)), options=settings.repeated())


def report(summary: Summary) -> InspectReport:
    """The contents of the pages as a report."""
    source, graph, cost = summary.reading.source, summary.graph, summary.cost
    about = ("format", "sha256", "generation", "keras_version", "backend", "weights_id", "notes")
    return InspectReport(
        file=source.path,
        **{key: getattr(source, key) for key in about},
        warnings=summary.reading.warnings,
        model={"name": summary.reading.model.name, "class": summary.reading.model.class_name},
        inputs=_ports(graph, graph.inputs, "in"),
        outputs=_ports(graph, graph.outputs, "out"),
        parameters=summary.parameters,
        **asdict(cost),
        layers=[_layer(view) for view in summary.layers],
    )


def gates_report(summary: Summary) -> GatesReport:
    """The report of every gate's slices alone, by layer."""
    keys = ("class", "gates", "order_in_file", "order_used", "how_we_know", "derived")
    facts = [_layer(view) for top in summary.layers for _, view in top.walk()]
    layers = {".".join(each["path"]): {key: each[key] for key in keys} for each in facts if "gates" in each}
    full = report(summary)
    about = ("file", "sha256", "generation", "keras_version", "weights_id")
    return GatesReport(**{key: getattr(full, key) for key in about}, layers=layers)


def _ports(graph: Graph, ports: Sequence[Port], short: str) -> list[dict[str, Any]]:
    """Name in Keras, name in .npz files and shape of each port."""
    return [
        {"name": port.name, "array": f"{short}_{index}", "shape": list(graph.shape(port.tensor))}
        for index, port in enumerate(ports)
    ]


def _layer(view: LayerView) -> dict[str, Any]:
    spec, use = view.spec, view.uses[0] if view.uses else None
    facts: dict[str, Any] = {
        "name": view.name,
        "path": list(view.path),
        "class": spec.class_name,
        "file_class": spec.class_name if isinstance(spec, ModelSpec) else spec.file_class,
        "uses": len(view.uses),
        "inputs": [list(shape) for shape in use.inputs] if use else [],
        "outputs": [list(shape) for shape in use.outputs] if use else [],
        "masked": bool(use and use.masked),
        "makes_mask": bool(use and use.makes_mask),
        "parameters": view.parameters,
        **asdict(view.cost),
    }
    if isinstance(spec, LayerSpec):
        facts["options"] = {key: _plain(value) for key, value in spec.config.items()}
        facts["weights"] = {name: list(array.shape) for name, array in spec.weights.items()}
        facts["arrays"] = [array_facts(array) for array in spec.stored]
        if spec.gates:
            facts |= _gates(spec)
    facts["layers"] = [_layer(inner) for inner in view.inner]
    return facts


def _gates(spec: LayerSpec) -> dict[str, Any]:
    long = cell_of(spec).gates
    return {
        "gates": [
            {
                "gate": part.gate,
                "name": long[part.gate],
                "role": part.role,
                "array": array_facts(part.array),
                "slice": part.slice,
                "code": part.code,
                "transform": part.transform,
                "shape": list(part.data.shape),
                **statistics(part),
            }
            for part in spec.gates
        ],
        "order_in_file": spec.stored_order.split(),
        "order_used": list(long),
        "how_we_know": list(spec.evidence),
        "derived": list(spec.derived),
        "formulas": formula_lines(spec),
        "hints": hints(spec),
    }


def _plain(value: Any) -> Any:
    """An option's value for JSON; infinities, NaN and other types become texts."""
    if isinstance(value, Function):
        return {"function": value.name, **{key: _plain(item) for key, item in value.params}}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
