"""Mutants of model files, by seed: read or refused, also where the parser crashes. More: ``make fuzz-files``."""

from __future__ import annotations

from . import file_fuzz
from .file_fuzz import READ, REFUSED

MUTANTS = 4000


def test_mutants() -> None:
    counts, findings = file_fuzz.campaign(0, MUTANTS)
    assert not findings, "\n".join(findings[:5])
    assert sum(counts.values()) == MUTANTS
    outcomes = {name: sum(n for (_, outcome), n in counts.items() if outcome == name) for name in (READ, REFUSED)}
    assert outcomes[READ] > MUTANTS // 50, "the mutants are all refused"
    assert outcomes[REFUSED] > MUTANTS // 4, "the mutants are hardly changed"
