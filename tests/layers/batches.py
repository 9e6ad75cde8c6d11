"""Cases as jobs of MicroPythons: made and run by the batch when the first of the batch is asked for."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from everything import EVERYTHING

from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.quantize import quantize

from . import integers
from .feeds import ROWS
from .lab import Calls, Lab, Result, Subject
from .modules import PLACES, WHOLLY, Answers, Fleet, Job, modules

BATCH = 40
FLOAT = "float32"
VIPER, PLAIN = "viper", "plain"


@dataclass(frozen=True)
class Chosen:
    """A case in one place.

    Args:
        where: the MicroPython.
        numeric: type of the model.
        module: of integers ``viper`` or ``plain``, the fallback; of float nothing.
    """

    where: str
    numeric: str
    module: str
    subject: Subject

    @property
    def batch(self) -> tuple[str, str, str]:
        return self.where, self.numeric, self.module

    @property
    def rows(self) -> slice:
        """Rows of Keras's feeds that it takes: three, and the other three in another place; of edges always the first
        ones, where every edge is. All with ``GATESMITH_EVERYTHING``, or where everything runs."""
        if EVERYTHING or self.where in WHOLLY:
            return slice(None)
        if "edges" in self.subject.feeds:
            return slice(3)
        return slice((zlib.crc32(self.subject.id.encode()) + PLACES.index(self.where)) % 2, None, 2)

    def __str__(self) -> str:
        return "-".join(part for part in (*self.batch, self.subject.package, self.subject.id) if part)


@dataclass(frozen=True)
class Ready:
    """A case that has run.

    Args:
        wanted: what Keras computed, of the job's rows.
        graph: what was computed.
        job: its model and what it was fed.
        answers: asks when it is called, and raises what stopped the model.
    """

    wanted: Calls
    graph: Graph
    job: Job
    answers: Callable[[], Answers]

    def reference(self, dtype: type) -> Calls:
        reference = Reference(self.graph, dtype)
        return [reference.run(list(call)) for call in self.job.inputs]


class Batches:
    """Cases of a session.

    Args:
        chosen: of all tests to come, in their order.
    """

    def __init__(self, lab: Lab, fleet: Fleet, chosen: Sequence[Chosen]) -> None:
        self.lab = lab
        self.fleet = fleet
        self.chosen: dict[tuple[str, str, str], list[Chosen]] = {}
        for one in chosen:
            self.chosen.setdefault(one.batch, []).append(one)
        self._made: dict[tuple[str, Subject], tuple[Graph, Job] | Exception] = {}
        self._jobs: dict[Chosen, tuple[Graph, Job] | Exception] = {}
        self._worked: set[tuple[tuple[str, str, str], int]] = set()

    def ready(self, one: Chosen) -> Ready:
        """The case, run with its batch.

        Raises:
            UnsupportedError: it has no form in this numeric type.
        """
        batch = self.chosen[one.batch]
        number = batch.index(one) // BATCH
        if (one.batch, number) not in self._worked:
            self._worked.add((one.batch, number))
            results = [self._prepared(each) for each in batch[number * BATCH : (number + 1) * BATCH]]
            self.fleet.work(one.where, [result[1] for result in results if not isinstance(result, Exception)])
        result = self._prepared(one)
        if isinstance(result, Exception):
            raise result
        graph, job = result
        wanted = [[y[one.rows] for y in call] for call in self.lab.result(one.subject).wanted]
        return Ready(wanted, graph, job, lambda: self.fleet.answers(one.where, job))

    def _prepared(self, one: Chosen) -> tuple[Graph, Job] | Exception:
        if one not in self._jobs:
            key = one.numeric, one.subject
            if key not in self._made:
                try:
                    self._made[key] = prepared(self.lab.result(one.subject), one.subject, one.numeric)
                except Exception as error:
                    self._made[key] = error
            result = self._made[key]
            self._jobs[one] = result if isinstance(result, Exception) else (result[0], taken(one, result[1]))
        return self._jobs[one]


def taken(one: Chosen, job: Job) -> Job:
    """The job for its place: of Keras's rows, which come first, only those of this place."""
    rows = [*range(ROWS)[one.rows], *range(ROWS, job.rows)]
    return Job(job.code, [[x[rows] for x in call] for call in job.inputs], native=one.module != PLAIN)


def prepared(result: Result, subject: Subject, numeric: str) -> tuple[Graph, Job]:
    """A case's graph and modules, and what they are fed: of integers also the ends of every type and noise over all
    of it, each twice, the second behind what the first left.

    Raises:
        Exception: what stopped it.
    """
    if result.error is not None:
        raise result.error
    assert result.graph is not None
    if numeric == FLOAT:
        return result.graph, Job(modules(result.graph), result.inputs)
    calm = integers.calm(result.inputs, " ".join(subject.feeds))
    fused = fuse(result.graph)
    graph = quantize(fused, integers.ranges(fused, calm), NUMERICS[numeric])
    code = modules(graph, numeric)
    *normal, extremes = integers.feeds(integers.Integers(graph, code), result.inputs, np.random.default_rng(7))
    calls = [*normal, normal[0]][:2]
    return graph, Job(code, [[np.concatenate([x, y]) for x, y in zip(c, extremes, strict=True)] for c in calls])
