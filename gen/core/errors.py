"""The errors that a user can cause, with their exit codes.

The shape of a message: what | where (file, layer) | why | what to do. ``cli`` prints it; nothing else does.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from enum import IntEnum

EXHAUSTED = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EIO", "EINTR", "ENOMEM", "EMFILE", "ENFILE", "EFBIG", "EROFS")
    if hasattr(errno, name)
)
"""Error numbers of an exhausted or failing system: no command line, model or board is wrong."""


IMPOSSIBLE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL})
"""Error numbers of a path at which no file can be."""
STARVED = ("annot allocate memory", "failed to map segment", "can't start new thread")
"""Words of loaders and threads, whose errors have no number, for an exhausted system."""


ERROR_SCHEMA = "gatesmith/error/1"


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
    SYSTEM = 71


class GatesmithError(Exception):
    """A refusal with its reason.

    Args:
        what: the problem, in one sentence.
        where: file, and layer or array, in a person's words.
        why: the cause, if ``what`` does not make it plain.
        fix: the remedies, the most likely first.
    """

    exit_code: ExitCode = ExitCode.INPUT

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str | tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix: tuple[str, ...] = (fix,) if isinstance(fix, str) and fix else tuple(fix)

    def __str__(self) -> str:
        """The whole message, as a notebook shows it at the end of a traceback."""
        fixes = [("   " if index else "fix", line) for index, line in enumerate(self.fix)]
        parts = [("in ", self.where), ("why", self.why), *fixes]
        return "\n".join([self.what, *(f"  {name}  {text}" for name, text in parts if text)])

    def reworded(self, words: Callable[[str], str]) -> None:
        """Replace every text of the error by ``words`` of it."""
        self.what, self.where, self.why = words(self.what), words(self.where), words(self.why)
        self.fix = tuple(words(line) for line in self.fix)
        self.args = (self.what,)


class ModelError(GatesmithError):
    """The file is damaged, hostile, or not a Keras model."""


class UnsupportedError(GatesmithError):
    """The file is a valid Keras model that contains something Gatesmith does not translate."""


class DataError(GatesmithError):
    """Inputs, labels or calibration data do not fit the model."""


class UsageError(GatesmithError):
    """The command line requests something that does not exist, or options that exclude each other."""

    exit_code = ExitCode.USAGE


class BudgetError(GatesmithError):
    """The model does not fit the target."""

    exit_code = ExitCode.BUDGET


class AccuracyError(GatesmithError):
    """No form of the model is as accurate as requested."""

    exit_code = ExitCode.VALIDATION


class DeviceError(GatesmithError):
    """A board, emulator or link failed: silent, wrong model, broken frame, time limit."""

    exit_code = ExitCode.DEVICE


class BuildError(GatesmithError):
    """A compiler or another tool failed."""

    exit_code = ExitCode.BUILD


class MachineError(GatesmithError):
    """This machine lacks memory, disk space, or a writable place for output."""

    exit_code = ExitCode.SYSTEM


class BugError(GatesmithError):
    """An error that should not have happened.

    Args:
        error: the error that was raised.
    """

    exit_code = ExitCode.BUG

    def __init__(self, error: BaseException) -> None:
        words = str(error).strip().split("\n")[0][:300]
        super().__init__(
            "this is a bug in Gatesmith, not in your model",
            why=f"{type(error).__name__}: {words}" if words else type(error).__name__,
            fix=("report it with the command and, if you can, the model", "GATESMITH_DEBUG=1 shows where it happened"),
        )


def report_together(checks: Iterable[Callable[[], object]]) -> None:
    """Run all checks and report all failures at once: a user can then correct the whole command line.

    Raises:
        UsageError: at least one check failed.
    """
    errors: list[UsageError] = []
    for check in checks:
        try:
            check()
        except UsageError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        fixes = (f"{error.what}: {error.fix[0]}" if error.fix else error.what for error in errors)
        raise UsageError(f"{len(errors)} options are wrong", fix=tuple(fixes))


def exhaustion(error: BaseException) -> str:
    """The resource that this machine lacks, if that caused the error; else an empty string."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return "there is not enough memory"
        if isinstance(cause, OSError) and cause.errno in EXHAUSTED:
            return f"{cause.strerror}{f': {cause.filename}' if cause.filename else ''}"
        if isinstance(cause, (ImportError, RuntimeError)):
            lines = [line.strip() for line in str(cause).splitlines() if any(words in line for words in STARVED)]
            if lines:
                return lines[0]
        cause = cause.__cause__ or cause.__context__
    return ""


def write_error(what: str, error: OSError, why: str = "") -> GatesmithError:
    """The error for a file that cannot be written: the user's if the path is impossible, else the machine's."""
    kind = UsageError if error.errno in IMPOSSIBLE else MachineError
    fix = "name a place in a folder that is yours to write and has room"
    return kind(f"{what}: {error.strerror or error}", why=why, fix=fix)
