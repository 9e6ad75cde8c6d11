"""Suggestions for a misspelled name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LONG = 7
"""A package's name may begin with a chip's name of more than this many letters."""


def near(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known names most similar to a word, the most similar first; none if none is similar."""
    names = {name.lower(): name for name in sorted(known, reverse=True)}
    matches = difflib.get_close_matches(word.lower(), names, most, 0.6)
    more = [low for low in sorted(names) if len(word) >= 3 and low.startswith(word.lower()) and low not in matches]
    return tuple(names[low] for low in (*matches, *more))[:most]


def meant(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The same as a line of advice; empty if no name is similar."""
    names = near(word, known)
    return (f"did you mean {' or '.join(names)}?",) if names else ()


def meant_of(typed: str, said: Mapping[str, str]) -> tuple[str, ...]:
    """Advice for an unknown name, from a description of each known name. Suggested are the names whose description has
    all typed words, else similar names, else names whose description has half of the letters typed. If ``typed`` is
    Arduino's ``package:architecture:board``, only its board is looked up."""
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
    """The names whose descriptions have, for each word typed, a word that begins with it; or one that begins with all
    of them joined."""
    words = _words(typed)
    ways = (words, ["".join(words)])
    spoken = {name: _words(f"{name} {text}") for name, text in said.items()}
    return [name for name in said if words and any(all(_begins_one(w, spoken[name]) for w in way) for way in ways)]


def _shares(typed: str, said: Mapping[str, str]) -> dict[str, float]:
    """For each name, the share of the typed letters whose words are in its description; 1 more if the name itself was
    typed."""
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
