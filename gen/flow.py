"""What the flow is given and what it gives back: plain data between the command line, the pipeline and the pages."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .backends.base import Generated
from .budget import Budget
from .compare import OutputComparison
from .device.host import Sections
from .graph import Array
from .keras.spec import Source


class Progress(Protocol):
    """Told of each step of the flow."""

    def step(self, name: str) -> AbstractContextManager[object]: ...

    def ended(self, how: str) -> None:
        """How the step that is on ended, where it did not raise and is not well either."""


class Silent:
    """Progress that nobody watches."""

    def step(self, name: str) -> AbstractContextManager[object]:
        del name
        return nullcontext()

    def ended(self, how: str) -> None:
        del how


SILENT = Silent()


@dataclass(frozen=True)
class Settings:
    """What a command line may choose; None leaves it to the file or the target."""

    target: str = "host"
    backend: str | None = None
    numeric: str | None = None
    math: str = "fast"
    name: str | None = None
    weights: Path | None = None
    keras_backend: str | None = None
    stop_before: str | None = None
    max_steps: int | None = None
    emulate: bool = False
    port: str | None = None
    calibration: str | None = None
    keep: tuple[str, ...] = ()
    observer: str = "minmax"
    max_error: float | None = None
    max_accuracy_drop: float | None = None
    budget: bool = True
    """Whether what surely does not fit the board is refused before it is compiled."""


@dataclass(frozen=True)
class GenerateResult:
    """What ``generate`` wrote."""

    generated: Generated
    folder: Path
    files: tuple[Path, ...]
    source: Source
    oracle: str
    envs: tuple[str, ...] = ()
    """Boards of a PlatformIO project, each an environment of it; empty for a plain folder."""
    lengths: tuple[int, ...] = ()
    """Steps that buffers of whole sequences hold, one an axis."""
    budgets: tuple[Budget, ...] = ()
    """What the model takes of each board, firmware with the link counted in."""


@dataclass(frozen=True)
class BuildResult:
    """What ``build`` left: the generated folder, and the program in it.

    Args:
        how: ``host``, ``emulator`` (for a board's stand-in) or ``board`` (through PlatformIO).
        elf, map, listing: files; None where a tool for it is missing.
        command: what starts the program here; empty for a board's own.
        model: bytes of the model alone, None where they are not told apart.
        program: bytes of the whole program without its stack, None where the tool for it is missing.
        stack: bytes of the model's deepest call chain, as the compiler knows it; None if it cannot tell.
    """

    made: GenerateResult
    how: str
    elf: Path
    map: Path | None
    listing: Path | None
    command: tuple[str, ...]
    model: Sections | None
    program: Sections | None
    stack: int | None


@dataclass(frozen=True)
class RunResult:
    """What ``run`` got: outputs (None without input), and the report it wrote or would write."""

    outputs: list[Array] | None
    report: dict[str, Any]
    generated: Generated
    source: Source


@dataclass(frozen=True)
class ValidateResult:
    """A device's outputs beside the oracle's."""

    outputs: tuple[OutputComparison, ...]
    passed: bool
    tolerance: float
    samples: int
    oracle: str
    target: str
    numeric: str
    math: str
    source: Source
    generated: Generated
    how: str
    input_note: str
    report: dict[str, Any]


@dataclass(frozen=True)
class TargetResult:
    """One row of a validation on several targets.

    Args:
        how: ``host``, ``emulator`` or ``port``; empty if nothing reaches it.
        result: ``pass``, ``fail``, ``does not fit``, ``skipped`` (a tool is missing, or nothing stands in for it) or
            ``error``.
        code: the exit code that says so; 0 for ``pass``.
        reason: why it did not run; empty if it ran.
        facts: of its report, empty if it did not run.
    """

    target: str
    how: str
    result: str
    code: int
    reason: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class ManyResult:
    """A validation on several targets: rows in the order they ran, the exit code, and the report."""

    rows: tuple[TargetResult, ...]
    code: int
    tolerance: float | None
    source: Source
    report: dict[str, Any]
