"""``gatesmith layouts``: the gate order, arrays, biases and defaults of every generation in comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ..core.errors import UsageError
from ..flow.reports import LayoutsReport
from ..importers.keras.dialect.kinds import Cell, cells
from ..importers.keras.dialect.layouts import GateLayout, layouts
from .page import Column, Part, Row, Sheet, Styled, paged

SEPARATE = "one array a gate"
OTHERS = ("PyTorch", "ONNX", "TFLite")


def chosen(kind: str | None) -> dict[str, list[GateLayout]]:
    """Layouts by layer, all or one kind's.

    Raises:
        UsageError: there is no such kind.
    """
    by_layer: dict[str, list[GateLayout]] = {}
    for entry in layouts():
        by_layer.setdefault(entry.layer, []).append(entry)
    if kind is None:
        return by_layer
    name = kind.lower().removeprefix("cudnn").removesuffix("cell")
    match = [layer for layer in by_layer if layer.lower() in (name, f"simple{name}")]
    if not match:
        raise UsageError(f'there is no recurrent layer "{kind}"', fix=f"choose one of: {', '.join(by_layer)}")
    return {match[0]: by_layer[match[0]]}


@paged
def layouts_page(page: Sheet, kind: str | None) -> None:
    """The page of one kind, or of all."""
    for layer, entries in chosen(kind).items():
        page.blank()
        page.line(Styled(layer, "name"), Styled("   n inputs, u units", "dim"))
        _orders(page, layer, entries)
        page.blank()
        _arrays(page, entries)
        page.blank()
        _defaults(page, layer, entries)
        page.blank()
        for line in _cell(layer).steps:
            page.verbatim(line, indent=2)
    page.blank()
    page.line(Styled("for one file:  ", "dim"), "gatesmith inspect --gates MODEL")


def _cell(layer: str) -> Cell:
    cell = cells()[layer].cell
    assert cell is not None
    return cell


def _title(entry: GateLayout) -> str:
    """The writer, and Keras 1's or CuDNN's form."""
    return f"{entry.writer}, {entry.form}" if entry.form.startswith(("consume", "CuDNN")) else entry.writer


def _grouped(entries: Sequence[GateLayout], key: Callable[[GateLayout], Any]) -> list[list[GateLayout]]:
    """Groups of entries with the same key, in order of their first entries."""
    groups: dict[Any, list[GateLayout]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return list(groups.values())


def _unique(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _orders(page: Sheet, layer: str, entries: Sequence[GateLayout]) -> None:
    """The gate orders as boxes, one row per order."""
    cell = _cell(layer)
    if len(cell.order) == 1:
        return
    rows: list[list[Part]] = []
    for group in _grouped(entries, lambda entry: (entry.order, entry.bias == SEPARATE, entry.writer in OTHERS)):
        rows.append([_orders_name(group), *(Styled(f" {letter} ", "gate") for letter in group[0].order.split())])
    wide = max(len(str(row[0])) for row in rows)
    page.blank()
    for name, *letters in rows:
        parts: list[Part] = [f"{name:<{wide}}  ", Styled("|", "dim")]
        for letter in letters:
            parts += [letter, Styled("|", "dim")]
        if page.fits("  ", *parts):
            page.line("  ", *parts)
        else:
            page.line(str(name), indent=2)
            page.line(*parts[1:], indent=6)
    theirs = "".join(letter for letter in cell.torch.split() if letter not in cell.order)
    ours = "".join(letter for letter in cell.order if letter not in cell.torch)
    torch = f"; PyTorch writes {theirs} for {ours}"
    page.line(Styled(", ".join(f"{letter} {name}" for letter, name in cell.gates.items()) + torch, "dim"), indent=2)


def _orders_name(group: Sequence[GateLayout]) -> str:
    """The writers with one order; Keras 2 and later, which agree, are summarized."""
    names = [entry.writer for entry in group]
    if "Keras 3 .keras" in names:
        return "Keras 2, Keras 3, tf.keras, CuDNN, Keras 1 gpu: columns"
    return f"{_unique(names)}: {'arrays' if group[0].bias == SEPARATE else 'rows'}"


def _arrays(page: Sheet, entries: Sequence[GateLayout]) -> None:
    rows: list[Row] = []
    for group in _grouped(entries, lambda entry: (entry.arrays, entry.bias)):
        form = group[0].form.split(" ")[0] if group[0].form.startswith("reset_after") else ""
        name = _unique([_title(entry) for entry in group])
        rows.append([f"{form}: {name}" if form else name, *_listing(group[0])])
    names = ("arrays of", "kernel W", "recurrent kernel U", "bias b")
    page.table([Column(name, folds=True) for name in names], rows, indent=2)


def _listing(entry: GateLayout) -> list[Part]:
    """Names and shapes by role; if each gate has its own arrays, only those of the first gate."""
    texts = [f"{name} {shape}" for name, shape in entry.arrays]
    if entry.bias == SEPARATE:
        return [texts[0], texts[1], f"{texts[2]}; {len(texts)} arrays in all"]
    biases = " + ".join(texts[2:])
    plain = entry.bias == "one set" or len(texts) > 3
    return [texts[0], texts[1], biases if plain else f"{biases}: {entry.bias}"]


def _defaults(page: Sheet, layer: str, entries: Sequence[GateLayout]) -> None:
    rows: list[Row] = []
    primary = [entry for entry in entries if entry.writer not in OTHERS]
    cell = _cell(layer)
    gated, after = len(cell.order) > 1, cell.reset_after
    for group in _grouped(primary, lambda e: (e.recurrent_activation, e.reset_after, e.hard_sigmoid, e.activation)):
        entry = group[0]
        names = [e.form if e.form.startswith("CuDNN") else e.writer for e in group]
        cells: list[Part] = [_unique(names), entry.activation]
        cells += [entry.recurrent_activation] if gated else []
        cells += [entry.reset_after] if after else []
        rows.append([*cells, entry.hard_sigmoid])
    columns = [Column("defaults of", folds=True), Column("activation", folds=True)]
    columns += [Column("recurrent_activation", folds=True)] if gated else []
    columns += [Column("reset_after")] if after else []
    page.table([*columns, Column("hard_sigmoid means", folds=True)], rows, indent=2)
    page.blank()
    places: list[Row] = []
    for group in _grouped([entry for entry in primary if entry.path], lambda entry: entry.path):
        places.append([_unique([_title(entry) for entry in group]), group[0].path])
    page.table([Column("first array of", folds=True), Column("in the file", folds=True)], places, indent=2)


def layouts_report(kind: str | None) -> LayoutsReport:
    """The same as data."""
    entries = [asdict(entry) for group in chosen(kind).values() for entry in group]
    for entry in entries:
        entry["order"] = entry["order"].split()
        entry["arrays"] = [{"name": name, "shape": shape} for name, shape in entry["arrays"]]
    return LayoutsReport(layouts=entries)
