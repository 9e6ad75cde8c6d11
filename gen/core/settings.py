"""What a command line may choose, and who is told how far the work is: plain data that every room may be given."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

OBSERVERS = ("minmax", "percentile", "mse")
"""Rules for the ranges that 8 bits cover (:mod:`gatesmith.quantization.calibrate`)."""
AUTO = "auto"
"""Stands for the numeric type, or the observer, that data choose."""
LIVE_MODEL = "live model "
"""Begins the name of a model that has no file."""


class Progress(Protocol):
    """Told of each step of the flow."""

    def step(self, name: str) -> AbstractContextManager[object]: ...

    def ended(self, how: str) -> None:
        """How the step that is on ended, where it did not raise and is not well either."""

    def counted(self, done: int, total: int) -> None:
        """How many parts of the step that is on are done."""


class Silent:
    """Progress that nobody watches."""

    def step(self, name: str) -> AbstractContextManager[object]:
        del name
        return nullcontext()

    def ended(self, how: str) -> None:
        del how

    def counted(self, done: int, total: int) -> None:
        del done, total


SILENT = Silent()


@dataclass(frozen=True)
class Settings:
    """What a command line may choose; None leaves it to the file or the target."""

    target: str = "host"
    backend: str | None = None
    numeric: str | None = None
    math: str = "fast"
    asm: bool = True
    """Whether kernels may be written in assembly; else they are C, which computes the same."""
    optimize: str | None = None
    """``speed``, ``size`` or ``balanced``; the target's own without it."""
    name: str | None = None
    weights: Path | None = None
    keras_backend: str | None = None
    stop_before: str | None = None
    written_by: str | None = None
    length: tuple[str, ...] = ()
    lambdas: tuple[str, ...] = ()
    """``NAME=EXPRESSION``: what a Lambda layer computes."""
    custom: Path | None = None
    """The user's module whose classes Keras loads the file with; it is executed."""
    max_steps: int | None = None
    stream: bool = False
    """Whether convolutions and poolings go along time step by step; else only models that cannot do otherwise."""
    window: int | None = None
    hop: int | None = None
    """Of a stream: outputs are the model's on the last ``window`` steps, anew after ``hop``."""
    carry_state: str | None = None
    """Recordings on which it is measured what it changes that states go on from window to window, as they then do."""
    own_inputs: bool = False
    """Whether inputs that are no sequences lie in the model's own working memory."""
    own_outputs: bool = False
    """The same of outputs."""
    emulate: bool = False
    port: str | None = None
    calibration: str | None = None
    keep: tuple[str, ...] = ()
    observer: str = "minmax"
    max_error: float | None = None
    max_accuracy_drop: float | None = None
    max_flash: int | None = None
    max_ms: float | None = None
    format: str | None = None
    """What surrounds the generated code; the target's own without it."""
    classes: tuple[str, ...] = ()
    """Names of the classes that examples print, in the order of the outputs; the data's own without them."""
    units: tuple[str, ...] = ()
    """Units of the quantities that examples print: one, or one a value."""
    shown: str | None = None
    """What pages call the model's file; its path without it."""
    samples: int | None = None
    """Of the data that judge, so many samples, evenly spaced; without data, so many are chosen."""
    budget: bool = True
    """Whether what surely does not fit the board is refused before it is compiled."""
    cache: bool = True
    """Whether what an earlier command measured is taken for this one, and kept for the next."""

    @property
    def has_goals(self) -> bool:
        """Whether accuracy is limited."""
        return self.max_error is not None or self.max_accuracy_drop is not None
