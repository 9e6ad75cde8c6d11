"""Random models by fixed seeds: right, or refused as a file. More of them: ``make fuzz minutes=30``, which writes what
is wrong into out/fuzz; a finding's seed is its model, and GATESMITH_FIRST begins with it."""

from collections import Counter
from pathlib import Path

import pytest
from everything import EVERYTHING, FIRST, MINUTES

pytest.importorskip("keras", reason="Keras 3 is not installed")
pytest.importorskip("tf_keras", reason="tf_keras is not installed")

from . import judge
from .campaign import BAD, for_minutes, plan_of, reason, work
from .judge import REFUSED, RIGHT, WRONG

CHUNKS, CHUNK = 12 if EVERYTHING and not MINUTES else 1, 12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_models(chunk: int, tmp_path: Path) -> None:
    first = FIRST + chunk * CHUNK
    some = work(range(first, first + CHUNK), tmp_path, swaps=2)
    records = list(for_minutes(FIRST, MINUTES, Path("out/fuzz")) if MINUTES else some)
    counts, swaps = Counter(one.outcome for one in records), sum((Counter(one.swaps) for one in records), Counter())
    print(f"models from seed {FIRST} on: {dict(counts)}; with a class's name in the place of another: {dict(swaps)}")
    refusals = Counter(reason(one.message) for one in records if one.outcome == REFUSED)
    print("\n".join(f"{count:6} {why}" for why, count in refusals.most_common(40)))
    wrong = [str(one) for one in records if one.outcome in BAD]
    assert not wrong, "\n".join(wrong)
    assert counts[RIGHT] > len(records) // 2, f"hardly a model is translated: {counts}"


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_number_is_wrong(tmp_path: Path) -> None:
    """A judge that forgives all would find nothing."""
    verdicts = judge.batch([plan for seed in range(4) if (plan := plan_of(seed))], tmp_path)
    right = [verdict for verdict in verdicts if verdict.outcome == RIGHT]
    assert len(right) > 1
    for verdict in right:
        verdict.result.compiled = [[1.001 * y + 1e-3 for y in call] for call in verdict.result.compiled]
        judge.decide(verdict)
        assert verdict.outcome == WRONG, verdict.plan
