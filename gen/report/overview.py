"""``gatesmith inspect``: the page of a file and its layers."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from ..core.settings import LIVE_MODEL
from ..flow.reports import ModelReport
from ..importers.keras.dialect.kinds import kind_of
from ..importers.keras.dialect.spec import LayerSpec, ModelOrigin
from .page import Column, Fact, Part, Row, Sheet, Span, Styled, paged
from .quantities import counted
from .summary import FLOAT, CallView, LayerView, ModelCost, Summary, options, shape_text, shapes_text, title

FORMATS = {
    "hdf5": "HDF5",
    "keras-zip": ".keras zip",
    "json+hdf5": "JSON and HDF5 weights",
    "savedmodel": "SavedModel folder",
    "live": "live model",
    "weights": "weights alone",
    "architecture": "architecture alone",
}


def opening(page: Sheet, source: ModelOrigin | ModelReport) -> None:
    """The first line of a page on one model."""
    file = source.file if isinstance(source, ModelReport) else source.path
    page.line(Styled(file, "head"), f" | {source.written_by} | weights id {source.weights_id}", hang=2)
    page.blank()


def header(page: Sheet, summary: Summary) -> None:
    """The first line of every page of ``inspect``, and the file's warnings."""
    source = summary.reading.source
    facts = (
        f"{source.written_by}, {FORMATS.get(source.format, source.format)} | {counted(len(summary.layers), 'layer')}"
        f" | {counted(summary.parameters, 'parameter')} | weights id {source.weights_id}"
    )

    file = Styled(source.path, "head")
    if page.fits(file, f" | {facts}"):
        page.line(file, f" | {facts}")
    else:
        page.line(file)
        page.line(facts, indent=2)
    for warning in summary.reading.warnings:
        page.line(Styled("warning: ", "note"), warning, hang=9)


@paged
def overview(page: Sheet, summary: Summary) -> None:
    """The page with all layers."""
    source = summary.reading.source
    header(page, summary)
    rows: list[Row] = []
    for depth, view in summary.walk():
        rows.extend(_rows(view, depth))
    cost = summary.cost
    rows += [None, ["total", "", "", f"{summary.parameters:,}", _macs(cost), _bytes(cost.state_bytes)]]
    page.table(COLUMNS, rows)
    page.blank()
    graph = summary.graph
    ports = [
        (label, f"{short}_{index}  {port.name}  {shape_text(graph.shape(port.tensor))}")
        for label, short, group in (("input", "in", graph.inputs), ("output", "out", graph.outputs))
        for index, port in enumerate(group)
    ]
    sha = f"{source.sha256}{'' if source.format != 'savedmodel' else ' (of the files in the folder)'}"
    page.facts(*ports, *_size(summary), ("sha256", sha), *(("note", note) for note in source.notes))
    name = quote(source.path) + summary.options
    commands = [(f"gatesmith generate {name} --target host -o DIR", "turn it into C")]
    if any(_recurrent(view) for _, view in summary.walk()):
        commands.insert(0, (f"gatesmith inspect --gates {name}", "which slice is which gate"))
    following(page, commands)


def notes(page: Sheet, texts: Sequence[str]) -> None:
    """Notes, a line each."""
    for text in texts:
        page.line(Styled("note", "note"), f"  {text}", hang=6)


def following(page: Sheet, commands: Sequence[tuple[str, str]]) -> None:
    """The next commands and their purposes, except for commands on a model in memory, which these cannot name."""
    typed = [(command, purpose) for command, purpose in commands if LIVE_MODEL not in command]
    page.blank()
    if typed:
        page.line(Styled("next", "dim"))
        page.commands(typed)


COLUMNS = (
    Column("layer", style="name", folds=True),
    Column("kind", folds=True),
    Column("in -> out", folds=True),
    Column("parameters", right=True),
    Column("MACs", right=True),
    Column("state", right=True),
)


def _rows(view: LayerView, depth: int) -> list[Row]:
    pad = "  " * depth
    first: list[Part] = [
        pad + view.name,
        title(view.spec),
        flow(view),
        f"{view.parameters:,}" if view.parameters else "-",
        _macs(view.cost) if not view.inner else "",
        _bytes(view.cost.state_bytes) if not view.inner else "",
    ]
    return [first, *(Span(2 * depth + 4, (Styled(text, "dim"),)) for text in remarks(view))]


def remarks(view: LayerView) -> list[str]:
    """Remarks below a layer, in one line: gate order, options, masks, number of uses."""
    spec, words = view.spec, []
    if isinstance(spec, LayerSpec) and spec.gates and spec.stored_order:
        words.append(f"gates in the file: {spec.stored_order}")
    words.extend(options(spec))
    kind = kind_of(spec.file_class) if isinstance(spec, LayerSpec) else None
    if kind is not None and kind.remark:
        words.append(kind.remark)
    if view.uses and view.uses[0].makes_mask:
        words.append("makes a mask")
    elif view.uses and view.uses[0].masked:
        words.append("under a mask")
    if len(view.uses) > 1:
        words.append(f"shared, used {len(view.uses)} times")
    if not view.uses:
        words.append("no output needs it")
    return ["; ".join(words)] if words else []


def _recurrent(view: LayerView) -> bool:
    return isinstance(view.spec, LayerSpec) and bool(view.spec.gates)


def flow(view: LayerView) -> str:
    """``(128, 9) -> (32,)`` of the first use."""
    if not view.uses:
        return ""
    use: CallView = view.uses[0]
    return f"{shapes_text(use.inputs)} -> {shapes_text(use.outputs)}"


def _macs(cost: ModelCost) -> str:
    """``5,248 x 128`` for work at every step, one number for work that is done once."""
    parts = []
    if cost.macs_per_step:
        parts.append(f"{cost.macs_per_step:,} x {cost.steps if cost.steps is not None else 'T'}")
    if cost.macs_once:
        parts.append(f"{cost.macs_once:,}")
    if len(parts) == 2 and cost.macs_total is not None:
        return f"{cost.macs_total:,}"
    return " + ".join(parts) or "-"


def _bytes(count: int) -> str:
    return f"{count:,} B" if count else "-"


def _size(summary: Summary) -> list[Fact]:
    cost, work = summary.cost, ""
    if cost.macs_total:
        work = f"{cost.macs_total:,} multiply-adds for a whole sample"
    elif cost.macs_per_step:
        work = f"{cost.macs_per_step:,} multiply-adds a step; T is the length of the sequence"
    return [("weights", f"{summary.parameters * FLOAT:,} B as float32"), ("work", work)]
