"""Measurements of programs: outputs and costs, once per distinct program, two at a time, cached for later commands.

Programs are distinct by the generated files without the board's name, the core, the compiler with its flags, the
buffers' lengths, and the inputs. Boards that share all of these share the measurement. The clock and the bounds of the
memory are each board's own.
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
from .send import send

AT_ONCE = 2
NAMED = re.compile(r"(?m)^((?: \* )?Target  )[^,\n]+")
"""The board's name in a generated file; the group is the text before it."""


@dataclass(frozen=True)
class DeviceRun:
    """The results of a program that ran.

    Args:
        built: the generated files and the route.
        raw: its outputs in its own types, (samples, ...) each.
        costs: facts of a report.
        memory: bytes of an emulated program, by :func:`gatesmith.run.toolchain.board.occupied`; None otherwise.
        cached_on: the day on which it ran, if the results are cached; else empty.
    """

    built: Built
    raw: tuple[Array, ...]
    costs: Mapping[str, Any]
    memory: host.Sections | None = None
    cached_on: str = ""


def store(enabled: bool = True) -> Store | None:
    """The cache of measurements; None if it is disabled."""
    return cache.answers() if enabled else None


def run(
    files: Built,
    plan: Plan,
    inputs: Sequence[Array] | None,
    measured: bool | None = True,
    fit: bool = True,
    progress: Progress = SILENT,
    step: str = "validate",
) -> DeviceRun:
    """Compile generated files, send inputs to the program, and count its costs.

    Args:
        inputs: real numbers, (samples, ...) each; without them the program is only started.
        measured: as for :func:`gatesmith.flow.costs.costs_of`.
        fit: whether to refuse a program that does not fit its board.
        step: name of the step in which inputs are sent.

    Raises:
        GatesmithError: the program cannot be built, does not fit, or its device fails.
    """
    with linked(files, plan, progress, bool(measured), fit) as built:
        with progress.step(step), built.start() as device:
            numbers = () if inputs is None else built.take(inputs)
            raw = send(device, numbers, built.by_steps, progress) if numbers else []
        costs = costs_of(built, inputs, measured)
        memory = None
        if built.program is not None and built.route.emulator is not None:
            memory = firmware.occupied(built.program)
    return DeviceRun(built, tuple(raw), costs, memory)


class Measurements:
    """The measurements of a command, one per distinct program. A context: leaving it ends running programs.

    Args:
        answers: cached results of earlier commands; None without a cache.
    """

    def __init__(self, answers: Store | None) -> None:
        self._answers = answers
        self._generated: dict[object, Generated] = {}
        self._jobs: dict[str, Future[DeviceRun]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, "measure", lifetime.lives)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = [] if kind is None else [job for job in self._jobs.values() if not job.cancel()]
        while running := [job for job in running if not job.done()]:
            transport.end_all()  # repeated: a program that is being built starts afterwards
            wait(running, timeout=0.2)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def prepared(self, model: Model, plan: Plan, observed: Observations | None = None) -> Built:
        """The generated files of a plan, generated once for all boards with the same files.

        Raises:
            BudgetError: they certainly do not fit the board.
        """
        board = plan.target
        settings = replace(plan.settings, target="", numeric=None, emulate=False, port=None)
        key = (
            id(model.graph), plan.numeric.name, plan.backend, board.family, board.word, board.layout,
            board.constants, settings,
        )  # fmt: skip
        generated = self._generated.get(key)
        if generated is None:
            generated = self._generated[key] = program(model, plan, observed=observed)
        return prepared(model, plan, observed=observed, library=_for(generated, board.name))

    def begin(self, files: Built, plan: Plan, inputs: Sequence[Array]) -> Callable[[], DeviceRun]:
        """Start a measurement, or look it up; the returned function waits for the results of this board.

        Raises, when that is called:
            GatesmithError: as in :func:`run`.
        """
        key = _key(files, plan, inputs)
        new_job = None
        if key not in self._jobs:
            new_job = self._jobs[key] = self._pool.submit(self._measured, key, files, plan, inputs)
        job = self._jobs[key]

        def answer() -> DeviceRun:
            try:
                result = job.result()
            except BudgetError:
                if job is new_job:
                    raise
                result = run(files, plan, inputs)  # for the linker's error on this board
            if result.memory is not None:
                firmware.require_fit(plan.target, result.memory)
            return replace(result, built=files)

        return answer

    def _measured(self, key: str, files: Built, plan: Plan, inputs: Sequence[Array]) -> DeviceRun:
        entry = self._answers.get(key) if self._answers is not None else None
        if entry is not None:
            arrays, facts = entry
            memory = facts["memory"] and host.Sections(**facts["memory"])
            return DeviceRun(files, tuple(arrays), facts["costs"], memory, facts["when"])
        result = run(files, plan, inputs, fit=False)
        if self._answers is not None:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            memory = result.memory and asdict(result.memory)
            self._answers.put(key, result.raw, {"costs": dict(result.costs), "memory": memory, "when": today})
        return result


def _for(generated: Generated, board: str) -> Generated:
    """The generated files with this board's name."""
    return replace(generated, files={path: NAMED.sub(rf"\g<1>{board}", text) for path, text in generated.files.items()})


def _key(built: Built, plan: Plan, inputs: Sequence[Array]) -> str:
    """The cache key of a measurement: a digest of all that its results depend on."""
    route, board = built.route, plan.target
    files = [part for path, text in sorted(built.generated.files.items()) for part in (path, NAMED.sub(r"\g<1>", text))]
    stands_in = route.emulator or route.board
    tools = [board.compiler.command or host.find_compiler().split()[0]]
    tools += [word for word in stands_in.command if not word.startswith(("-", "{"))][:1] if stands_in else ["valgrind"]
    parts = [
        "program in order", *files, repr(stands_in), *map(cache.stamp, tools), *map(cache.stamp, _sources()),
        board.family, *board.compiler.flags(plan.exact), str(built.lengths), str(built.by_steps), plan.backend,
        plan.numeric.name, cache.stamp(str(route.board.image)) if route.board is not None else "", digest(inputs),
    ]  # fmt: skip
    if (table := cycles.of(board)) is not None:
        parts.append(f"{table.kinds} {table.issue} {table.source} {table.checked} {table.error} {board.waits}")
    if plan.backend != "c99" or not stands_in:
        parts.append(f"{os.uname().machine}")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


SOURCES = (".c", ".h", ".S", ".ld", ".cjs", ".py", ".yaml", ".txt")


def _sources() -> list[str]:
    """The files that are compiled with a model, and those of emulators."""
    folder = host.firmware()
    return sorted(str(path) for path in folder.rglob("*") if path.suffix in SOURCES)
