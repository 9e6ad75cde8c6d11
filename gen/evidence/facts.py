"""Evidence as data: what ``gatesmith prove`` answers."""

from __future__ import annotations

import msgspec

from ..flow.reports import ModelReport

PROVED = "proved"


class ProofFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of proof.

    Args:
        layer: the layer of the model whose function it is; empty of what several share.
        result: ``proved``, or why it is not. how: ``one turn of any`` of its loops, or ``as it is``.
            tried: what gave no proof before.
        contract: what the function asks of its callers, and gives. calls: whose contracts it rests on.
        checks: properties that CBMC shows. axioms: what it rests on beside.
    """

    name: str
    function: str = ""
    layer: str = ""
    result: str
    how: str = ""
    contract: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    checks: int = 0
    axioms: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    file: str = ""
    command: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        return self.result == PROVED


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A table of constants.

    Args:
        source: SHA-256 of its values in the C. object: of its bytes in the compiled object, little-endian.
    """

    name: str
    layer: str
    bytes: int
    source: str
    object: str
    same: bool


class SumFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What sums of a table's rows lie between, for any inputs of their type."""

    table: str
    low: int
    high: int


class CoverageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the self-test reaches of the C, each as (reached, all).

    Args:
        conditions: outcomes of conditions (MC/DC), as gcc counts them.
        left: lines of which something is not reached.
    """

    vectors: int
    statements: tuple[int, int]
    branches: tuple[int, int]
    conditions: tuple[int, int]
    left: tuple[str, ...]

    @property
    def reached(self) -> int:
        return self.statements[0] + self.branches[0] + self.conditions[0]


class InstructionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions of a step.

    Args:
        function: that was counted. core: where, in words; empty where nothing ran. most: in ``steps`` of them.
        bound: of any step; None where ``why`` says why there is none.
    """

    function: str
    core: str = ""
    steps: int = 0
    most: int = 0
    bound: int | None = None
    why: str = ""


class FindingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool found, how often, first where, and why it stays; no reason: nobody has looked at it."""

    name: str
    count: int
    first: str
    reason: str


class AnalysisFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's findings; ``missing`` says what to install where it is not here, or that it failed."""

    tool: str
    command: tuple[str, ...]
    missing: str
    findings: tuple[FindingFacts, ...]


class SaturationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A matrix's rows, and how many can be beyond what their results are kept in.

    Args:
        inputs: the integers that come in. calibrated: whether calibration has shown these; else all of their type.
        least, most: results before saturation, in the units of what they are kept in. kept: what that holds.
    """

    layer: str
    matrix: str
    inputs: tuple[int, int]
    calibrated: bool
    rows: int
    beyond: int
    least: float
    most: float
    kept: tuple[int, int]


EXCEEDED = "worst cases exceed the values"
STREAMED = "a step also reads frames of the past"
"""Why an output has no bound although all layers have one."""


class RoundingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How far C of floats may be from exact arithmetic.

    Args:
        name: of a layer, which by itself computes a step from inputs and states within their ranges; or of an
            ``output`` of the model, for a step of all layers.
        bound: None where ``why`` says why there is none. seen: the largest error of vectors within the ranges; None
            where none ran, or values leave float32.
    """

    name: str
    output: bool
    bound: float | None = None
    why: str = ""
    seen: float | None = None


class EvidenceReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/prove/1"):
    """Proofs of a model's C.

    Args:
        assumptions: all that the proofs rest on. tools: name -> version.
        instructions: of a step. coverage: of the self-test; None without gcov. Both are None of floats. analyses: a
            tool each.
        plain: whether the C that was proved is what the target compiles; else its kernels have other forms.
        rounding: of a model of floats, of which nothing is proved.
    """

    model_id: str
    target: str
    numeric: str
    proved: int
    units: int
    proofs: tuple[ProofFacts, ...]
    assumptions: tuple[str, ...]
    tables: tuple[TableFacts, ...]
    sums: tuple[SumFacts, ...]
    saturation: tuple[SaturationFacts, ...]
    rounding: tuple[RoundingFacts, ...] = ()
    tools: dict[str, str]
    instructions: InstructionFacts | None
    coverage: CoverageFacts | None
    analyses: tuple[AnalysisFacts, ...]
    plain: bool
    folder: str

    @property
    def complete(self) -> bool:
        """Whether everything is proved, and each layer of floats has a bound that nothing exceeds."""
        kept = all(
            layer.output and layer.why in (EXCEEDED, STREAMED)
            if layer.bound is None
            else layer.seen is not None and layer.seen <= layer.bound
            for layer in self.rounding
        )
        return kept and self.proved == self.units and all(one.same for one in self.tables)
