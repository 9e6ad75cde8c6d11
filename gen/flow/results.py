"""Results of the flow: plain data for the command line, the Python API and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..backends.base import Generated, Project
from ..backends.usage import Usage
from ..budget.budget import Budget
from ..core.graph import Array
from ..core.settings import Settings
from ..importers.keras.dialect.spec import ModelOrigin, Reading
from ..importers.reading import Model
from ..oracle.compare import OutputComparison
from ..oracle.limits import Limits
from .facts import Facts, ManyFacts
from .reports import GenerateReport, about


@dataclass(frozen=True)
class GenerateResult:
    """The result of ``generate``."""

    model: Model
    folder: Path
    project: Project
    usage: Usage
    """The model's functions and the meaning of its outputs."""
    options: str
    """Options of ``validate`` for the same code."""
    oracle: str = ""
    """The oracle of the self-test's outputs; empty without a self-test."""
    envs: tuple[str, ...] = ()
    """Boards of a PlatformIO project, each an environment of it; empty for a plain folder."""
    budgets: tuple[Budget, ...] = ()
    """The model's budget on each board, including the firmware with the link."""

    @property
    def generated(self) -> Generated:
        """The library, or the modules for MicroPython."""
        return self.usage.model

    @property
    def source(self) -> ModelOrigin:
        """The model's file."""
        return self.model.reading.source

    @property
    def files(self) -> tuple[Path, ...]:
        """The written files."""
        return tuple(self.folder / path for path in sorted(self.project.files))

    @property
    def report(self) -> GenerateReport:
        """The report for ``--json``."""
        return GenerateReport(
            **about(self.source),
            **{key: getattr(self.generated, key) for key in ("model_id", "weight_bytes", "state_bytes")},
            **self.generated.work._asdict(),
            folder=str(self.folder),
            files=sorted(self.project.files),
            oracle=self.oracle,
            platformio=self.envs,
            notes=self.generated.graph.notes,
        )


@dataclass(frozen=True)
class RunResult:
    """The result of ``run``: outputs (None without input), their file, and the report."""

    outputs: list[Array] | None
    output: Path | None
    report: Facts
    generated: Generated
    source: ModelOrigin


@dataclass(frozen=True)
class ValidateResult:
    """A device's outputs compared with the oracle's."""

    outputs: tuple[OutputComparison, ...]
    source: ModelOrigin
    generated: Generated
    how: str
    input_note: str
    report: Facts
    answers: tuple[Array, ...] = ()
    """The device's outputs, (samples, ...) each."""
    right: tuple[Array, ...] = ()
    """The oracle's outputs."""
    labels: Array | None = None

    @property
    def passed(self) -> bool:
        """Whether the verdict is PASS."""
        return bool(self.report.passed)


@dataclass(frozen=True)
class TargetResult:
    """One row of a validation on several targets.

    Args:
        how: ``host``, ``emulator`` or ``port``; empty if it cannot be reached.
        result: ``pass``, ``fail``, ``does not fit``, ``skipped`` (a tool is missing, or there is no emulator) or
            ``error``.
        code: the exit code; 0 for ``pass``.
        reason: the reason why it did not run; empty if it ran.
        facts: facts of its report; None if it did not run.
        done: the result of its validation; None if it did not run.
    """

    target: str
    how: str
    result: str
    code: int
    reason: str
    facts: Facts | None = None
    done: ValidateResult | None = None


@dataclass(frozen=True)
class ManyResult:
    """A validation on several targets: rows in the order they ran, the exit code, and the report."""

    rows: tuple[TargetResult, ...]
    code: int
    reading: Reading
    report: ManyFacts

    @property
    def source(self) -> ModelOrigin:
        """The model's file."""
        return self.reading.source


@dataclass(frozen=True)
class Candidate:
    """A board in a numeric type.

    Args:
        core: the board's family or core.
        result: ``pass``; or ``does not fit``, ``no such form`` (of a layer, in this type), ``differs``, ``skipped``,
            ``error``.
        reason: the reason why it did not pass.
        error: the worst output on all of the data; None if the model has no form in this type.
        memory: flash and RAM of the board, bytes.
        facts: facts of a sample on its core.
        keeps: whether it meets the limits.
        front: whether it is on the Pareto front.
        keep: types of single layers, spelled as for ``--keep``.
        estimate: bytes of the model, if nothing ran.
    """

    target: str
    core: str
    numeric: str
    result: str
    reason: str = ""
    error: OutputComparison | None = None
    memory: tuple[int, int] = (0, 0)
    facts: Facts | None = None
    keeps: bool = False
    front: bool = False
    keep: tuple[str, ...] = ()
    estimate: int = 0

    @property
    def name(self) -> str:
        """The numeric type, for people."""
        return f"{self.numeric}, mixed" if self.keep else self.numeric

    @property
    def milliseconds(self) -> float | None:
        """Milliseconds of a step or a call at the board's clock; None if not known."""
        return self.facts.milliseconds if self.facts else None

    @property
    def time(self) -> str:
        """The time in words, with its unit; empty if not known."""
        facts = self.facts
        return f"{facts.time} ms a {facts.milliseconds_per}" if facts and facts.milliseconds is not None else ""

    @property
    def point(self) -> tuple[float, float, float, float]:
        """Error, milliseconds, flash and RAM of the model; smaller is better."""
        assert self.error is not None
        time, facts = self.milliseconds, self.facts
        ram = (facts.ram or 0) + (facts.stack or 0) if facts else 0
        flash = facts.flash or 0 if facts else self.estimate
        return self.error.max_abs, float("inf") if time is None else time, flash, ram


@dataclass(frozen=True)
class Choice:
    """A model on boards in numeric types, and the smallest combination that meets the limits; None if none does.

    Args:
        note: description of the data on which errors are measured; ``samples``: their number.
        limits: the limits.
        input: test data.
        notes: notes on the labels.
        settings: settings that calibrate, without limits.
    """

    model: Model
    note: str
    samples: int
    rows: tuple[Candidate, ...]
    best: Candidate | None
    limits: Limits
    input: Path | None
    notes: tuple[str, ...]
    settings: Settings
