"""The evidence as a page: on the terminal, and for an assessor as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from shlex import join, quote

from ..report.html.document import Section, rendered
from ..report.page import Column, Sheet, Styled, paged
from .evidence import Evidence
from .facts import EvidenceReport, InstructionFacts

Row = tuple[str, ...]
SAME = {True: "same", False: "NOT THE SAME"}
HOW = (
    "How: 'one turn of any' replaces each loop by one arbitrary turn, from any values that its invariants allow;"
    " 'all turns' unrolls loops; 'as it is' has no loop."
)


@paged
def evidence_page(page: Sheet, done: Evidence) -> None:
    """The page after ``gatesmith prove``."""
    report = done.report
    page.line(Styled(verdict(report), "good" if report.complete else "bad"), f"  {sentence(report)}")
    page.blank()
    for one in done.proved.proofs:
        if not one.proved:
            page.line(Styled(one.name, "bad"), f"  {one.result}", hang=2)
    seconds = done.proved.seconds
    slow = sorted(done.proved.proofs, key=lambda one: -seconds.get(one.name, 0.0))[:5]
    rows = _errors(report) or [(one.name, one.how, f"{seconds.get(one.name, 0.0):.1f}") for one in slow]
    titles = ROUNDING if report.rounding else ("slowest", "how", "seconds")
    ends = [Column(one, right=one != "how") for one in titles[1:]]
    page.table([Column(titles[0], style="name", folds=True), *ends], [list(row) for row in rows])
    page.blank()
    again = "" if report.rounding else f"; sh {quote(report.folder)}/run.sh runs the proofs again"
    page.line(f"{report.folder}/evidence.html is for assessors{again}.")


def verdict(report: EvidenceReport) -> str:
    """What became of it, in words."""
    return f"{'' if report.complete else 'not all '}{'bounded' if report.rounding else 'proved'}"


def sentence(report: EvidenceReport) -> str:
    """What was proved, in one sentence."""
    if report.rounding:
        known = sum(one.bound is not None for one in report.rounding)
        return f"{known} of {len(report.rounding)} results of layers and outputs have a bound of a step's rounding"
    return (
        f"{report.proved} of {report.units} units are free of undefined behaviour for any input and any state,"
        f" under {len(report.assumptions)} assumptions"
    )


def html(report: EvidenceReport) -> str:
    """The whole document."""
    raw = json.dumps(report.as_json(), indent=1)
    return rendered(
        name=report.file,
        about=f"{report.target}, {report.numeric}; {report.written_by}, weights id {report.weights_id};"
        f" Gatesmith {report.gatesmith}, model id {report.model_id}",
        verdict=verdict(report).upper(),
        passed=report.complete,
        sentence=f"{sentence(report)}. This page certifies nothing: it is material for those who assess.",
        sections=[
            *([] if report.complete or report.rounding else [_missing(report)]),
            *(part(report) for part in (FLOATS if report.rounding else PROOFS)),
        ],
        notes=[],
        raw=raw,
        schema="gatesmith/prove/1",
    )


def section(title: str, caption: str, heads: Row, rows: Iterable[Row], *text: str, code: str = "") -> Section:
    """A section with a table; without one where there are no rows."""
    told = tuple(rows)
    return Section(title, tables=((caption, (heads, *told)),) if told else (), text=text, code=code)


def _missing(report: EvidenceReport) -> Section:
    rows = [(one.name, one.result) for one in report.proofs if not one.proved]
    return section("Not proved", "Units without a proof, and why", ("unit", "why"), rows)


def _trace(report: EvidenceReport) -> Section:
    rows = [
        (one.layer or "shared", one.name, one.how, f"{one.checks}", one.result) for one in report.proofs if one.function
    ]
    lemmas = sum(one.how == "lemma" for one in report.proofs)
    others = f"Other units: {lemmas} lemmas about products of two bounded values, and one comparison (Constants)."
    caption = "Each layer, its functions, and what became of their proofs"
    return section("Layers and functions", caption, ("layer", "unit", "how", "properties", "result"), rows, HOW, others)


def _contracts(report: EvidenceReport) -> Section:
    rows = [(one.name, line) for one in report.proofs if one.function for line in one.contract]
    said = "A caller's proof shows that it keeps these; a callee's proof shows that it needs no more."
    return section("Contracts", "What each function takes, and what it gives", ("unit", "contract"), rows, said)


def _assumed(report: EvidenceReport) -> Section:
    return Section("Assumptions", text=tuple(f"{number}. {line}" for number, line in enumerate(report.assumptions, 1)))


def _sums(report: EvidenceReport) -> Section:
    rows = [(one.table, f"{one.low:,}", f"{one.high:,}") for one in report.sums]
    caption = "Sums of a row, or a part of it, for any inputs of their type"
    return section("Sums", caption, ("table", "least", "most"), rows)


def _saturation(report: EvidenceReport) -> Section:
    rows = []
    for one in report.saturation:
        inputs = f"{one.inputs[0]} to {one.inputs[1]}{', as calibrated' if one.calibrated else ''}"
        results = f"{one.least:,.0f} to {one.most:,.0f}", f"{one.kept[0]} to {one.kept[1]}"
        rows.append((one.layer, one.matrix, inputs, *results, f"{one.beyond} of {one.rows}" if one.beyond else "none"))
    heads = ("layer", "matrix", "inputs", "results", "kept in", "rows that can saturate")
    said = "Interval arithmetic: each input at the end that makes a row's sum largest. Real inputs rarely come near."
    return section("Saturation", "Results of sums before they are saturated", heads, rows, said)


ROUNDING = ("of", "bound", "largest seen", "bound / seen")


def _errors(report: EvidenceReport) -> list[Row]:
    return [
        (
            f"{'output ' * one.output}{one.name}",
            f"none: {one.why}" if one.bound is None else f"{one.bound:.2g}",
            f"{one.seen:.2g}" if one.seen is not None else "",
            f"{one.bound / one.seen:.3g}" if one.bound and one.seen else "",
        )
        for one in report.rounding
    ]


def _rounding(report: EvidenceReport) -> Section:
    said = (
        "How far C is at most from exact arithmetic with the same weights: a layer by itself, for one step from inputs"
        " and states that calibration has shown; an output, for a step of all layers, whose worst cases multiply."
        " Beside it the largest error of noise and ends of these ranges, in the C as this machine compiles it."
    )
    return section("Rounding", "Errors of a step", ROUNDING, _errors(report), said)


def _weights(report: EvidenceReport) -> Section:
    rows = [
        (one.name, one.layer or "shared", f"{one.bytes:,}", f"{one.source[:16]}...", SAME[one.same])
        for one in report.tables
    ]
    caption = "SHA-256 of the values in C, and the compiled object's"
    said = "Each layer's tables were compared with the integers of the model, too: a unit of its own."
    return section("Constants", caption, ("table", "layer", "bytes", "SHA-256", "object"), rows, said)


def _instructions(report: EvidenceReport) -> Section:
    one = report.instructions or InstructionFacts(function="")
    if not one.most:
        return Section("Instructions", text=(f"{one.function}: not counted, and no bound: {one.why}",))
    bound = f"{one.bound:,}" if one.bound is not None else f"none: {one.why}"
    rows = [("bound of any step", bound), (f"most of {one.steps} steps that ran", f"{one.most:,}")]
    rows += [("bound / most", f"{one.bound / one.most:.3f}")] if one.bound is not None else []
    said = f"By the program's instructions for {one.core}. Instructions are not cycles."
    return section("Instructions", f"Of {one.function}", ("what", "instructions"), rows, said)


def _covered(report: EvidenceReport) -> Section:
    one = report.coverage
    if one is None:
        return Section("Coverage", text=("not measured: gcov is not here (apt-get install gcc)",))
    kinds = [("statements", one.statements), ("branches", one.branches), ("conditions (MC/DC)", one.conditions)]
    rows = [(what, f"{reached} of {count}") for what, (reached, count) in kinds if count]
    without = "" if one.conditions[1] else " Conditions (MC/DC) need gcc 14."
    said = f"By the self-test with {one.vectors} vectors: noise over the whole type, its ends, zeros, small values."
    left = "\n".join(("Lines of which something is not reached:", *one.left)) if one.left else ""
    return section("Coverage", "Reached", ("of the C", "reached"), rows, said + without, code=left)


def _analysed(report: EvidenceReport) -> Section:
    rows = []
    for one in report.analyses:
        if one.missing or not one.findings:
            rows.append((one.tool, f"no answer ({one.missing})" if one.missing else "nothing found", "", "", ""))
        for found in one.findings:
            rows.append((one.tool, found.name, f"{found.count}", found.first, found.reason or "NOT LOOKED AT"))
    heads = ("tool", "finding", "times", "first", "why it stays")
    return section("Static analysis", "Findings, MISRA C:2012 among them, and why they stay", heads, rows)


def _again(report: EvidenceReport) -> Section:
    commands = [*(one.command for one in report.proofs), *(one.command for one in report.analyses)]
    said = "In this folder, without Gatesmith: sh run.sh runs all proofs. One by one, and the analysers:"
    rows = report.tools.items()
    return section(
        "Run again", "What was used", ("tool", "version"), rows, said, code="\n".join(map(join, filter(None, commands)))
    )


PROOFS = (_trace, _contracts, _assumed, _sums, _saturation, _weights, _instructions, _covered, _analysed, _again)
FLOATS = (_rounding, _assumed, _analysed, _again)
"""Sections of the page, in their order."""
