"""The results of ``gatesmith prove`` as data."""

from __future__ import annotations

import msgspec

from ..flow.reports import ModelReport

PROVED = "proved"


class ProofFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of proof.

    Args:
        layer: the layer of the model to which the function belongs; empty if several share it.
        result: ``proved``, or the reason why not.
        how: ``one turn of any`` of its loops, or ``as it is``.
        tried: earlier attempts without a proof.
        contract: the function's requirements on its callers, and its guarantees.
        calls: functions whose contracts the proof uses.
        checks: number of properties that CBMC shows.
        axioms: further assumptions.
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
        source: SHA-256 of its values in the C.
        object: SHA-256 of its bytes in the compiled object, little-endian.
    """

    name: str
    layer: str
    bytes: int
    source: str
    object: str
    same: bool


class SumFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of the sums of a table's rows, for any inputs of their type."""

    table: str
    low: int
    high: int


class CoverageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage of the C by the self-test, as pairs (reached, total).

    Args:
        conditions: outcomes of conditions (MC/DC), as gcc counts them.
        left: lines that are not fully reached.
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
    """The instructions of a step.

    Args:
        function: the function counted.
        core: the core, in words, and the compiler with the target's options; empty if nothing ran.
        most: the largest count of ``steps`` steps.
        bound: the bound of any step; None if there is none, and ``why`` has the reason.
    """

    function: str
    core: str = ""
    steps: int = 0
    most: int = 0
    bound: int | None = None
    why: str = ""


class FindingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's finding: its name, its number, its first place, and why it stays. Without a reason, nobody has reviewed
    it."""

    name: str
    count: int
    first: str
    reason: str


class AnalysisFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's findings; ``missing`` is the package to install if the tool is missing, or the tool's failure."""

    tool: str
    command: tuple[str, ...]
    missing: str
    findings: tuple[FindingFacts, ...]


class SaturationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A matrix's rows, and how many results can exceed the range of their format.

    Args:
        inputs: the range of the inputs' integers.
        calibrated: whether it is the calibrated range; else it is that of the type.
        least, most: results before saturation, in units of their format.
        kept: the range of that format.
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
"""The reason why an output has no bound although all layers have one."""


class RoundingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The distance of float C from exact arithmetic.

    Args:
        name: a layer's, for one step of it alone from inputs and states within their ranges; or that of an ``output``
            of the model, for a step of all layers.
        bound: None if there is none, and ``why`` has the reason.
        seen: the largest error for vectors within the ranges; None if none ran, or values leave float32.
    """

    name: str
    output: bool
    bound: float | None = None
    why: str = ""
    seen: float | None = None


class EvidenceReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/prove/1"):
    """Proofs of a model's C.

    Args:
        assumptions: all assumptions of the proofs.
        tools: name -> version.
        instructions: of a step.
        coverage: of the self-test; None without gcov. Both are None for float models.
        analyses: one for each tool.
        plain: whether the target compiles the C that was proved; else its kernels have other forms.
        rounding: bounds for a float model, for which nothing is proved.
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
        """Whether everything is proved, and each layer of a float model has a bound that its errors keep."""
        kept = all(
            layer.output and layer.why in (EXCEEDED, STREAMED)
            if layer.bound is None
            else layer.seen is not None and layer.seen <= layer.bound
            for layer in self.rounding
        )
        return kept and self.proved == self.units and all(one.same for one in self.tables)
