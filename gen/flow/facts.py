"""The facts of a run's report: the program, its costs, and the method behind each figure.

They are the same for ``--report``, ``--json`` and the pages. ``gatesmith schema`` prints their JSON schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ..boards.backends import C99
from ..core.graph import Array
from ..importers.reading import Model
from ..oracle.compare import OutputComparison
from ..run.built import Built
from ..run.measures import Measure, flat, measure_of
from .measure import DeviceRun
from .plan import Plan
from .times import LayerCost, milliseconds

INTEGERS = "integers"
"""The math mode in the report of an integer model."""
GO_ON = "states go on from each sample to the next, as in Keras with batches of 1; NAME_reset sets them to zero"
UNITS = ("instructions", "cycles", "nanoseconds")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An output judged by labels: accuracy for classes; mae, rmse and r2 for a regression."""

    task: str
    device: dict[str, float | str]
    oracle: dict[str, float | str]
    confusion: list[list[int]] | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """An output compared with the oracle's; errors that are not finite are words: ``nan``, ``inf``."""

    name: str
    shape: list[int]
    max_abs: float | str
    mean_abs: float | str
    max_rel: float | str
    scale: float
    argmax_agreement: float | None = None
    accuracy_device: float | None = None
    accuracy_oracle: float | None = None
    scores: Judged | None = None
    rms: float | str = 0.0
    spread: float = 0.0

    @classmethod
    def of(cls, row: OutputComparison) -> Comparison:
        """An output's comparison for a report."""
        return msgspec.convert(_words(msgspec.to_builtins(msgspec.convert(row, cls, from_attributes=True))), cls)


def _words(value: Any) -> Any:
    """A value for JSON, which has no infinities and NaN: these become text."""
    if isinstance(value, dict):
        return {key: _words(item) for key, item in value.items()}
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One target's report. Facts that were not requested, or are not known, are left out.

    Bytes are those of the model alone, unless the name says otherwise. ``*_per`` is ``step`` or ``call``, and
    ``*_kind`` is the method behind a figure. ``macs`` of a call of open length are those of one of its steps. It reads
    like a dict: ``facts["flash"]``.
    """

    schema: str
    model: str
    weights_id: str
    model_id: str
    target: str
    numeric: str
    math: str
    samples: int
    steps: int | None
    oracle: str | None
    max_abs_error: float | str | None
    files_sha256: str
    macs: int
    macs_per: str = ""
    weight_bytes: int
    state_bytes: int
    notes: list[str] = []
    emulator: str | None = None
    backend: str | None = None
    port: str | None = None
    device: str | None = None
    instructions: float | None = None
    instructions_per: str = ""
    instructions_kind: str = ""
    cycles: float | None = None
    cycles_per: str = ""
    cycles_kind: str = ""
    nanoseconds: float | None = None
    nanoseconds_per: str = ""
    nanoseconds_kind: str = ""
    estimated_cycles: float | None = None
    estimated_cycles_kind: str = ""
    flash_waits: float | None = None
    flash_waits_kind: str = ""
    milliseconds: float | None = None
    milliseconds_per: str = ""
    milliseconds_kind: str = ""
    clock: int | None = None
    layers: list[LayerCost] | None = None
    measured_on: str | None = None
    flash: int | None = None
    ram: int | None = None
    stack: int | None = None
    stack_kind: str = ""
    firmware_flash: int | None = None
    firmware_ram: int | None = None
    bytes_kind: str = ""
    micropython: str | None = None
    heap: int | None = None
    heap_per: str = ""
    clipped_inputs: float | None = None
    snr_db_each_step: float | None = None
    snr_db_end: float | None = None
    clipped_answers: float | None = None
    tolerance: float | None = None
    passed: bool | None = None
    verdict: str = ""
    outputs: list[Comparison] | None = None
    different_integers: int | None = None
    integers: int | None = None

    def measure(self, name: str) -> Measure:
        """A figure with its unit of work and the method behind it."""
        return measure_of(msgspec.structs.asdict(self), name)

    def cost(self) -> tuple[str, Measure] | None:
        """The unit and the cost of a step or a call; None if nothing counts it."""
        return next(((unit, self.measure(unit)) for unit in UNITS if getattr(self, unit) is not None), None)

    @property
    def time(self) -> str:
        """Milliseconds of a step or a call; ``~`` before an estimate, ``-`` if not known."""
        if self.milliseconds is None:
            return "-"
        return f"{'~' if self.estimated_cycles is not None else ''}{self.milliseconds:.3g}"

    def but(self, **changes: Any) -> Facts:
        """The report with some facts changed or added."""
        return msgspec.structs.replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        """The report for JSON."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data

    def __getitem__(self, name: str) -> Any:
        return self.as_json()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_json())

    def __len__(self) -> int:
        return len(self.as_json())

    __contains__, keys, values = Mapping.__contains__, Mapping.keys, Mapping.values
    items, get = Mapping.items, Mapping.get


Mapping.register(Facts)
_ENVELOPE = ("schema", "target")
TargetFacts: Any = msgspec.defstruct(
    "TargetFacts",
    [
        ("target", str),
        ("how", str | None),
        ("result", str),
        ("reason", str | None),
        ("exit_code", int),
        *((f.name, f.type | None, None) for f in msgspec.structs.fields(Facts) if f.name not in _ENVELOPE),
    ],
    kw_only=True,
    frozen=True,
)
"""A target's row in a report on several targets: its result, and its facts if it ran."""


class ManyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a validation on several targets."""

    schema: str
    gatesmith: str
    model: str
    weights_id: str
    math: str
    oracle: str
    input: str
    samples: int
    steps: int | None
    exit_code: int
    targets: list[TargetFacts]

    def as_json(self) -> dict[str, Any]:
        """The report for JSON, without the facts of a target that are not known."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        always = ("target", "how", "result", "reason", "exit_code", "steps", "oracle")
        data["targets"] = [
            {key: value for key, value in row.items() if value is not None or key in always} for row in data["targets"]
        ]
        return data


class ErrorFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An error, which ``--json`` prints in place of a result: the problem, the file or layer, the reason, and the
    remedies, the likeliest first."""

    schema: str
    what: str
    where: str | None
    why: str | None
    fix: list[str]
    exit_code: int


def facts_of(run: DeviceRun, plan: Plan, model: Model, inputs: Sequence[Array] | None) -> Facts:
    """The facts of a run."""
    built, costs = run.built, run.costs
    time, route = milliseconds(plan.target, costs), built.route
    layers = msgspec.convert(costs.get("layers"), list[LayerCost] | None)
    stands_in = route.emulator or route.board
    measures = {**costs, "layers": layers, **(flat({"milliseconds": time}) if time.value is not None else {})}
    return Facts(
        schema="gatesmith/run/1",
        model=plan.settings.shown or model.path.name,
        weights_id=model.reading.source.weights_id,
        **{key: getattr(built.generated, key) for key in ("model_id", "weight_bytes", "state_bytes")},
        **built.generated.work._asdict(),
        target=plan.settings.target,
        numeric=built.generated.numeric,
        math=_math(built, plan),
        samples=0 if inputs is None else len(inputs[0]),
        steps=None if inputs is None else _steps(built, inputs),
        oracle=None,
        max_abs_error=None,
        files_sha256=built.digest,
        notes=[*built.generated.graph.notes, *([GO_ON] if built.generated.graph.stateful else [])],
        emulator=stands_in.name if stands_in else None,
        backend=route.backend if route.backend != C99 else None,
        port=route.port or None,
        device=route.claim() if route.kind != "host" or route.backend != C99 else None,
        clock=None if time.value is None or "nanoseconds" in costs else plan.target.clock,
        **measures,
    )


def _steps(built: Built, inputs: Sequence[Array]) -> int | None:
    """Steps of the model's first axis in the samples; None if the model has no axes."""
    ports = [(port.axis, x) for port, x in zip(built.generated.inputs, inputs, strict=True) if port.axis is not None]
    return int(min(ports, key=lambda pair: pair[0])[1].shape[1]) if ports else None


def _math(built: Built, plan: Plan) -> str:
    """The math mode of floats, or :data:`INTEGERS`."""
    if built.generated.integer:
        return INTEGERS
    return plan.settings.math if built.route.backend == C99 else "MicroPython's own"
