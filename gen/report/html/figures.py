"""Pictures of a report, as SVG text by matplotlib: the same bytes for the same numbers."""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import numpy as np

from ...core.errors import UsageError
from ...core.graph import Array
from ...flow.calibrate import CalibrationRow
from ...flow.reports import Allocation
from ...importers.keras.dialect.spec import LayerSpec

OURS, THEIRS, DIFFERENCE = "#d0702a", "#3f7fb5", "#c04f7d"
"""Colours of the device, the oracle and the difference, which also differ in lightness, on white and on black."""
MOST_CELLS = 96
"""Most rows and columns of a heat map; larger matrices are averaged in blocks."""
BYTES = {"weights and tables": "#1f4e79", "model code": "#b3541e"}
OTHERS = ("#6b7a8f", "#8a9a5b", "#c2a878", "#d9d9d9")


INK = "#010203"
"""Colour of lines and letters, replaced by that of the page's text."""
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gatesmith",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#88888840",
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"),
    **dict.fromkeys(("legend.facecolor", "legend.edgecolor"), "none"),
}


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib with :data:`STYLE` alone; the user's style is restored afterwards.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise UsageError(
            "pictures need matplotlib, which is not installed", fix="pip install 'gatesmith[report]'"
        ) from error
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def new(width: float, height: float, rows: int = 1, columns: int = 1, **grid: Any) -> tuple[Any, Any]:
    """A figure and its axes, in :func:`drawing`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **grid)


@drawing()
def svg(figure: Any, title: str) -> str:
    """The figure as an element of HTML, with a title for people who do not see it."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL).replace(INK, "currentColor")
    number = f"{zlib.crc32(title.encode()):x}"
    text = re.sub(r'(id="|url\(#|href="#)', lambda m: f"{m[1]}f{number}-", text)
    head = f'<svg role="img" aria-label="{html.escape(title, quote=True)}"'
    return text.replace("<svg", head, 1)


@drawing()
def trace(name: str, ours: Array, theirs: Array, unit: str, judge: str = "oracle") -> Any:
    """Outputs of a device drawn over the right ones, with their difference below.

    Args:
        ours, theirs: (positions, lines).
        unit: the meaning of a position: a step or a sample.
        judge: the source of the right outputs: the oracle, or a label.
    """
    figure, axes = new(8, 3.6, 2, 1, sharex=True, height_ratios=[3, 1])
    top, low = axes[:, 0]
    at = np.arange(len(theirs))
    joined = unit == "step"  # samples are independent
    wide = {"linewidth": 2.4} if joined else {"linestyle": "", "marker": "o", "markersize": 5}
    thin = {"linewidth": 0.9} if joined else {"linestyle": "", "marker": ".", "markersize": 3}
    for line in range(theirs.shape[1]):
        first = line == 0
        top.plot(at, theirs[:, line], color=THEIRS, alpha=0.55, label=judge if first else None, **wide)
        top.plot(at, ours[:, line], color=OURS, label="device" if first else None, **thin)
        low.plot(at, ours[:, line] - theirs[:, line], color=DIFFERENCE, **thin)
    figure.legend(loc="outside upper right", fontsize=8, ncols=2)
    top.set(ylabel=name)
    low.set(xlabel=unit, ylabel="difference")
    return figure


@drawing()
def error_over(worst: Array, mean: Array, unit: str) -> Any:
    """Largest and mean error along steps or samples."""
    figure, axes = new(8, 2.2)
    at = np.arange(len(worst))
    style = {"linewidth": 1} if unit == "step" else {"linestyle": "", "marker": ".", "markersize": 3}
    axes[0, 0].plot(at, worst, color=DIFFERENCE, label="largest", **style)
    axes[0, 0].plot(at, mean, color=THEIRS, label="mean", **style)
    axes[0, 0].set(xlabel=unit, ylabel="absolute error")
    figure.legend(loc="outside upper right", fontsize=8, ncols=2)
    return figure


def rows_of(names: Sequence[str], unit: str, around: float, each: float = 0.28) -> tuple[Any, Any, Array]:
    """A figure with a row per name, the first on top; its axis, and the places of the rows.

    Args:
        around, each: inches of height around the rows, and of each row.
    """
    figure, axes = new(8, around + each * len(names))
    at = np.arange(len(names))[::-1]
    axes[0, 0].set_yticks(at, names)
    axes[0, 0].set_xlabel(unit)
    axes[0, 0].grid(axis="y", visible=False)
    return figure, axes[0, 0], at


@drawing()
def bars(rows: Sequence[tuple[str, float]], unit: str, log: bool = False) -> Any:
    """One bar per name, with its number at the end."""
    figure, axis, at = rows_of([name for name, _ in rows], unit, 0.7)
    axis.barh(at, [value for _, value in rows], color=THEIRS)
    if log:
        axis.set_xscale("log")
    for y, (_, value) in zip(at, rows, strict=True):
        axis.annotate(f" {value:,.0f}" if value >= 100 else f" {value:.3g}", (value, y), va="center", fontsize=8)
    axis.margins(x=0.18)
    return figure


@drawing()
def stacks(rows: Mapping[str, Sequence[tuple[str, int]]]) -> Any:
    """Stacked bars of parts, one per board."""
    figure, axis, at = rows_of(list(rows), "bytes", 1.3, 0.4)
    colours, others = dict(BYTES), cycle(OTHERS)
    for y, parts in zip(at, rows.values(), strict=True):
        start = 0
        for part, size in parts:
            colour = colours.get(part) or colours.setdefault(part, next(others))
            axis.barh(y, size, left=start, color=colour, label=part)
            start += size
    handles, labels = axis.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), fontsize=8, loc="outside lower center", ncols=4)
    return figure


@drawing()
def gates(parts: Sequence[tuple[str, str, Array]]) -> Any:
    """Heat maps of a layer's gates, kernels above recurrent kernels, and a histogram per gate.

    Args:
        parts: gate, role (``kernel`` or ``recurrent``), values (..., inputs, units).
    """
    names = list(dict.fromkeys(gate for gate, _, _ in parts))
    w = {(gate, role): values.reshape(-1, values.shape[-1]) for gate, role, values in parts}
    roles = [role for role in ("kernel", "recurrent") if any((gate, role) in w for gate in names)]
    figure, axes = new(8, 1.6 * len(roles) + 1.5, len(roles) + 1, len(names))
    limit = max(float(np.abs(values).max(initial=0)) for _, _, values in parts) or 1.0
    picture = None
    for column, gate in enumerate(names):
        for row, role in enumerate(roles):
            axis = axes[row, column]
            picture = axis.imshow(
                thinned(w[gate, role]), cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
            )
            axis.grid(visible=False)
            axis.set(xticks=[], yticks=[], title="" if row else gate, ylabel="" if column else role)
        values = np.concatenate([w[gate, role].reshape(-1) for role in roles])
        axes[-1, column].hist(values, bins=41, range=(-limit, limit), color=THEIRS)
        axes[-1, column].set_yticks([])
    figure.colorbar(picture, ax=list(axes[:-1].reshape(-1)), shrink=0.8, label="weight")
    return figure


@drawing()
def ranges(names: Sequence[str], spans: Sequence[tuple[float, float]], reach: Sequence[tuple[float, float]]) -> Any:
    """Bars of calibrated ranges over the ranges of the integers.

    Args:
        spans: least and largest calibrated value per name.
        reach: least and largest value of the integers.
    """
    figure, axis, at = rows_of(names, "value", 0.9)
    for y, (low, high), (least, most) in zip(at, spans, reach, strict=True):
        first = y == at[0]
        axis.barh(y, most - least, left=least, height=0.8, color=OTHERS[3], label="integers reach" if first else None)
        axis.barh(y, high - low, left=low, height=0.4, color=THEIRS, label="values seen" if first else None)
    axis.autoscale_view()  # with the margins of a plain scale
    axis.set_xscale("symlog", linthresh=1.0)
    axis.legend(loc="lower right", fontsize=8)
    return figure


@drawing()
def arena(blocks: Sequence[Allocation], moments: int, size: int) -> Any:
    """The blocks of a working memory of ``size`` bytes, over time."""
    figure, axes = new(8, 3.6)
    axis = axes[0, 0]
    names = dict.fromkeys(block.layer for block in blocks)
    colours = dict(zip(names, cycle((THEIRS, OURS, *OTHERS[:3])), strict=False))
    for block in blocks:
        wide, colour = block.last - block.first + 1, colours[block.layer]
        axis.barh(
            block.offset, wide, left=block.first, height=block.bytes, align="edge", color=colour,
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        if wide >= moments / 12 and block.bytes >= size / 16:
            axis.annotate(
                block.layer, (block.first + wide / 2, block.offset + block.bytes / 2), ha="center", va="center",
                fontsize=7, color="white" if colour in (THEIRS, OURS) else "black", clip_on=True,
            )  # fmt: skip
    axis.set(xlim=(0, max(moments, 1)), ylim=(0, size), xlabel="moments of the work", ylabel="bytes")
    return figure


def noise_of(rows: Sequence[CalibrationRow]) -> list[tuple[str, float]]:
    """Signal to noise of each value with noise, in dB, at least 0.1 so that its bar is visible."""
    return [(row.title, max(row.snr, 0.1)) for row in rows if row.snr is not None and np.isfinite(row.snr)]


def matrices(spec: LayerSpec) -> list[tuple[str, str, Any]]:
    """Gate, role and values of each gate's matrices."""
    return [(one.gate, one.role, one.data) for one in spec.gates if one.role in ("kernel", "recurrent")]


def thinned(values: Array) -> Array:
    """A matrix with at most :data:`MOST_CELLS` rows and columns, by means over blocks."""
    for axis in (0, 1):
        block = -(-values.shape[axis] // MOST_CELLS)
        if block > 1:
            starts = np.arange(0, values.shape[axis], block)
            counts = np.diff([*starts, values.shape[axis]])
            values = np.add.reduceat(values, starts, axis=axis) / np.expand_dims(counts, 1 - axis)
    return np.asarray(values, np.float32)


@drawing()
def residuals(labels: Array, ours: Array) -> Any:
    """Outputs against labels, and a histogram of their errors."""
    figure, axes = new(8, 3, 1, 2)
    left, right = axes[0]
    low, high = float(min(labels.min(), ours.min())), float(max(labels.max(), ours.max()))
    left.plot([low, high], [low, high], color="#999999", linewidth=0.8)
    left.plot(labels, ours, ".", color=OURS, markersize=3, rasterized=len(labels) > 2000)
    left.set(xlabel="label", ylabel="device")
    right.hist(ours - labels, bins=41, color=DIFFERENCE)
    right.set(xlabel="device less label")
    return figure
