"""``gatesmith inspect --gates``: the array and slice of each gate, with the evidence."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from shlex import quote

import numpy as np

from ..core.functions import Function
from ..importers.keras.containers.stored import StoredArray
from ..importers.keras.dialect.kinds import KINDS, Cell, Terms
from ..importers.keras.dialect.spec import GateSlice, LayerSpec
from .hints import hints
from .overview import flow, following, header
from .page import Column, Fact, Part, Row, Sheet, Styled, paged
from .quantities import counted
from .summary import LayerView, Summary, formula_name, options, shape_text, title

ROOMY = 70
"""Least columns of a page on which pictures are indented."""
WEIGHT = {"kernel": "kernel", "recurrent": "recurrent_kernel", "bias": "bias", "bias in": "bias", "bias rec": "bias"}
"""Role of a slice -> Keras's name of the array."""


@paged
def gates_page(page: Sheet, summary: Summary) -> None:
    """The page of every layer with weights."""
    source = summary.reading.source
    bare = source.format == "architecture"
    if bare:
        page.line(Styled(source.path, "head"), f" | {source.written_by}, architecture alone")
    else:
        header(page, summary)
    for note in source.notes if source.format in ("weights", "architecture") else ():
        page.line(Styled("note: ", "note"), note, hang=6)
    views = [view for _, view in summary.walk() if isinstance(view.spec, LayerSpec) and view.spec.stored]
    printed_notes: set[str] = set()
    for view in views:
        page.blank()
        layer(page, view, printed_notes, bare)
    if not any(view.spec.gates for view in views if isinstance(view.spec, LayerSpec)):
        page.blank()
        page.line("This model has no recurrent layer: no array of it is split into gates.")
    if not bare:
        name = quote(source.path) + summary.options
        code = (f"gatesmith inspect --code {name}", "these slices as NumPy lines to paste")
        save = (f"gatesmith inspect --save gates.npz {name}", "every W, U and b under its gate's name")
        following(page, [code, save])


def layer(page: Sheet, view: LayerView, printed_notes: set[str], bare: bool = False) -> None:
    """One layer's arrays, and the gates of a recurrent one.

    Args:
        printed_notes: notes that the page has already, which are not repeated; this layer's are added.
        bare: whether the arrays have shapes only, and no values.
    """
    spec = view.spec
    assert isinstance(spec, LayerSpec)
    arrays = counted(len(spec.stored), "array")
    head: list[Part] = [Styled(" > ".join(view.path), "name"), f"  {title(spec)}"]
    if not bare and (way := flow(view)):
        head.append(f"  {way}")
    head.append(f"  {arrays}" if bare else f"  {counted(view.direct_parameters, 'parameter')} in {arrays}")
    page.line(*head, hang=2)
    if words := options(spec):
        page.line(Styled("; ".join(words), "dim"), indent=2)
    if not spec.gates:
        _arrays(page, spec)
        return
    strip(page, spec)
    _table(page, spec, bare)
    page.facts(*_facts(spec, bare), indent=2)
    for note in hints(spec):
        if note not in printed_notes:
            page.line(Styled("note: ", "note"), note, indent=2, hang=8)
    printed_notes.update(hints(spec))


def cell_of(spec: LayerSpec) -> Cell:
    """The facts of a recurrent layer's class."""
    cell = KINDS[spec.class_name].gates
    assert cell is not None
    return cell


def separate(spec: LayerSpec) -> bool:
    """Whether the layer has Keras 1's form: an array for each gate's W, U and b."""
    return len({part.array.index for part in spec.gates}) == len(spec.gates) and len(spec.gates) > 3


def strip(page: Sheet, spec: LayerSpec) -> None:
    """The layout of the gates drawn as boxes, in the order of the columns or of the arrays."""
    long = cell_of(spec).gates
    order = spec.stored_order.split() or list(dict.fromkeys(part.gate for part in spec.gates))
    if separate(spec):
        marks = [" ".join(f"[{p.array.index}]" for p in spec.gates if p.gate == g) for g in order]
        label = "W, U, b"
    else:
        kernel = [part for part in spec.gates if part.role == "kernel"]
        units = kernel[0].data.shape[-1]
        marks = [f"{index * units}:{(index + 1) * units}" for index in range(len(order))]
        label = "columns"
    names = [long[gate] for gate in order]

    indent = 4 if page.width >= ROOMY else 0
    longest = max(len(text) for text in (*marks, *names))
    room = (page.width - indent - len(label) - 3) // len(order) - 1
    wide = max(longest, min(longest + 4, room))
    edge = "+" + "+".join("-" * wide for _ in order) + "+"
    lead, pad = " " * indent, " " * (len(label) + 2)
    page.verbatim(f"{lead}{pad}{edge}", "dim")
    page.line(lead, pad, *_boxes([Styled(gate, "gate") for gate in order], wide))
    page.line(lead, pad, *_boxes(names, wide))
    page.line(lead, Styled(label, "dim"), "  ", *_boxes([Styled(mark, "plain") for mark in marks], wide))
    page.verbatim(f"{lead}{pad}{edge}", "dim")


def _boxes(texts: Sequence[Part], wide: int) -> list[Part]:
    parts: list[Part] = [Styled("|", "dim")]
    for text in texts:
        words, style = text if isinstance(text, Styled) else (text, "plain")
        parts += [Styled(f"{words:^{wide}}", style), Styled("|", "dim")]
    return parts


MARKS = {"F": "block is stored column by column", "T": "block is stored transposed"}
NUMBERS = tuple(
    Column(title, right=True, style="dim", leaves=order)
    for title, order in (("min", 4), ("max", 3), ("mean", 2), ("std", 1))
)
FUSED = (Column("gate", style="gate"), Column("role"), Column("array and slice", style="head"), *NUMBERS)
SEPARATE = (
    Column("gate", style="gate"),
    Column("role"),
    Column("array", style="head", folds=True),
    Column("shape"),
    *NUMBERS,
)


def _table(page: Sheet, spec: LayerSpec, bare: bool) -> None:
    one_array_each, long, last = separate(spec), cell_of(spec).gates, ""
    wide = len(str(max(part.array.index for part in spec.gates)))
    if one_array_each and not bare:
        base = posixpath.commonpath([posixpath.dirname(part.array.path) or "." for part in spec.gates])
        page.line(Styled("in the file under ", "dim"), f"{base}/", indent=2, hang=4)
    elif not one_array_each:
        _arrays(page, spec, bare)
        page.blank()
    rows: list[Row] = []
    for part in spec.gates:
        gate = f"{part.gate}  {long[part.gate]}" if part.gate != last else ""
        last = part.gate
        place = f"[{part.array.index:>{wide}}] "
        if one_array_each:
            cells = [place + part.array.name, _shape(part.array, part.role, bare)]
        else:
            mark = f"  {part.transform}" if part.transform else ""
            cells = [f"{place}{WEIGHT.get(part.role, part.role)}{part.slice}{mark}"]
        numbers = [] if bare else list(statistics(part).values())
        large = max(map(abs, numbers), default=0.0)
        rows.append([gate, part.role, *cells, *(number_text(number, large) for number in numbers)])
    columns = SEPARATE if one_array_each else FUSED
    page.table(columns[: -len(NUMBERS)] if bare else columns, [*rows, None], indent=2)
    marks = {part.transform: part for part in spec.gates if part.transform}
    for mark, part in sorted(marks.items()):
        say = MARKS.get(mark, "block is rearranged")
        letter = {"kernel": "W", "recurrent": "U"}.get(part.role, "b")
        formula = part.code.replace(f"a{part.slice}", "block", 1)
        page.line(Styled(mark, "head"), f"  {say}: {letter} = {formula}", indent=2, hang=5)


def _shape(array: StoredArray, role: str, bare: bool) -> str:
    """A stored array's shape; for a kernel without values, with n for the input's width."""
    text = shape_text(array.data.shape)
    return re.sub(r"1(, \d+\))$", r"n\1", text) if bare and role == "kernel" else text


def _arrays(page: Sheet, spec: LayerSpec, bare: bool = False) -> None:
    """The stored arrays: number, Keras's name if they have gates, path, shape."""
    rows: list[Row] = []
    roles = {part.array.index: part.role for part in spec.gates}
    names = {index: WEIGHT.get(role, role) for index, role in roles.items()}
    for array in spec.stored:
        name = names.get(array.index, "")
        path = "" if bare else array.path
        rows.append([f"[{array.index}]", name, path, _shape(array, roles.get(array.index, ""), bare)])
    columns = [Column(""), Column("", style="head"), Column("", folds=True), Column("")]
    if not names:
        columns.pop(1)
        rows = [[row[0], *row[2:]] for row in rows if isinstance(row, list)]
    page.table(columns, rows, indent=2, titles=False)


def statistics(part: GateSlice) -> dict[str, float]:
    """Minimum, maximum, mean and standard deviation."""
    data = part.data.astype(np.float64)
    return {name: float(getattr(data, name)()) if data.size else 0.0 for name in ("min", "max", "mean", "std")}


def number_text(value: float, large: float) -> str:
    """A number with three decimals, or with a power of ten if the largest number of its row needs one."""
    if 0 < large < 0.01 or large >= 1000:
        return f"{value:.1e}"
    text = f"{value:.3f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _facts(spec: LayerSpec, bare: bool) -> Iterator[Fact]:
    cell = cell_of(spec)
    order = " ".join(cell.order)
    if len(cell.order) > 1:
        others = f"; PyTorch {cell.torch}, ONNX {cell.onnx}" if cell.torch else ""
        yield "order in this file", Styled(spec.stored_order or order, "gate")
        yield "order Gatesmith uses", f"{order}  (as Keras 2 and 3{others})"
    history = () if bare else (("how we know", spec.evidence), ("what was done", spec.derived))
    for name, lines in (*history, ("formulas", formula_lines(spec))):
        yield from (("" if index else name, line) for index, line in enumerate(lines))


def formula_lines(spec: LayerSpec) -> list[str]:
    """The formulas of a step, with this layer's functions and biases."""
    config = spec.config
    act = config["activation"]
    gate = config.get("recurrent_activation")
    two = any(part.role == "bias in" for part in spec.gates)
    lines = cell_of(spec).formulas(Terms(config, _short(act), _short(gate), two))
    functions = {f.name: f for f in (gate, act) if isinstance(f, Function) and f.params}
    return lines + [f"{_short(function)}(x) = {meaning(function)}" for function in functions.values()]


def _short(function: Function | None) -> str:
    if function is None:
        return ""
    return "" if function.name == "linear" else function.name


def meaning(function: Function) -> str:
    """The formula of a function with parameters."""
    from .summary import slope_text

    if function.name == "hard_sigmoid":
        return f"clip({slope_text(function)}, 0, 1)"
    return formula_name(function)


def array_facts(array: StoredArray) -> dict[str, object]:
    """A stored array as JSON."""
    return {
        "index": array.index,
        "name": array.name,
        "path": array.path,
        "shape": list(array.data.shape),
        "dtype": str(array.data.dtype),
    }
