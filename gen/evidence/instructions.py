"""Instructions of a step: a bound, and the largest count on an emulated core with the target's instruction set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
from pycparser.c_parser import ParseError

from ..backends.base import Generated
from ..boards.target import Target, describe, names
from ..core.errors import GatesmithError
from ..flow.built import compiled
from ..flow.plan import Plan
from ..run.built import Built
from ..run.route import Route
from ..run.standins import emulator
from ..run.standins.trace import Trace, traced
from ..run.toolchain.host import Binary, run_tool
from .control import controlled, turns
from .coverage import LENGTH, noise
from .facts import InstructionFacts
from .source import SECONDS, CSource, assembly, parse, put
from .walk import IntervalWalk
from .worst import CallGraph, UnboundedError

READ = ("qemu-system-arm", "qemu-system-riscv32")
"""Emulators with a trace plugin, for instruction sets that this room can read."""
FEATURE = re.compile(r"#define (__ARM_FEATURE\w+|__riscv\w*) (.*)")
STEPS = 4
"""Number of steps of a sequence to count."""


def instructions(code: Generated, chosen: Plan, walk: IntervalWalk, folder: Path) -> InstructionFacts:
    """Build the program, and count steps of noise over the whole type, of its ends, of zeros and of small values.

    Args:
        walk: the completed analysis of the library's source.
        folder: folder for work in progress.
    """
    function = f"{code.name}_{'step' if code.stepped else 'run'}"
    stand_in = _stand_in(chosen.target)
    if stand_in is None:
        why = f"no emulator tells what runs of the instructions of {chosen.target.name}"
        return InstructionFacts(function=function, why=why)
    route = Route(chosen.target, stand_in)
    lengths = (1,) * len(code.axes) if code.stepped else code.lengths
    put(folder, code.files)
    try:
        program = compiled(code, chosen.along(route), lengths, folder, fit=False)
        trace = traced(program, folder, {})
        runs = list(_runs(Built(code, program, "", route, lengths), trace)) if trace else []
    except GatesmithError as error:
        return InstructionFacts(function=function, why=error.what)
    if trace is None:
        return InstructionFacts(function=function, why="objdump or the emulator's plugin is missing")
    bound, most, why = None, 0, ""
    try:
        ends = {f"{code.name}.c:{line}": most for line, most in turns(walk).items()}
        graph = CallGraph(trace.lines, function, _controlled(code, program, walk.source, folder), ends)
        most = max(map(graph.measured, runs))
        bound = graph.bound(runs)
    except UnboundedError as error:
        why = str(error)
    compiler = " ".join((program.compiler, *chosen.target.compiler.flags(chosen.exact)))
    core = f"{stand_in.core}, emulated by {stand_in.summary}; {compiler}"
    return InstructionFacts(function=function, core=core, steps=len(runs), most=most, bound=bound, why=why)


def _stand_in(board: Target) -> emulator.Emulator | None:
    """An emulator with a trace plugin: the board's own, or that of a board with the same compiler options."""
    machine = board.compiler.machine
    same = (other.emulator for other in map(describe, names()) if machine and other.compiler.machine == machine)
    emulators = (emulator.load(name) for name in dict.fromkeys((board.emulator, *same)) if name)
    return next((emulator for emulator in emulators if emulator.command[0] in READ and not emulator.missing()), None)


def _controlled(code: Generated, program: Binary, source: CSource, folder: Path) -> set[str]:
    """Lines of the C, as listings name them, and functions, in which data decides nothing."""
    file = f"{code.name}.c"
    words = [*program.compiler.split(), *program.cflags, "-dM", "-E", "-x", "c", "/dev/null"]
    features = [f"-D{name}={value}" for name, value in FEATURE.findall(run_tool(words, SECONDS))]
    sources = [source]
    with suppress(ParseError):  # code for these features alone then counts as decided by data
        sources.append(parse(dict(code.files), code.name, source.machine, folder / "features", features))
    lines = controlled(sources) | assembly(code.files[file])
    return {line if isinstance(line, str) else f"{file}:{line}" for line in lines}


def _runs(built: Built, trace: Trace) -> Iterator[dict[int, int]]:
    """For each step, how many times each instruction ran."""
    code, rng = built.generated, np.random.default_rng(0)
    tensors = [code.graph.tensor(port.tensor) for port in code.graph.inputs]
    samples = [noise(rng, tensor.format, tuple(n or LENGTH for n in tensor.shape)) for tensor in tensors]
    counts: list[dict[int, int]] = []
    places = {line.address: index for index, line in enumerate(trace.lines)}
    with built.start(trace.command) as device:
        device.reset()
        for rows in zip(*samples, strict=True):
            ports = list(zip(rows, code.inputs, strict=True))
            walked = [len(row) for row, port in ports if port.axis is not None]
            for t in range(min([STEPS, *walked])) if code.stepped else [0]:
                frame = [row if port.axis is None or not code.stepped else row[t] for row, port in ports]
                (device.step if code.stepped else device.run)(frame, reset=t == 0)
                counts.append(_counts(trace, places))
    for before, after in pairwise(counts):
        yield {at: count - before.get(at, 0) for at, count in after.items()}


def _counts(trace: Trace, places: Mapping[int, int]) -> dict[int, int]:
    """How many times each instruction has run so far; ``places`` are indices of addresses among the lines."""
    counts: dict[int, int] = {}
    for block in trace.told()[1:]:
        start, length, _, times, _ = block.split()
        first = places[int(start, 16)]
        for line in trace.lines[first : first + int(length)]:
            counts[line.address] = counts.get(line.address, 0) + int(times)
    return counts
