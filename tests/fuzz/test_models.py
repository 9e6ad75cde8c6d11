"""Random models by fixed seeds: right, or refused as a file. More of them: ``make fuzz minutes=30``."""

from collections import Counter
from pathlib import Path

import pytest
from everything import EVERYTHING

pytest.importorskip("keras", reason="Keras 3 is not installed")
pytest.importorskip("tf_keras", reason="tf_keras is not installed")

from .campaign import BAD, all_kinds, plan_of, work
from .judge import RIGHT
from .options import pool
from .recipe import Plan

CHUNKS, CHUNK = 12 if EVERYTHING else 1, 12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_models(chunk: int, tmp_path: Path) -> None:
    records = list(work(range(chunk * CHUNK, (chunk + 1) * CHUNK), tmp_path, swaps=2))
    wrong = [
        f"seed {one.seed}: {(Path(one.place) / 'README').read_text('utf-8')}" for one in records if one.outcome in BAD
    ]
    assert not wrong, "\n".join(wrong)
    counts = Counter(one.outcome for one in records)
    assert counts[RIGHT] > len(records) // 2, f"hardly a model is translated: {counts}"


def test_every_layer_can_be_drawn() -> None:
    """The registry is what is asked: a layer file that brings cases is in the pool."""
    from layers.lab import cases_of_layers

    assert all_kinds() == {case.layer.class_name for _, case in cases_of_layers() if not case.refused}
    assert all(set(pool(package).values) >= {"units", "axis", "go_backwards"} for package in ("keras", "tf_keras"))


def test_a_seed_is_a_model() -> None:
    """The same one every time, and it can be kept in a file."""
    for seed in (0, 1):
        plan = plan_of(seed)
        assert plan is not None
        assert plan == plan_of(seed)
        assert Plan.loads(plan.dumps()) == plan
