"""Models by their seeds, some at a time: drawn, judged, counted, and the findings written down."""

import contextlib
import json
import logging
import re
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from layers.building import quickly

from gatesmith.core.errors import ExitCode

from . import judge
from .draw import AllRefusedError, draw
from .here import commanded
from .judge import TRACEBACK, WRONG, Verdict
from .kerases import fresh_names
from .recipe import Plan
from .swaps import swapped

AT_ONCE = 16
"""Models in one call of the compiler."""
PATIENCE = 900
"""Seconds for them; a process that takes longer hangs."""
COMMAND_EVERY = 12
"""One model of so many is also given to the command, for its exit code."""
CALLS = 10
"""Calls of ``outcomes`` in a process."""
DIED = "died"
BAD = (WRONG, TRACEBACK, DIED)


@dataclass(frozen=True)
class Record:
    """The outcome of one model.

    Args:
        place: folder of the finding.
        swaps: what became of its file with classes swapped.
    """

    seed: int
    outcome: str
    message: str = ""
    place: str = ""
    swaps: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.outcome}: seed {self.seed}: {self.message} {self.place}"


def for_minutes(first: int, minutes: float, findings: Path) -> Iterator[Record]:
    """Outcomes of models in processes until the time is over; TensorFlow does not give back what it took. Behind a
    process that ends, or hangs, another goes on."""
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        try:
            with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=CALLS) as process:
                while time.monotonic() < end:
                    seeds, first = range(first, first + AT_ONCE), first + AT_ONCE
                    yield from process.submit(outcomes, seeds, findings).result()
        except BrokenProcessPool:
            yield Record(seeds[0], DIED, f"the process of the seeds up to {seeds[-1]}")


def work(seeds: Sequence[int], findings: Path, swaps: int = 8) -> Iterator[Record]:
    """The outcomes of these seeds' models.

    Args:
        findings: folder for reproducers.
        swaps: of classes in each file.
    """
    quiet()
    with tempfile.TemporaryDirectory(prefix="gatesmith-fuzz-") as name:
        folder = Path(name)
        for first in range(0, len(seeds), AT_ONCE):
            plans = [plan for seed in seeds[first : first + AT_ONCE] if (plan := plan_of(seed)) is not None]
            here = folder / str(first)
            here.mkdir()
            for verdict in judge.batch(plans, here):
                yield recorded(verdict, here, findings, swaps)
            shutil.rmtree(here)
            for package in ("keras", "tf_keras"):
                import_module(package).backend.clear_session()


def outcomes(seeds: Sequence[int], findings: Path) -> list[Record]:
    """Those of a process's own, which ends if it hangs."""
    signal.alarm(PATIENCE)
    return list(work(seeds, findings))


def plan_of(seed: int) -> Plan | None:
    package = "keras" if seed % 3 else "tf_keras"
    keras = import_module(package)
    fresh_names(keras)
    with quickly(), contextlib.suppress(AllRefusedError):
        return draw(seed, package, keras)
    return None


def recorded(verdict: Verdict, folder: Path, findings: Path, swaps: int) -> Record:
    plan = verdict.plan
    result = Record(plan.seed, verdict.outcome, verdict.message)
    if verdict.path is not None and plan.seed % COMMAND_EVERY == 0:
        weights = ["--weights", str(verdict.weights)] if verdict.weights is not None else []
        out = ["--target", "host", "-o", str(folder / f"out{plan.seed}")]
        code, *printed = commanded(["generate", str(verdict.path), *weights, *out])
        if code not in (ExitCode.OK, ExitCode.INPUT, ExitCode.BUDGET):
            result = replace(result, outcome=TRACEBACK, message=f"exit code {code}: {''.join(printed)[-600:]}")
    other = swapped(verdict, folder, swaps)
    result = replace(result, swaps=dict(other.counts))
    if other.outcome and result.outcome not in BAD:
        place = findings / f"{plan.package}-{plan.seed}-swapped"
        place.mkdir(parents=True, exist_ok=True)
        (place / "config.json").write_text(json.dumps(other.config), "utf-8")
        (place / "plan.py").write_text(plan.dumps(), "utf-8")
        (place / "README").write_text(f"{other.outcome}: {other.message}\n", "utf-8")
        return replace(result, outcome=other.outcome, message=other.message, place=str(place))
    if result.outcome in BAD:
        result = replace(result, place=str(written(verdict, findings)))
    return result


def written(verdict: Verdict, findings: Path) -> Path:
    """The finding as it was drawn, with its file and numbers."""
    plan = verdict.plan
    place = findings / f"{plan.package}-{plan.seed}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    [last] = judge.batch([plan], place)
    outcome, message = last.outcome or verdict.outcome, last.message or verdict.message
    (place / "README").write_text(f"seed {plan.seed}\n{outcome}: {message}\n", "utf-8")
    (place / "plan.py").write_text(plan.dumps(), "utf-8")
    for name, calls in (("in", last.result.inputs), ("want", last.result.wanted)):
        for number, arrays in enumerate(calls):
            np.savez(place / f"{name}{number or ''}.npz", **{f"{name}_{i}": x for i, x in enumerate(arrays)})
    return place


def reason(text: str) -> str:
    """A refusal without names and numbers, for counting."""
    return re.sub(r"\d+", "N", re.sub(r'"[^"]*"', '"..."', text))[:150]


def quiet() -> None:
    """Keras, TensorFlow and NumPy warn at every model; nobody reads it."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
