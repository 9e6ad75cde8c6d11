"""Everything a user can cause, with the exit code that answers it.

The shape of a message: what | where (file, layer) | why | what to do. ``cli`` prints it; nothing else does.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The command's answer to a script. The table is part of the interface (see README)."""

    OK = 0
    USAGE = 2
    INPUT = 3
    VALIDATION = 4
    BUDGET = 5
    DEVICE = 6
    BUILD = 7
    BUG = 70


class GatesmithError(Exception):
    """A refusal with its reason.

    Args:
        what: one sentence: what cannot be done.
        where: file, and layer or array, as a person would say it.
        why: the cause, if it is not plain from ``what``.
        fix: what to do, most likely remedy first.
    """

    exit_code: ExitCode = ExitCode.INPUT

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str | tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix: tuple[str, ...] = (fix,) if isinstance(fix, str) and fix else tuple(fix)


class ModelError(GatesmithError):
    """The file is damaged, hostile, or not a Keras model."""


class UnsupportedError(GatesmithError):
    """The file is a good Keras model that holds something Gatesmith does not translate."""


class DataError(GatesmithError):
    """Inputs, labels or calibration data do not fit the model."""


class UsageError(GatesmithError):
    """The command line asks for something that does not exist or does not go together."""

    exit_code = ExitCode.USAGE


class BudgetError(GatesmithError):
    """The model does not fit the target."""

    exit_code = ExitCode.BUDGET


class DeviceError(GatesmithError):
    """A board, emulator or link failed: silent, wrong model, broken frame, time limit."""

    exit_code = ExitCode.DEVICE


class BuildError(GatesmithError):
    """A compiler or another tool failed."""

    exit_code = ExitCode.BUILD
