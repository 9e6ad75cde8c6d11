"""``gatesmith prove``: proofs of the generated C, for its assessors."""

from __future__ import annotations

from typing import Annotated

from ..core.errors import ExitCode
from ..core.settings import MODEL, Flag, Settings
from .options import Force, Json, ModelArgument, Output, required, takes
from .streams import answer, progress


@takes("target", *MODEL)
def prove(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    limit: Annotated[int, Flag("Seconds of processor time that each function may take.", "S", least=1)] = 120,
    force: Force = False,
    as_json: Json = False,
) -> int:
    """Prove that an integer model's C has no undefined behaviour; bound the rounding of a float32 one."""
    from ..evidence.evidence import evidence
    from ..evidence.page import evidence_page, html
    from ..evidence.proofs import Prover

    result = evidence(model, required(output), settings, Prover(limit), html, force, progress(4))
    answer(result, evidence_page, as_json)
    return ExitCode.OK if result.report.complete else ExitCode.VALIDATION
