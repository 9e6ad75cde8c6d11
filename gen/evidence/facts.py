"""Evidence as data: what ``gatesmith prove`` answers."""

from __future__ import annotations

import msgspec

from ..flow.reports import ModelReport


class ProofFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of proof.

    Args:
        layer: the layer of the model whose function it is; empty of what several share.
        result: ``proved``, or why it is not. how: ``one turn of any`` of its loops, ``all turns``, ``as it is``, or
            ``lemma``. tried: what gave no proof before.
        contract: what the function asks of its callers, and gives. calls: whose contracts it rests on.
        checks: properties that CBMC shows. axioms: what it rests on beside.
    """

    name: str
    function: str
    layer: str
    result: str
    how: str
    contract: tuple[str, ...]
    calls: tuple[str, ...]
    checks: int
    axioms: tuple[str, ...]
    tried: tuple[str, ...]
    file: str
    command: tuple[str, ...]


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


class EvidenceReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/prove/1"):
    """Proofs of a model's C.

    Args:
        assumptions: all that the proofs rest on. tools: name -> version.
        plain: whether the C that was proved is what the target compiles; else its kernels have other forms.
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
    tools: dict[str, str]
    plain: bool
    folder: str
