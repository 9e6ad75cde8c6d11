"""Programs measured: outputs and costs of each distinct one, got once, two at a time, and kept for the next command.

What is distinct: the generated files but for the board's name in them, the core and its compiler with its flags, the
buffers' lengths, and the inputs. Boards that share all of that share the measurement; what is theirs alone, the clock
and the bounds of their memory, is looked at for each.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Any, Self

from ..backends.base import Generated
from ..boards import cycles
from ..core.errors import BudgetError
from ..core.graph import Array
from ..core.settings import SILENT, Progress
from ..files.store import Store, digest
from ..importers.reading import Model
from ..quantization.observations import Observations
from ..run.built import Built
from ..run.link import lifetime, transport
from ..run.toolchain import board as firmware
from ..run.toolchain import cache, host
from .built import linked, prepared
from .costs import costs_of
from .plan import Plan
from .program import program
from .send import send, send_calls

AT_ONCE = 2
NAMED = re.compile(r"(?m)^((?: \* )?Target  )[^,\n]+")
"""Where a generated file names its board: what comes before the name is kept."""


@dataclass(frozen=True)
class Ran:
    """A program that ran.

    Args:
        built: the generated files and the route.
        raw: its outputs as it gives them, (samples, ...) each.
        costs: facts of a report.
        memory: bytes of an emulated program, as of :func:`gatesmith.run.toolchain.board.occupied`; None elsewhere.
        when: the day it ran, where that was earlier; else empty.
    """

    built: Built
    raw: tuple[Array, ...]
    costs: Mapping[str, Any]
    memory: host.Sections | None = None
    when: str = ""


def store(wanted: bool = True) -> Store | None:
    """Where measurements are kept; None for nowhere."""
    return cache.answers() if wanted else None


def run(
    ready: Built,
    plan: Plan,
    inputs: Sequence[Array] | None,
    measured: bool | None = True,
    fit: bool = True,
    progress: Progress = SILENT,
    step: str = "validate",
    stateful: bool = False,
) -> Ran:
    """Compile what is ready, send it inputs, and count what it costs.

    Args:
        inputs: real numbers, (samples, ...) each; without them it only says hello.
        measured: as of :func:`gatesmith.flow.costs.costs_of`.
        fit: refuse a program that does not fit its board.
        step: what sending them is called.
        stateful: inputs are (calls, rows, ...).

    Raises:
        GatesmithError: it cannot be built, does not fit, or its device fails.
    """
    with linked(ready, plan, progress, bool(measured), fit) as built:
        with progress.step(step), built.start() as device:
            taken = () if inputs is None else built.take(inputs)
            if stateful and taken:
                raw = send_calls(device, taken, progress)
            else:
                raw = send(device, taken, built.by_steps, progress) if taken else []
        costs = costs_of(built, inputs, stateful, measured)
        memory = None
        if built.program is not None and built.route.emulator is not None:
            memory = firmware.occupied(built.program)
    return Ran(built, tuple(raw), costs, memory)


class Measurements:
    """What a command measures, each distinct program once. A context: leaving it ends what still runs.

    Args:
        answers: of earlier commands; None to measure anew.
    """

    def __init__(self, answers: Store | None) -> None:
        self._answers = answers
        self._generated: dict[object, Generated] = {}
        self._jobs: dict[str, Future[Ran]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, "measure", lifetime.lives)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = [] if kind is None else [job for job in self._jobs.values() if not job.cancel()]
        while running := [job for job in running if not job.done()]:
            transport.end_all()  # again and again: a program that was being built starts afterwards
            wait(running, timeout=0.2)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def ready(self, model: Model, plan: Plan, seen: Observations | None = None) -> Built:
        """The generated files of a plan, written once for all boards that take the same.

        Raises:
            BudgetError: they surely do not fit the board.
        """
        board = plan.target
        settings = replace(plan.settings, target="", numeric=None, emulate=False, port=None)
        alike = (
            id(model.graph), plan.numeric.name, plan.backend, board.family, board.word, board.layout,
            board.constants, settings,
        )  # fmt: skip
        generated = self._generated.get(alike)
        if generated is None:
            generated = self._generated[alike] = program(model, plan, seen=seen)
        return prepared(model, plan, seen=seen, generated=_for(generated, board.name))

    def begin(self, ready: Built, plan: Plan, inputs: Sequence[Array]) -> Callable[[], Ran]:
        """Start to measure, or to look up; what is returned waits for the answer, of this very board.

        Raises, when it is asked:
            GatesmithError: as :func:`run`.
        """
        key = _key(ready, plan, inputs)
        mine = None
        if key not in self._jobs:
            mine = self._jobs[key] = self._pool.submit(self._measured, key, ready, plan, inputs)
        job = self._jobs[key]

        def answer() -> Ran:
            try:
                ran = job.result()
            except BudgetError:
                if job is mine:
                    raise
                ran = run(ready, plan, inputs)  # the linker's complaint, of this board
            if ran.memory is not None:
                firmware.require_fit(plan.target, ran.memory)
            return replace(ran, built=ready)

        return answer

    def _measured(self, key: str, ready: Built, plan: Plan, inputs: Sequence[Array]) -> Ran:
        known = self._answers.get(key) if self._answers is not None else None
        if known is not None:
            arrays, facts = known
            memory = facts["memory"] and host.Sections(**facts["memory"])
            return Ran(ready, tuple(arrays), facts["costs"], memory, facts["when"])
        ran = run(ready, plan, inputs, fit=False)
        if self._answers is not None:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            memory = ran.memory and asdict(ran.memory)
            self._answers.put(key, ran.raw, {"costs": dict(ran.costs), "memory": memory, "when": today})
        return ran


def _for(generated: Generated, board: str) -> Generated:
    """Files that name this board."""
    return replace(generated, files={path: NAMED.sub(rf"\g<1>{board}", text) for path, text in generated.files.items()})


def _key(ready: Built, plan: Plan, inputs: Sequence[Array]) -> str:
    """What a measurement follows from."""
    route, board = ready.route, plan.target
    files = [part for path, text in sorted(ready.generated.files.items()) for part in (path, NAMED.sub(r"\g<1>", text))]
    stands_in = route.emulator or route.board
    tools = [board.compiler.command or host.find_compiler().split()[0]]
    tools += [word for word in stands_in.command if not word.startswith(("-", "{"))][:1] if stands_in else ["valgrind"]
    parts = [
        "program", *files, repr(stands_in), *map(cache.stamp, tools), *map(cache.stamp, _sources()),
        board.family, *board.compiler.flags(plan.exact), str(ready.lengths), str(ready.by_steps), plan.backend,
        plan.numeric.name, cache.stamp(str(route.board.image)) if route.board is not None else "", digest(inputs),
    ]  # fmt: skip
    if (table := cycles.of(board)) is not None:
        parts.append(f"{table.kinds} {table.issue} {table.source} {table.checked} {table.error} {board.waits}")
    if plan.backend != "c99" or not stands_in:
        parts.append(f"{os.uname().machine}")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


SOURCES = (".c", ".h", ".S", ".ld", ".cjs", ".py", ".yaml", ".txt")


def _sources() -> list[str]:
    """The files that are compiled beside a model, and that emulate."""
    folder = host.firmware()
    return sorted(str(path) for path in folder.rglob("*") if path.suffix in SOURCES)
