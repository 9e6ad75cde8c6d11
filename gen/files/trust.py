"""What files may have started: each privilege of a file is asked about once, and kept in the user's own folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from ..core.errors import UsageError
from .single import write_file


class UntrustedError(UsageError):
    """A file asks for privileges that nobody has granted.

    Args:
        file: the file.
        privileges: what it would do, each a sentence with the whole command.
    """

    def __init__(self, file: Path, privileges: Sequence[str]) -> None:
        super().__init__(
            f"{file} is not trusted",
            why="; ".join(f"it {each}" for each in privileges),
            fix=(f"read it, then: gatesmith trust {quote(str(file))}", "without a terminal: gatesmith trust --yes"),
        )
        self.file = file
        self.privileges = tuple(privileges)


def folder() -> Path:
    """Where granted privileges are kept: ``$XDG_DATA_HOME/gatesmith/trusted``, or below ``~/.local/share``."""
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local/share") / "gatesmith" / "trusted"


def require(file: Path, privileges: Sequence[str]) -> None:
    """Refuse a file with privileges that were not granted.

    Raises:
        UntrustedError: there are some.
    """
    if missing := [each for each in privileges if not _place(file, each).is_file()]:
        raise UntrustedError(file, missing)


def grant(file: Path, privileges: Sequence[str]) -> None:
    """Trust a file with these privileges; one that is worded otherwise, or of another file, is asked about anew.

    Raises:
        UsageError, MachineError: it cannot be kept.
    """
    for each in privileges:
        place = _place(file, each)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_file(place, f"{file.resolve()}: it {each}\n")


def _place(file: Path, privilege: str) -> Path:
    return folder() / hashlib.sha256(f"{file.resolve()}\n{privilege}".encode()).hexdigest()
