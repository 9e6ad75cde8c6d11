"""What a device answered: the pages of ``run`` and ``validate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..backends.base import Generated
from ..keras.spec import Source
from .generate import work
from .overview import version
from .page import Column, Page, Part, Row, Styled
from .summary import counted, shape_text


class Comparison(Protocol):
    """One output beside the oracle's."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def max_abs(self) -> float: ...
    @property
    def mean_abs(self) -> float: ...
    @property
    def max_rel(self) -> float: ...
    @property
    def scale(self) -> float: ...
    @property
    def argmax_agreement(self) -> float | None: ...
    @property
    def accuracy_device(self) -> float | None: ...
    @property
    def accuracy_oracle(self) -> float | None: ...


def _kind(report: Mapping[str, Any]) -> str:
    """For what, in which numbers; integers are the same however floats are computed."""
    math = "" if report["math"] == "integers" else f", math {report['math']}"
    return f"{report['target']}, {report['numeric']}{math}"


def facts_of(report: Mapping[str, Any], made: Generated) -> list[tuple[str, Part]]:
    """Costs, with how each is known."""
    facts: list[tuple[str, Part]] = []
    for unit in ("instructions", "cycles"):
        if (count := report.get(unit)) is not None:
            kind, per = report.get(f"{unit}_kind", ""), report.get(f"{unit}_per", "step")
            facts.append((unit, f"{count:,.0f} a {per}  ({kind})"))
    flash, ram, stack = (report.get(key) for key in ("flash", "ram", "stack"))
    if flash is not None:
        facts.append(("flash", f"{flash:,} B  (compiled)"))
    if report.get("backend") == "micropython":
        facts.append(("state", f"{report['state_bytes']:,} B a Model  (exact)"))
        if (heap := report.get("heap")) is not None:
            facts.append(("heap", f"{heap:,} B a {report['heap_per']}, collected  (measured there)"))
        if version := report.get("micropython"):
            facts.append(("version", version))
    else:
        facts.append(("state", f"{report['state_bytes']:,} B for each sequence  (exact); heap 0 B"))
    if ram is not None and ram != report["state_bytes"]:
        facts.append(("RAM", f"{ram:,} B  (compiled)"))
    if stack is not None:
        facts.append(("stack", f"{stack:,} B  ({report.get('stack_kind', '')})"))
    if (firmware := report.get("firmware_flash")) is not None:
        facts.append(
            ("firmware", f"{firmware:,} B flash, {report['firmware_ram']:,} B RAM  (compiled: all but the stack)")
        )
    facts.append(("weights", f"{report['weight_bytes']:,} B  (exact)"))
    facts.append(work(made))
    return facts


def validate_page(
    outputs: Sequence[Comparison],
    passed: bool,
    tolerance: float,
    samples: int,
    oracle: str,
    source: Source,
    made: Generated,
    report: Mapping[str, Any],
    how: str,
    input_note: str,
    ascii_only: bool = False,
) -> Page:
    """The device beside the oracle, a row an output."""
    page = Page(ascii_only)
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    length = f" of {counted(report['steps'], 'step')}" if report.get("steps") else ""
    page.facts(
        [
            ("device", f"{_kind(report)}: {how}"),
            ("oracle", oracle),
            ("input", f"{counted(samples, 'sample')}{length}: {input_note}"),
            *clipped(report),
        ],
        indent=0,
    )
    page.blank()
    labels = any(row.accuracy_device is not None for row in outputs)
    classes = any(row.argmax_agreement is not None for row in outputs)
    columns = [Column("output", style="name", folds=True), Column("shape")]
    columns += [Column(name, right=True) for name in ("max error", "mean error", "relative", "limit")]
    columns += [Column("same class", right=True)] if classes else []
    columns += [Column(name, right=True) for name in ("accuracy", "oracle's")] if labels else []
    rows: list[Row] = []
    for row in outputs:
        limit = tolerance * row.scale
        cells: list[Part] = [row.name, shape_text(row.shape)]
        cells.append(Styled(f"{row.max_abs:.2e}", "good" if row.max_abs <= limit else "bad"))
        cells += [f"{row.mean_abs:.2e}", f"{row.max_rel:.2e}", f"{limit:.1e}"]
        cells += [percent(row.argmax_agreement)] if classes else []
        cells += [percent(row.accuracy_device), percent(row.accuracy_oracle)] if labels else []
        rows.append([*cells, Styled("ok", "good") if row.max_abs <= limit else Styled("too far", "bad")])
    page.table([*columns, Column("")], rows, indent=0)
    page.blank()
    page.facts([*facts_of(report, made), ("model id", made.model_id)], indent=0)
    page.blank()
    notes(page, report)
    different = report.get("different_integers")
    if different == 0:
        page.line("bit for bit: every one of ", counted(report["integers"], "integer"), " is the reference's")
    if passed:
        page.line(Styled("PASS", "good"), f"  every output is within {tolerance:.1e} x max(1, largest answer)")
    elif different:
        text = f"  {different:,} of {counted(report['integers'], 'integer')} differ from the reference's"
        page.line(Styled("FAIL", "bad"), text, hang=6)
    else:
        far = ", ".join(row.name for row in outputs if row.max_abs > tolerance * row.scale)
        text = f"  beyond the tolerance of {tolerance:.1e} x max(1, largest answer): {far}"
        page.line(Styled("FAIL", "bad"), text, hang=6)
    return page


def clipped(*reports: Mapping[str, Any]) -> list[tuple[str, Part]]:
    """How much of the input integers saturate on: the most of several targets; nothing of floats."""
    shares = [share for report in reports if (share := report.get("clipped_inputs")) is not None]
    if not shares:
        return []
    if not max(shares):
        return [("clipped", "no input value: all are within the calibrated ranges")]
    return [("clipped", Styled(f"{portion(max(shares))} of the input values, beyond the calibrated ranges", "note"))]


def notes(page: Page, report: Mapping[str, Any]) -> None:
    """What people should know about how the model came about."""
    for note in report.get("notes", ()):
        page.line(Styled("note", "note"), f"  {note}", hang=6)


def run_page(
    outputs: Sequence[Any] | None,
    source: Source,
    made: Generated,
    report: Mapping[str, Any],
    output: Path | None,
    ascii_only: bool = False,
) -> Page:
    """What was run and where the answers are."""
    page = Page(ascii_only)
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    how = f": {report['device']}" if "device" in report else ""
    facts: list[tuple[str, Part]] = [("device", f"{_kind(report)}{how}")]
    if outputs is None:
        facts.append(("answer", f"built, started, and says hello as model {made.model_id}"))
        facts.append(("input", "none given; --input in.npz sends samples"))
    else:
        length = f" of {counted(report['steps'], 'step')}" if report.get("steps") else ""
        facts += [("input", f"{counted(report['samples'], 'sample')}{length}"), *clipped(report)]
    if report.get("max_abs_error") is not None:
        facts.append(("max error", f"{report['max_abs_error']:.2e}  beside {report['oracle']}"))
    page.facts([*facts, *facts_of(report, made)], indent=0)
    notes(page, report)
    if outputs is not None:
        page.blank()
        rows: list[Row] = []
        for index, (y, port) in enumerate(zip(outputs, made.outputs, strict=True)):
            ends = [f"{end:.4g}" for end in (y.min(), y.max())] if y.size else ["-", "-"]
            rows.append([f"out_{index}", port.title, shape_text(y.shape), *ends])
        columns = [Column("array"), Column("output", style="name", folds=True), Column("shape")]
        page.table([*columns, Column("min", right=True), Column("max", right=True)], rows, indent=0)
        page.blank()
        kept = f"written to {output}" if output is not None else "not kept: --output out.npz writes these arrays"
        page.line(kept, hang=2)
    return page


def percent(share: float | None) -> str:
    """A share; nothing short of all shows as 100 %."""
    if share is None:
        return "-"
    text = f"{100 * share:.1f} %"
    return "99.9 %" if text == "100.0 %" and share < 1 else text


def portion(share: float) -> str:
    """A share of values, of which few matter too: not rounded to nothing."""
    if share == 0:
        return "0"
    return percent(share) if share >= 0.0005 else "< 0.1 %"
