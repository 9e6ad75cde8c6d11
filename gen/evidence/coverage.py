"""Coverage of the C by its self-test: statements, branches and conditions, by gcov."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from ..backends import c99
from ..backends.base import Generated
from ..core.formats import Array, Format
from ..oracle.reference import Reference
from ..run.toolchain.host import accepts, run_tool
from .facts import CoverageFacts
from .source import SECONDS, put

LENGTH = 12
"""Steps of a sequence of open length."""
BATCHES = 6
"""Largest number of batches of vectors; the first batch that reaches nothing new is the last."""
FLAGS = ("-std=c99", "-w", "-O0", "--coverage")
CONDITIONS = "-fcondition-coverage"


def coverage(generated: Generated, folder: Path) -> CoverageFacts:
    """Build the self-test with gcov's counters, and run it with ever more vectors until they reach no more of the C.

    Vectors are noise over the whole type, its ends, zeros and small values; the expected outputs are the reference's.
    Conditions need gcc 14.

    Raises:
        BuildError: a tool is missing, or the program fails.
    """
    rng = np.random.default_rng(0)
    tensors = [generated.graph.tensor(port.tensor) for port in generated.graph.inputs]
    inputs: list[Array] = []
    results: list[CoverageFacts] = []
    while len(results) < 2 or (results[-1].reached > results[-2].reached and len(results) < BATCHES):
        batch = [noise(rng, tensor.format, tuple(n or LENGTH for n in tensor.shape)) for tensor in tensors]
        inputs = [np.concatenate(pair) for pair in zip(inputs, batch, strict=True)] if inputs else batch
        results.append(_run(generated, inputs, folder / str(len(inputs[0]))))
    return results[-1]


def noise(rng: np.random.Generator, form: Format, shape: tuple[int, ...]) -> Array:
    """Samples of an input, as integers."""
    full_range = rng.integers(form.low, form.high + 1, size=(2, *shape))
    ends = rng.choice([form.low, form.high], size=(1, *shape))
    small = np.clip(form.zero + rng.integers(-3, 4, size=(1, *shape)), form.low, form.high)
    return np.concatenate([full_range, ends, small, np.full((1, *shape), np.clip(form.zero, form.low, form.high))])


def _run(generated: Generated, inputs: list[Array], folder: Path) -> CoverageFacts:
    outputs = Reference(generated.graph, np.int64).run(inputs)
    lengths = [axis.fixed or axis.length or LENGTH for axis in generated.axes]
    name = generated.name
    put(folder, {**generated.files, f"{name}_selftest.c": c99.selftest(generated, inputs, outputs, lengths, 0.0)})
    more = accepts("gcc", CONDITIONS)
    build = ["gcc", *FLAGS, *[CONDITIONS] * more, f"{name}.c", f"{name}_selftest.c", "-o", "selftest"]
    run_tool(build, SECONDS, folder)
    run_tool(["./selftest"], SECONDS, folder)
    gcov = ["gcov", "--json-format", "--branch-probabilities", *["--conditions"] * more]
    run_tool([*gcov, f"selftest-{name}.gcda"], SECONDS, folder)
    (text,) = folder.glob(f"*{name}.gcov.json.gz")
    report = json.loads(gzip.decompress(text.read_bytes()))
    lines = next(file["lines"] for file in report["files"] if file["file"] == f"{name}.c")
    return _reached(lines, generated.files[f"{name}.c"].splitlines(), len(inputs[0]))


def _reached(lines: list[dict[str, Any]], source: list[str], vectors: int) -> CoverageFacts:
    """Coverage of a source's lines, from gcov's report."""
    branches = [(line, branch["count"] > 0, 1) for line in lines for branch in line["branches"]]
    conditions = [(line, each["covered"], each["count"]) for line in lines for each in line.get("conditions", ())]
    parts = [(line, line["count"] > 0, 1) for line in lines], branches, conditions
    statements, *others = ((sum(one for _, one, _ in part), sum(most for _, _, most in part)) for part in parts)
    numbers = {line["line_number"] for part in parts for line, one, most in part if one < most}
    gaps = tuple(f"{number}: {source[number - 1].strip()}" for number in sorted(numbers))
    return CoverageFacts(vectors=vectors, statements=statements, branches=others[0], conditions=others[1], left=gaps)
