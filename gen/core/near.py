"""Suggestions for a misspelled name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LONG = 7
"""Letters that a chip's name has more than, if it stands for the longer name of a package."""


def near(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names that are most like a word, the likest first; none where none is like it."""
    names = {name.lower(): name for name in sorted(known, reverse=True)}
    matches = difflib.get_close_matches(word.lower(), names, most, 0.6)
    more = [low for low in sorted(names) if len(word) >= 3 and low.startswith(word.lower()) and low not in matches]
    return tuple(names[low] for low in (*matches, *more))[:most]


def meant(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The same as a line of advice; nothing where nothing is like it."""
    names = near(word, known)
    return (f"did you mean {' or '.join(names)}?",) if names else ()


def meant_of(typed: str, said: Mapping[str, str]) -> tuple[str, ...]:
    """Advice for a name that is none, by what is said of each: the names of which all its words are said, else those
    like it, else those of which words with half of its letters are. Of Arduino's ``package:architecture:board`` the
    board is looked for."""
    board = ":".join(typed.split(":")[2:3])
    for words in (board, typed) if board else (typed,):
        shares = _shares(words, said)
        most = max(shares.values())
        best = sorted((name for name, share in shares.items() if share == most), key=lambda name: (len(name), name))
        told = (f"did you mean {' or '.join(best[:3])}?",)
        if most >= 1:
            return told
    return meant(typed, said) or (told if most >= 0.5 else meant(board, said))


def matching(typed: str, said: Mapping[str, str]) -> list[str]:
    """The names of which words are said that begin with each word typed, or with all of them as one."""
    words = _words(typed)
    ways = (words, ["".join(words)])
    spoken = {name: _words(f"{name} {text}") for name, text in said.items()}
    return [name for name in said if words and any(all(_begins_one(w, spoken[name]) for w in way) for way in ways)]


def _shares(typed: str, said: Mapping[str, str]) -> dict[str, float]:
    """The share of the letters typed whose words are said of each name; 1 more for the name itself."""
    words = _words(typed)
    whole = "".join(words)
    shares: dict[str, float] = {}
    for name, text in said.items():
        spoken = _words(f"{name} {text}")
        parts = [word for word in words if word in spoken or (not word.isalpha() and _one_begins(word, spoken))]
        shares[name] = (whole == name.replace("_", "")) + len("".join(parts)) / max(1, len(whole))
    return shares


def _words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.replace("_", " ").lower())


def _one_begins(word: str, spoken: Iterable[str]) -> bool:
    """Whether one word begins with the other: ``stm32f411ceu6`` is a package of the STM32F411CE."""
    return any(other.startswith(word) or (len(other) > LONG and word.startswith(other)) for other in spoken)


def _begins_one(word: str, spoken: Iterable[str]) -> bool:
    return any(other.startswith(word) for other in spoken)
