"""Limits on the results and costs of a model, for the choice of a board and of numeric types."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..core.errors import UsageError
from ..core.settings import Settings
from .compare import OutputComparison

BYTES = {"": 1, "k": 1024, "m": 1024 * 1024}


@dataclass(frozen=True)
class Limits:
    """The limits; None stands for no limit.

    Args:
        rate: steps (or calls) per second.
        error: largest error of an output, in its units.
        drop: points of accuracy that may be lost; without labels, points of agreement with float.
        ms: longest time of a step (or call).
        flash: most bytes of the model.
    """

    rate: float | None = None
    error: float | None = None
    drop: float | None = None
    ms: float | None = None
    flash: int | None = None

    @property
    def period(self) -> float | None:
        """Most milliseconds of a step or call, from ``rate`` and ``ms``."""
        return min((most for most in (self.rate and 1e3 / self.rate, self.ms) if most is not None), default=None)

    @property
    def exact(self) -> bool:
        """Whether the accuracy of results is limited."""
        return self.error is not None or self.drop is not None

    @property
    def costs(self) -> bool:
        """Whether the costs on a board, time or flash, are limited."""
        return self.period is not None or self.flash is not None

    def accepts(self, row: OutputComparison) -> bool:
        """Whether results are within the limits of accuracy."""
        return not self.violation(row)

    def violation(self, row: OutputComparison) -> str:
        """The limit of accuracy that results exceed, with the values; empty if there is none."""
        if self.error is not None and not row.max_abs <= self.error:
            return f"error {row.max_abs:.3g} > {self.error:g}"
        if self.drop is not None and not row.lost <= self.drop / 100:
            return f"{100 * row.lost:.3g} points lost > {self.drop:g}"
        return ""

    def measured(self, row: OutputComparison) -> str:
        """The limits of accuracy, with the measured values."""
        parts = [f"error {row.max_abs:.3g}, at most {self.error:g}"] if self.error is not None else []
        parts += [f"{100 * row.lost:.3g} points lost, at most {self.drop:g}"] if self.drop is not None else []
        return ", ".join(parts)

    def distance(self, row: OutputComparison) -> tuple[float, float]:
        """Sort key: the share beyond the limit, then the error."""
        return (0.0 if self.drop is None else max(0.0, row.lost - self.drop / 100)), row.max_abs

    def order(self, error: float, flash: float, ms: float) -> tuple[float, ...]:
        """Sort key: the quantities without a limit, in the order error, flash, time; then those with one."""
        values = {"error": (error, self.exact), "flash": (flash, self.flash is not None)}
        values["ms"] = (ms, self.period is not None)
        return tuple(value for value, _ in sorted(values.values(), key=lambda pair: pair[1]))

    def check(self, row: OutputComparison) -> None:
        """Refuse ``drop`` for results without an accuracy.

        Raises:
            UsageError: these results have none.
        """
        if self.drop is None:
            return
        why = ""
        if row.scores is not None and row.accuracy_oracle is None:
            why = "the labels are quantities, and the model is a regression"
        elif row.scores is None and row.argmax_agreement is None:
            why = "no labels judge the outputs, and no output has several classes"
        if why:
            raise UsageError(
                f"--max-accuracy-drop means nothing here: {why}", fix="--max-error X, in units of the outputs"
            )

    def __str__(self) -> str:
        parts = []
        if self.rate is not None:
            parts.append(f"{self.rate:g} Hz, a step or call within {1e3 / self.rate:.3g} ms")
        if self.error is not None:
            parts.append(f"an error of at most {self.error:g} in units of the output")
        if self.drop is not None:
            parts.append(f"at most {self.drop:g} points of accuracy lost")
        if self.ms is not None:
            parts.append(f"a step or call within {self.ms:g} ms")
        if self.flash is not None:
            parts.append(f"{self.flash:,} B of flash")
        return "; ".join(parts)


NONE = Limits()


def limits_of(settings: Settings, rate: float | None = None) -> Limits:
    """The limits of settings, and a rate."""
    return Limits(rate, settings.max_error, settings.max_accuracy_drop, settings.max_ms, settings.max_flash)


def unlimited(settings: Settings) -> Settings:
    """Settings without their limits."""
    return replace(settings, max_error=None, max_accuracy_drop=None, max_ms=None, max_flash=None)


def bytes_of(text: str | int) -> int:
    """Bytes from ``64K``, ``64kB``, ``1M`` (of 1,024) or a number.

    Raises:
        UsageError: the text is no such number, or less than one byte.
    """
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([km]?)(?:i?b)?", str(text).strip().lower())
    if parts is None or (size := int(float(parts[1]) * BYTES[parts[2]])) < 1:
        raise UsageError(f'--max-flash {text}: bytes of flash, as "64K"', fix="--max-flash 64K, --max-flash 16000")
    return size
