"""Names of classes and units of quantities for examples, from the settings or from the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..backends.usage import OutputNames
from ..core.errors import UsageError
from ..core.settings import Settings
from .samples import read_words

LONGEST = 80
"""Most characters of a name."""


def words_of(settings: Settings) -> OutputNames:
    """The names that examples print: those of ``--classes`` and ``--units``, else the data's ``classes`` and ``units``.

    Raises:
        UsageError: a name is empty, too long or given twice.
        DataError: the data's names are no list of words.
    """
    data = settings.calibration_data
    classes = _listed("--classes", settings.classes) or (read_words(data, "classes") if data else ())
    units = _listed("--units", settings.units) or (read_words(data, "units") if data else ())
    if len(set(classes)) < len(classes):
        raise UsageError("a class is named twice", why=", ".join(classes), fix="a name of its own for each class")
    return OutputNames(classes, units)


def _listed(option: str, values: Sequence[str]) -> tuple[str, ...]:
    """Words of an option: separated by commas, or the lines of a text file."""
    words: list[str] = []
    for one in values:
        lines = _lines(Path(one), option) if one.endswith(".txt") else one.split(",")
        words += [line.strip() for line in lines]
    for word in words:
        if not word or len(word) > LONGEST or not word.isprintable():
            raise UsageError(
                f"{option}: {word[:LONGEST]!r} is no name",
                fix=f"names of 1 to {LONGEST} printable characters, separated by commas, or a .txt file, one a line",
            )
    return tuple(words)


def _lines(path: Path, option: str) -> list[str]:
    """A file's lines, without numbers if they are numbered, as in Teachable Machine's ``labels.txt``."""
    try:
        lines = path.read_text("utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{option}: {path} cannot be read", why=str(error), fix="names separated by commas") from error
    matches = [match for line in lines if (match := re.fullmatch(r"(\d+)\s+(.+)", line))]
    names, numbers = {match[2]: None for match in matches}, [int(match[1]) for match in matches]
    numbered = numbers in (list(range(len(lines))), list(range(1, len(lines) + 1)))
    return list(names) if numbered and len(names) == len(lines) else lines
