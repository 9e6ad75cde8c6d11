"""The evidence as a page: on the terminal, and for an assessor as HTML."""

from __future__ import annotations

import json
from shlex import join, quote

from ..report.html.document import Section, rendered
from ..report.page import Column, Sheet, Styled, paged
from .evidence import Evidence
from .facts import EvidenceReport


@paged
def evidence_page(page: Sheet, done: Evidence) -> None:
    """The page after ``gatesmith prove``."""
    report = done.report
    page.line(
        Styled("proved" if done.complete else "not all proved", "good" if done.complete else "bad"),
        f"  {sentence(report)}",
    )
    page.blank()
    for one in done.proved.proofs:
        if not one.proved:
            page.line(Styled(one.name, "bad"), f"  {one.result}", hang=2)
    seconds = done.proved.seconds
    slow = sorted(done.proved.proofs, key=lambda one: -seconds.get(one.name, 0.0))[:5]
    rows = [[one.name, one.how, f"{seconds.get(one.name, 0.0):.1f}"] for one in slow]
    page.table([Column("slowest", style="name", folds=True), Column("how"), Column("seconds", right=True)], rows)
    page.blank()
    page.line(
        f"{report.folder}/evidence.html is for assessors; sh {quote(report.folder)}/run.sh runs the proofs again."
    )


def sentence(report: EvidenceReport) -> str:
    """What was proved, in one sentence."""
    return (
        f"{report.proved} of {report.units} units are free of undefined behaviour for any input and any state,"
        f" under {len(report.assumptions)} assumptions"
    )


def html(report: EvidenceReport) -> str:
    """The whole document."""
    raw = json.dumps(report.as_json(), indent=1)
    complete = report.proved == report.units
    return rendered(
        name=report.file,
        about=f"{report.target}, {report.numeric}; {report.written_by}, weights id {report.weights_id}",
        verdict="PROVED" if complete else "NOT ALL PROVED",
        passed=complete,
        sentence=f"{sentence(report)}. This page certifies nothing: it is material for those who assess.",
        sections=[
            *_missing(report),
            _trace(report),
            _contracts(report),
            _assumed(report),
            _sums(report),
            _saturation(report),
            _weights(report),
            _instructions(report),
            _covered(report),
            _analysed(report),
            _again(report),
        ],
        notes=[],
        raw=raw,
        schema="gatesmith/prove/1",
    )


def _missing(report: EvidenceReport) -> list[Section]:
    rows = [(one.name, one.result) for one in report.proofs if one.result != "proved"]
    if not rows:
        return []
    return [Section("Not proved", tables=(("Units without a proof, and why", (("unit", "why"), *rows)),))]


def _trace(report: EvidenceReport) -> Section:
    rows = [
        (one.layer or "shared", one.name, one.how, f"{one.checks}", one.result) for one in report.proofs if one.function
    ]
    lemmas = [one for one in report.proofs if one.how == "lemma"]
    said = f"Beside these, lemmas about products of two bounded values: {len(lemmas)}." if lemmas else ""
    table = (
        "Each layer, its functions, and what became of their proofs",
        (("layer", "unit", "how", "properties", "result"), *rows),
    )
    return Section("Layers and functions", tables=(table,), text=(said,) if said else ())


def _contracts(report: EvidenceReport) -> Section:
    rows = [(one.name, line) for one in report.proofs if one.function for line in one.contract]
    table = ("What each function is called with, and what it gives", (("unit", "contract"), *rows))
    said = "A caller's proof shows that it keeps these; a callee's proof shows that it needs no more."
    return Section("Contracts", tables=(table,), text=(said,))


def _assumed(report: EvidenceReport) -> Section:
    return Section("Assumptions", text=tuple(f"{number}. {line}" for number, line in enumerate(report.assumptions, 1)))


def _sums(report: EvidenceReport) -> Section:
    rows = [(one.table, f"{one.low:,}", f"{one.high:,}") for one in report.sums]
    table = ("Sums of a row, or a part of it, for any inputs of their type", (("table", "least", "most"), *rows))
    return Section("Sums", tables=(table,) if rows else ())


def _saturation(report: EvidenceReport) -> Section:
    rows = []
    for one in report.saturation:
        inputs = f"{one.inputs[0]} to {one.inputs[1]}{', as calibrated' if one.calibrated else ''}"
        results = f"{one.least:,.0f} to {one.most:,.0f}", f"{one.kept[0]} to {one.kept[1]}"
        rows.append((one.layer, one.matrix, inputs, *results, f"{one.beyond} of {one.rows}" if one.beyond else "none"))
    titles = ("layer", "matrix", "inputs", "results", "kept in", "rows that can saturate")
    said = "Interval arithmetic: each input at the end that makes a row's sum largest. Real inputs rarely come near."
    return Section("Saturation", tables=(("Results of sums before they are saturated", (titles, *rows)),), text=(said,))


def _weights(report: EvidenceReport) -> Section:
    rows = [
        (
            one.name,
            one.layer or "shared",
            f"{one.bytes:,}",
            f"{one.source[:16]}...",
            "same" if one.same else "NOT THE SAME",
        )
        for one in report.tables
    ]
    table = (
        "Constants: SHA-256 of the values in C, and the compiled object's",
        (("table", "layer", "bytes", "SHA-256", "object"), *rows),
    )
    return Section("Constants", tables=(table,) if rows else ())


def _instructions(report: EvidenceReport) -> Section:
    one = report.instructions
    if not one.most:
        return Section("Instructions", text=(f"{one.function}: not counted, and no bound: {one.why}",))
    bound = f"{one.bound:,}" if one.bound is not None else f"none: {one.why}"
    rows = [("bound of any step", bound), (f"most of {one.steps} steps that ran", f"{one.most:,}")]
    rows += [("bound / most", f"{one.bound / one.most:.3f}")] if one.bound is not None else []
    said = f"By the program's instructions for {one.core}. Instructions are not cycles."
    return Section("Instructions", tables=((f"Of {one.function}", (("what", "instructions"), *rows)),), text=(said,))


def _covered(report: EvidenceReport) -> Section:
    one = report.coverage
    if one is None:
        return Section("Coverage", text=("not measured: gcov is not here (apt-get install gcc)",))
    kinds = [("statements", one.statements), ("branches", one.branches), ("outcomes of conditions", one.conditions)]
    rows = [(what, f"{reached} of {count}") for what, (reached, count) in kinds if count]
    without = "" if one.conditions[1] else " Conditions (MC/DC) need gcc 14."
    said = f"By the self-test with {one.vectors} vectors: noise over the whole type, its ends, zeros, small values."
    left = "\n".join(("Lines of which something is not reached:", *one.left)) if one.left else ""
    return Section(
        "Coverage", tables=(("Reached", (("of the C", "reached"), *rows)),), text=(said + without,), code=left
    )


def _analysed(report: EvidenceReport) -> Section:
    lines = []
    for one in report.analyses:
        if one.missing or not one.findings:
            lines.append(f"{one.tool}: {f'no answer ({one.missing})' if one.missing else 'nothing found'}")
        for finding in one.findings:
            times = f"{finding.count} times, first" if finding.count > 1 else "once,"
            lines.append(f"{one.tool}: {finding.name}, {times} {finding.first}: {finding.reason or 'NOT LOOKED AT'}")
    return Section("Static analysis", text=("Findings, MISRA C:2012 among them, and why they stay.", *lines))


def _again(report: EvidenceReport) -> Section:
    lines = [join(one.command) for one in report.proofs if one.command]
    said = (
        "In this folder, without Gatesmith: sh run.sh. One by one:",
        *(f"{name}: {version}" for name, version in report.tools.items()),
    )
    return Section("Run again", text=said, code="\n".join(lines))
