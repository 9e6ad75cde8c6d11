"""Trust in files that start programs: the user grants each privilege of a file once, in a folder of the user's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from ..core.errors import UsageError
from .single import write_file


class UntrustedError(UsageError):
    """A file needs privileges that the user has not granted.

    Args:
        file: the file.
        privileges: the actions of the file, each a sentence with the complete command.
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
    """The folder of granted privileges: ``$XDG_DATA_HOME/gatesmith/trusted``, or below ``~/.local/share``."""
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
    """Grant a file these privileges; one with another wording or for another file has to be granted again.

    Raises:
        UsageError, MachineError: the grant cannot be written.
    """
    for each in privileges:
        place = _place(file, each)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_file(place, f"{file.resolve()}: it {each}\n")


def _place(file: Path, privilege: str) -> Path:
    return folder() / hashlib.sha256(f"{file.resolve()}\n{privilege}".encode()).hexdigest()
