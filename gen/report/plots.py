"""Pictures of ``inspect`` and ``calibrate`` as PNG or SVG files, by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import UsageError
from ..files.single import write_file
from ..flow.calibrate import Survey
from ..flow.reports import MemoryReport
from ..importers.keras.dialect.spec import LayerSpec
from .html import figures
from .summary import Summary, summarize

KINDS = (".png", ".svg")
MOST_ROWS = 60
"""Most values in a picture of ranges: those with the least SNR."""


def check(path: Path) -> None:
    """Checks that a picture can be drawn for a path.

    Raises:
        UsageError: the suffix is neither PNG's nor SVG's, or matplotlib is not installed.
    """
    if path.suffix.lower() not in KINDS:
        raise UsageError(f"--plot {path}: a picture is a .png or .svg file", fix=f"--plot {path.with_suffix('.svg')}")
    with figures.drawing():
        pass


def inspected(summary: Summary, path: Path) -> list[Path]:
    """Draw each layer's weights: heat maps and histograms, for recurrent layers by gate.

    Returns:
        The files: ``path``, or one per layer with the layer's name in it.

    Raises:
        UsageError: the model has no weights, or a file cannot be written.
    """
    layers: list[tuple[str, list[tuple[str, str, Any]]]] = []
    for _, view in summarize(summary.reading).walk():
        spec: Any = view.spec
        if not isinstance(spec, LayerSpec):
            continue
        parts = figures.matrices(spec)
        if not spec.gates:
            plain = [(name, data) for name, data in spec.weights.items() if np.ndim(data) > 1 and np.size(data)]
            parts = [(name, "kernel", np.reshape(data, (-1, np.shape(data)[-1]))) for name, data in plain[:4]]
        if parts:
            layers.append((".".join(view.path), parts))
    if not layers:
        raise UsageError("the model has no weights to draw", fix="leave out --plot")
    alone = len(layers) == 1
    return [
        _write(path if alone else path.with_name(f"{path.stem}-{_word(name)}{path.suffix}"), figures.gates(parts))
        for name, parts in layers
    ]


def calibrated(survey: Survey, path: Path) -> list[Path]:
    """Draw the calibrated ranges over those of the integers, and the signal to noise of each value.

    Returns:
        ``path`` with ``-ranges`` and ``-noise`` in its name.

    Raises:
        UsageError: a file cannot be written.
    """
    noisiest = sorted(survey.rows, key=lambda row: np.inf if row.snr is None else row.snr)[:MOST_ROWS]
    rows = [row for row in survey.rows if row in noisiest]
    spans, reach = [(row.low, row.high) for row in rows], [row.reach for row in rows]
    pictures = {"ranges": figures.ranges([row.title for row in rows], spans, reach)}
    if snr := figures.noise_of(rows):
        pictures["noise"] = figures.bars(snr, "signal to noise, dB")
    return [_write(path.with_name(f"{path.stem}-{name}{path.suffix}"), drawn) for name, drawn in pictures.items()]


def planned(plan: MemoryReport, path: Path) -> list[Path]:
    """Draw the working memory: bytes over time.

    Raises:
        UsageError: the file cannot be written.
    """
    return [_write(path, figures.arena(plan.held, plan.moments, plan.arena))]


def written_note(files: Sequence[Path]) -> str:
    """A line that names the files."""
    return f"drawn: {', '.join(map(str, files))}"


@figures.drawing()
def _write(path: Path, figure: Any) -> Path:
    data = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if path.suffix.lower() == ".svg" else {}
    figure.savefig(data, format=path.suffix[1:].lower(), dpi=144, metadata=metadata, facecolor="white")
    write_file(path, data.getvalue())
    return path


def _word(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in name)
