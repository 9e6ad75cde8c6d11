"""The page of ``calibrate``: ranges, scales and what they cost, layer by layer and end to end."""

from __future__ import annotations

from ..flow.calibrate import Survey
from .overview import opening
from .page import Column, Part, Row, Sheet, Styled, paged
from .quantities import portion
from .results import LEAVES as ERRORS_LEAVE
from .results import outputs_table

LEAVES = {**ERRORS_LEAVE, "zero": 1, "scale": 2, "min": 3, "max": 4}
"""Columns that leave a narrow page, in which order: ranges and scales first; what is clipped and lost stays."""
CLIPPED = 0.001
"""A share of clipped values beyond which the page marks a tensor."""


@paged
def calibration_page(page: Sheet, survey: Survey) -> None:
    """Tensors in the order of the graph, then the outputs."""
    opening(page, survey)
    kept = f", {' '.join(f'--keep {word}' for word in survey.kept)}" if survey.kept else ""
    page.facts(
        [
            ("type", f"{survey.numeric}{kept}"),
            ("ranges by", f"{survey.observer} of {survey.used}"),
            ("errors on", f"{survey.judged}; compared with float32, both by the reference on this machine"),
        ],
        indent=0,
    )
    page.blank()
    columns = [Column("layer", style="name", folds=True), Column("value", folds=True)]
    columns += [Column(name, right=True, leaves=LEAVES.get(name, 0)) for name in ("min", "max")]
    own = (Column(name, right=True, leaves=LEAVES.get(name, 0)) for name in ("scale", "zero", "clipped", "SNR"))
    columns += [Column("type"), *own]
    rows: list[Row] = []
    last = ""
    for line in survey.rows:
        cells: list[Part] = ["" if line.layer == last else line.layer, line.what]
        last = line.layer
        cells += [f"{line.low:.3g}", f"{line.high:.3g}", line.type, f"{line.scale:.3g}", str(line.zero)]
        share, snr = line.clipped, line.snr
        text = "-" if share is None else portion(share)
        cells += [Styled(text, "note") if share is not None and share > CLIPPED else text]
        cells += ["-" if snr is None else "exact" if snr == float("inf") else f"{snr:.1f} dB"]
        rows.append(cells)
    page.table([*columns], rows, indent=0)
    page.blank()
    outputs_table(page, survey.outputs, "float's")
    page.blank()
    for note in survey.notes:
        page.line(Styled("note", "note"), f"  {note}", hang=6)
