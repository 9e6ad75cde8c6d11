"""Suggestions for a misspelled name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LONG = 7
"""A package's name may begin with a chip's name of more than this many letters."""


def near(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names most similar to a word, the most similar first; none if none is similar."""
    names = {name.lower(): name for name in sorted(known, reverse=True)}
    matches = difflib.get_close_matches(word.lower(), names)
    more = [low for low in sorted(names) if len(word) >= 3 and low.startswith(word.lower()) and low not in matches]
    return tuple(names[low] for low in (*matches, *more))[:3]


def hint(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The same as a line of advice; empty if no name is similar."""
    names = near(word, known)
    return (f"did you mean {' or '.join(names)}?",) if names else ()


def hint_for(typed: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Advice for an unknown name, from a description of each known name. Suggested are the names whose description has
    all typed words, else similar names, else names whose description has half of the letters typed. If ``typed`` is
    Arduino's ``package:architecture:board``, only its board is looked up."""
    board = ":".join(typed.split(":")[2:3])
    for words in (board, typed) if board else (typed,):
        shares = _shares(words, texts)
        most = max(shares.values())
        best = sorted((name for name, share in shares.items() if share == most), key=lambda name: (len(name), name))
        advice = (f"did you mean {' or '.join(best[:3])}?",)
        if most >= 1:
            return advice
    return hint(typed, texts) or (advice if most >= 0.5 else hint(board, texts))


def matching(typed: str, texts: Mapping[str, str]) -> list[str]:
    """The names whose descriptions have, for each word typed, a word that begins with it; or one that begins with all
    of them joined."""
    words = _words(typed)
    forms = (words, ["".join(words)])
    spoken = {name: _words(f"{name} {text}") for name, text in texts.items()}
    return [name for name in texts if words and any(all(_begins_one(w, spoken[name]) for w in form) for form in forms)]


def _shares(typed: str, texts: Mapping[str, str]) -> dict[str, float]:
    """For each name, the share of the typed letters whose words are in its description; 1 more if the name itself was
    typed."""
    words = _words(typed)
    joined = "".join(words)
    shares: dict[str, float] = {}
    for name, text in texts.items():
        spoken = _words(f"{name} {text}")
        parts = [word for word in words if word in spoken or (not word.isalpha() and _one_begins(word, spoken))]
        shares[name] = (joined == name.replace("_", "")) + len("".join(parts)) / max(1, len(joined))
    return shares


def _words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", text.replace("_", " ").lower())


def _one_begins(word: str, spoken: Iterable[str]) -> bool:
    """Whether one word begins with the other: ``stm32f411ceu6`` is a package of the STM32F411CE."""
    return any(other.startswith(word) or (len(other) > LONG and word.startswith(other)) for other in spoken)


def _begins_one(word: str, spoken: Iterable[str]) -> bool:
    return any(other.startswith(word) for other in spoken)
