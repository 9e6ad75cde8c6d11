"""What somebody probably meant who misspelled a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names that are most like a word, the likest first; none where none is like it."""
    names = {name.lower(): name for name in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.lower(), names, most, 0.6)
    begun = [low for low in sorted(names) if len(word) >= 3 and low.startswith(word.lower()) and low not in found]
    return tuple(names[low] for low in (*found, *begun))[:most]


def meant(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The same as a line of advice; nothing where nothing is like it."""
    found = near(word, known)
    return (f"did you mean {' or '.join(found)}?",) if found else ()
