"""The page of ``tune``: its results on samples that it did not learn from."""

from __future__ import annotations

from ..flow.reports import Distance, Tuning
from ..report.overview import opening
from ..report.page import Column, Row, Sheet, paged
from ..report.quantities import counted, percent


@paged
def tuning_page(page: Sheet, report: Tuning) -> None:
    """Distances from the float model before and after tuning."""
    opening(page, report)
    ended = ", ended by Ctrl-C" if report.interrupted else ""
    best = "the weights of the start are kept" if not report.best else f"those of step {report.best} are kept"
    learned = f"{counted(report.samples, 'sample')}, {report.held_out} of them held out to decide"
    page.facts(
        ("type", report.numeric),
        ("learned from", learned),
        ("steps", f"{counted(report.steps, 'step')} in {report.seconds:.0f} s{ended}; {best}"),
        ("judged by", "the samples held out and noisy copies of them; compared with the float model"),
    )
    names = ("same class", "SNR of 98 %", "error of 90 % below")
    columns = [Column("weights", style="name"), *(Column(name, right=True) for name in names)]
    page.table(columns, [_row("calibrated", report.calibrated), _row("tuned", report.tuned)])
    if report.output:
        page.blank()
        page.line(f"{report.output}: generate it with --numeric {report.numeric} and the same calibration data")


def _row(name: str, one: Distance) -> Row:
    agreement = "-" if one.agreement is None else percent(one.agreement)
    return [name, agreement, f"{one.trimmed_db:.1f} dB", f"{one.error:.3g}"]
