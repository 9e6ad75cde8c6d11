"""The pages of ``run`` and ``validate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..backends.base import Generated, of_state
from ..boards.backends import MICROPYTHON
from ..flow.facts import INTEGERS, Comparison, Facts, ManyFacts
from ..flow.results import RunResult, ValidateResult
from ..flow.times import LayerCost
from ..oracle.compare import OutputComparison
from ..oracle.scores import REGRESSION
from .generate import work
from .overview import notes, opening
from .page import Column, Fact, Sheet, Styled, paged
from .quantities import counted, error_text, percent, plain, portion, size
from .summary import shape_text

LARGEST = 4
"""Most layers that a line names."""


def _kind(report: Facts) -> str:
    """Target, numeric type and math mode; integers do not depend on the latter."""
    math = "" if report.math == INTEGERS else f", math {report.math}"
    return f"{report.target}, {report.numeric}{math}"


def facts_of(report: Facts, program: Generated) -> list[Fact]:
    """Costs, each with the method by which it was found."""
    python = report.backend == MICROPYTHON
    state = "a Model  (exact)" if python else f"{of_state(program.inputs, program.graph)}  (exact); heap 0 B"
    heap, firmware = report.measure("heap"), ""
    if report.firmware_flash is not None:
        firmware = f"{report.firmware_flash:,} B flash, {report.firmware_ram:,} B RAM, with Gatesmith's link"
    stack = size(report.stack, report.stack_kind) or (report.stack_kind and f"not known: {report.stack_kind}")
    return [
        *_work_of(report),
        ("flash", size(report.flash, f"of the model, compiled; {report.weight_bytes:,} B of them constants")),
        ("state", f"{size(report.state_bytes)} {state}"),
        ("heap", "" if heap.value is None else f"{heap.value:,} B a {heap.per}, collected  (measured there)"),
        ("version", report.micropython or ""),
        ("RAM", size(report.ram, "compiled")),
        ("stack", stack),
        ("firmware", firmware and f"{firmware}  (compiled: all but the stack)"),
        ("weights", "" if report.flash else size(report.weight_bytes, "exact")),
        work(program),
    ]


def layer_costs(layers: Sequence[LayerCost]) -> tuple[str, dict[str, float]]:
    """The unit, and the cost of each layer in it: estimated cycles if they are known, else instructions."""
    if all(one.estimated_cycles is not None for one in layers):
        return "cycles", {one.layer: one.estimated_cycles or 0.0 for one in layers}
    return "instructions", {one.layer: one.instructions for one in layers}


def _work_of(report: Facts) -> Iterator[Fact]:
    """The work of a step: counted, and as time if the board's clock is known."""
    if (cost := report.cost()) is not None:
        unit, (count, per, kind) = cost
        yield unit, f"{count:,.0f} a {per}  ({kind})"
    elif report.instructions_kind:
        yield "instructions", f"not counted: {report.instructions_kind}"
    if report.milliseconds is not None:
        yield "time", f"{report.milliseconds:.3g} ms a {report.milliseconds_per}  ({report.milliseconds_kind})"
    if report.estimated_cycles is not None:
        yield "cycles", f"{report.estimated_cycles:,.0f}  ({report.estimated_cycles_kind})"
    if report.flash_waits is not None:
        yield "waits", f"{report.flash_waits:,.0f} cycles more  ({report.flash_waits_kind})"
    if report.layers:
        unit, costs = layer_costs(report.layers)
        total, most = sum(costs.values()), sorted(costs, key=lambda layer: -costs[layer])[:LARGEST]
        yield f"of {unit}", ", ".join(f"{layer} {100 * costs[layer] / total:.0f} %" for layer in most)


@paged
def validate_page(page: Sheet, result: ValidateResult) -> None:
    """The device compared with the oracle, a row per output, and the verdict."""
    report = result.report
    opening(page, result.source)
    page.facts(
        ("device", f"{_kind(report)}: {result.how}"),
        ("oracle", report.oracle or ""),
        ("input", f"{samples_of(report)}: {result.input_note}"),
        clipped(report),
        each_step(report),
    )
    outputs_table(page, result.outputs)
    page.blank()
    page.facts(*facts_of(report, result.generated), ("model id", result.generated.model_id))
    page.blank()
    notes(page, report.notes)
    if report.different_integers == 0:
        page.line("bit for bit: every one of ", counted(report.integers or 0, "integer"), " is the reference's")
    page.line(Styled("PASS", "good") if result.passed else Styled("FAIL", "bad"), f"  {report.verdict}", hang=6)


def outputs_table(page: Sheet, outputs: Sequence[OutputComparison | Comparison], oracle: str = "oracle's") -> None:
    """A table of errors, with the scores of the outputs.

    Args:
        oracle: title of the columns with the oracle's scores.
    """
    regression = any(row.scores is not None and row.scores.task == REGRESSION for row in outputs)
    labels = any(row.accuracy_device is not None for row in outputs)
    classes = any(row.argmax_agreement is not None for row in outputs)
    page.records(
        outputs,
        Column("output", style="name", folds=True, of=lambda row: row.name),
        Column("shape", leaves=3, of=lambda row: shape_text(row.shape)),
        Column("max error", True, of=lambda row: error_text(row.max_abs)),
        Column("mean error", True, leaves=2, of=lambda row: error_text(row.mean_abs)),
        Column("relative", True, leaves=1, of=lambda row: error_text(row.max_rel)),
        Column("same class", True, leaves=5, of=lambda row: percent(row.argmax_agreement)) if classes else None,
        Column("accuracy", True, of=lambda row: percent(row.accuracy_device)) if labels else None,
        Column(oracle, True, of=lambda row: percent(row.accuracy_oracle)) if labels else None,
        *(_quantities(oracle) if regression else ()),
    )


def _quantities(oracle: str) -> Iterator[Column]:
    """Columns of a regression's RMSE and explained variance, each of the device and of the oracle."""
    for key, title, form in (("rmse", "RMSE", ".3g"), ("r2", "R2", ".4f")):
        for field, name in (("device", title), ("oracle", oracle)):

            def cell(row: Any, key: str = key, field: str = field, form: str = form) -> str:
                return "-" if row.scores is None else error_text(getattr(row.scores, field)[key], form)

            yield Column(name, True, of=cell)


def samples_of(report: Facts | ManyFacts) -> str:
    """The number of samples, and of their steps."""
    return counted(report.samples, "sample") + (f" of {counted(report.steps, 'step')}" if report.steps else "")


def clipped(*reports: Facts) -> Fact:
    """The share of input values on which integers saturate, the largest of several targets; empty for floats."""
    share = max((share for report in reports if (share := report.clipped_inputs) is not None), default=None)
    if not share:
        return "clipped", "" if share is None else "no input value: all are within the calibrated ranges"
    return "clipped", Styled(f"{portion(share)} of the input values, beyond the calibrated ranges", "note")


def each_step(*reports: Facts) -> Fact:
    """The SNR of integers after each step, in the worst report; empty for floats, and without outputs at each step."""
    clipped = [(report.clipped_answers, report) for report in reports if report.clipped_answers is not None]
    if not clipped:
        return "each step", ""
    share, report = max(clipped, key=lambda each: (each[0], -(each[1].snr_db_each_step or 0.0)))
    steps, end = (f"{'-' if one is None else f'{one:.1f}'} dB" for one in (report.snr_db_each_step, report.snr_db_end))
    words = f"SNR {steps} over the answers after all steps, {end} at the end"
    if not share:
        return "each step", words
    remedy = "more calibration data, or beginnings of sequences (x[:, :8]) among them, cover these"
    return "each step", Styled(f"{words}; {portion(share)} of those before the end saturate: {remedy}", "note")


@paged
def run_page(page: Sheet, result: RunResult) -> None:
    """The program, its costs, its outputs and their file."""
    outputs, program, report = result.outputs, result.generated, result.report
    opening(page, result.source)
    device = f": {report.device}" if report.device else ""
    hello = "" if outputs else f"built, started, and says hello as model {program.model_id}"
    error = report.max_abs_error
    page.facts(
        ("device", f"{_kind(report)}{device}"),
        ("answer", hello),
        ("input", samples_of(report) if outputs else "none given; --input in.npz sends samples"),
        clipped(report),
        ("max error", "" if error is None else f"{error_text(error)}  beside {report.oracle}"),
        *facts_of(report, program),
    )
    notes(page, report.notes)
    if outputs:
        page.records(
            enumerate(outputs),
            Column("array", of=lambda pair: f"out_{pair[0]}"),
            Column("output", style="name", folds=True, of=lambda pair: program.outputs[pair[0]].title),
            Column("shape", of=lambda pair: shape_text(pair[1].shape)),
            Column("min", True, of=lambda pair: plain(pair[1].min()) if pair[1].size else "-"),
            Column("max", True, of=lambda pair: plain(pair[1].max()) if pair[1].size else "-"),
        )
        page.blank()
        note = "not kept: --output out.npz writes these arrays"
        page.line(note if result.output is None else f"written to {result.output}", hang=2)
