"""The fleet itself: one model's failure stays its own, and what is recorded does not run again."""

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker

from gatesmith.core.errors import DeviceError
from gatesmith.core.functions import Function
from gatesmith.layers.activation import Activation

from .modules import NAME, PLACES, Fleet, Job, Running, lacking, modules


def job(broken: Mapping[str, str] | None = None, size: int = 3) -> Job:
    """A model of one tanh; parts of its module's text replaced."""
    maker = Maker(random.Random(1).choice, 1)
    maker.output("y", maker.add("f", Activation(Function("tanh")), maker.input("x", size))[0])
    made = modules(maker.graph())
    text = made.files[f"{NAME}.py"]
    for old, new in (broken or {}).items():
        assert old in text
        text = text.replace(old, new)
    made = replace(made, files={**made.files, f"{NAME}.py": text})
    return Job(made, [[np.linspace(-1, 1, 2 * size, dtype=np.float32).reshape(2, size)]])


@pytest.mark.parametrize("where", PLACES)
def test_a_failure_is_its_own(where: str, tmp_path: Path) -> None:
    if missing := lacking(where):
        pytest.skip(f"{where}: {missing} is missing")
    begins = "class Model:"
    jobs = {
        "good": job(),
        "raises": job({begins: f"1 / 0\n\n\n{begins}"}),
        "good again": job(size=4),
        "wrong id": job({'MODEL_ID = "': 'MODEL_ID = w.MODEL_ID = "0'}),
        "good at the end": job(size=5),
    }
    fleet = Fleet(tmp_path, "")
    fleet.work(where, list(jobs.values()))
    for name, one in jobs.items():
        if name.startswith("good"):
            got = fleet.answers(where, one).calls[0][0]
            np.testing.assert_allclose(got, np.tanh(one.inputs[0][0]), atol=1e-6)
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        fleet.answers(where, jobs["raises"])
    with pytest.raises(AssertionError, match="it is 0"):
        fleet.answers(where, jobs["wrong id"])


def test_what_is_recorded_does_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = PLACES[0]
    if missing := lacking(where):
        pytest.skip(f"{where}: {missing} is missing")
    record = tmp_path / "record.jsonl"
    known, other = job(), job(size=4)
    Fleet(tmp_path, str(record)).work(where, [known])
    ran: list[str] = []
    ask = Running._ask
    monkeypatch.setattr(Running, "_ask", lambda self, jobs: (ran.extend(j.id for j in jobs), ask(self, jobs))[1])
    fleet = Fleet(tmp_path, str(record))
    fleet.work(where, [known, other])
    assert ran == [other.id]
    np.testing.assert_allclose(fleet.answers(where, known).calls[0][0], np.tanh(known.inputs[0][0]), atol=1e-6)
    changed = job({"class Model:": "# changed\nclass Model:"})
    assert changed.id != known.id
