"""What the flow is given and what it gives back: plain data between the command line, the flow and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..backends.base import Generated, Project
from ..backends.usage import Usage
from ..budget.budget import Budget
from ..core.graph import Array
from ..importers.keras.dialect.spec import ModelOrigin, Reading
from ..importers.reading import Model
from ..oracle.compare import OutputComparison
from ..oracle.limits import Limits
from .facts import Facts, ManyFacts
from .reports import GenerateReport, about


@dataclass(frozen=True)
class GenerateResult:
    """What ``generate`` wrote."""

    model: Model
    folder: Path
    project: Project
    usage: Usage
    """How the model is called."""
    options: str
    """By which ``validate`` takes the same code."""
    oracle: str = ""
    """What the self-test's answers are by; empty without one."""
    envs: tuple[str, ...] = ()
    """Boards of a PlatformIO project, each an environment of it; empty for a plain folder."""
    budgets: tuple[Budget, ...] = ()
    """What the model takes of each board, firmware with the link counted in."""

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
        """What was written."""
        return tuple(self.folder / path for path in sorted(self.project.files))

    @property
    def report(self) -> GenerateReport:
        """For programs."""
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
    """What ``run`` got: outputs (None without input) and the file they are in, and the report."""

    outputs: list[Array] | None
    output: Path | None
    report: Facts
    generated: Generated
    source: ModelOrigin


@dataclass(frozen=True)
class ValidateResult:
    """A device's outputs beside the oracle's."""

    outputs: tuple[OutputComparison, ...]
    source: ModelOrigin
    generated: Generated
    how: str
    input_note: str
    report: Facts
    answers: tuple[Array, ...] = ()
    """The device's outputs, (samples, ...) each."""
    right: tuple[Array, ...] = ()
    """The oracle's."""
    labels: Array | None = None

    @property
    def passed(self) -> bool:
        """Whether the verdict is PASS."""
        return bool(self.report.passed)


@dataclass(frozen=True)
class TargetResult:
    """One row of a validation on several targets.

    Args:
        how: ``host``, ``emulator`` or ``port``; empty if nothing reaches it.
        result: ``pass``, ``fail``, ``does not fit``, ``skipped`` (a tool is missing, or nothing stands in for it) or
            ``error``.
        code: the exit code that says so; 0 for ``pass``.
        reason: why it did not run; empty if it ran.
        facts: of its report; None if it did not run.
        done: all that is known of the run; None if it did not.
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
        core: the family that it belongs to.
        result: ``pass``; or ``does not fit``, ``no such form`` (of a layer, in this type), ``differs``, ``skipped``,
            ``error``.
        reason: why it did not pass.
        error: the worst output on all of the data; None where there is none in this type.
        memory: flash and RAM of the board, bytes.
        facts: of a sample on its core.
        keeps: it keeps what was asked.
        front: none is better in everything.
        keep: types of single layers, as ``--keep`` takes them.
        estimate: bytes of the model, where nothing ran.
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
        """Of a step or a call, at the board's clock; None where nothing tells."""
        return self.facts.milliseconds if self.facts else None

    @property
    def time(self) -> str:
        """The same in words, with its unit; empty where nothing tells."""
        known = self.facts and self.facts.milliseconds is not None
        return f"{self.facts.time} ms a {self.facts.milliseconds_per}" if self.facts and known else ""

    @property
    def point(self) -> tuple[float, float, float, float]:
        """Error, milliseconds, flash and RAM of the model: less is better."""
        assert self.error is not None
        time, facts = self.milliseconds, self.facts
        ram = (facts.ram or 0) + (facts.stack or 0) if facts else 0
        flash = facts.flash or 0 if facts else self.estimate
        return self.error.max_abs, float("inf") if time is None else time, flash, ram


@dataclass(frozen=True)
class Choice:
    """A model on boards in numeric types, and the least that keeps what was asked; None if none does.

    Args:
        note: where the data are from that errors are told on; ``samples`` of them.
        limits: what was asked.
        data, input: calibration and test data.
    """

    model: Model
    note: str
    samples: int
    rows: tuple[Candidate, ...]
    best: Candidate | None
    limits: Limits
    data: Path
    input: Path | None
