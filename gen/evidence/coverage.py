"""Which statements, branches and conditions of the C its self-test reaches, by gcov."""

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
from .source import put

LENGTH = 12
"""Steps of a sequence whose length is open."""
BATCHES = 6
"""Batches of vectors that are tried at most; a batch that reaches nothing new is the last."""
SECONDS = 300.0
FLAGS = ("-std=c99", "-w", "-O0", "--coverage")
CONDITIONS = "-fcondition-coverage"


def coverage(generated: Generated, folder: Path) -> CoverageFacts:
    """Build the self-test with gcov's counters, and run it with more vectors until no more of the C is reached.

    Vectors are noise over the whole type, its ends, zeros and small values; the answers are the reference's.

    Conditions need gcc 14.

    Raises:
        BuildError: a tool is missing, or the program fails.
    """
    rng = np.random.default_rng(0)
    tensors = [generated.graph.tensor(port.tensor) for port in generated.graph.inputs]
    inputs: list[Array] = []
    reached = _Reached()
    for _ in range(BATCHES):
        batch = [noise(rng, tensor.format, tuple(n or LENGTH for n in tensor.shape)) for tensor in tensors]
        inputs = [np.concatenate(pair) for pair in zip(inputs, batch, strict=True)] if inputs else batch
        before, reached = reached, _run(generated, inputs, folder / str(len(inputs[0])))
        if reached.counts == before.counts:
            break
    return reached.facts(len(inputs[0]))


def noise(rng: np.random.Generator, form: Format, shape: tuple[int, ...]) -> Array:
    """Samples of an input in its integers."""
    whole = rng.integers(form.low, form.high + 1, size=(2, *shape))
    ends = rng.choice([form.low, form.high], size=(1, *shape))
    small = np.clip(form.zero + rng.integers(-3, 4, size=(1, *shape)), form.low, form.high)
    return np.concatenate([whole, ends, small, np.full((1, *shape), np.clip(form.zero, form.low, form.high))])


def _run(generated: Generated, inputs: list[Array], folder: Path) -> _Reached:
    outputs = Reference(generated.graph, np.int64).run(inputs)
    lengths = [axis.fixed or axis.length or LENGTH for axis in generated.axes]
    name = generated.name
    put(folder, {**generated.files, f"{name}_selftest.c": c99.selftest(generated, inputs, outputs, lengths, 0.0)})
    more = accepts("gcc", CONDITIONS)
    run_tool(
        ["gcc", *FLAGS, *[CONDITIONS] * more, f"{name}.c", f"{name}_selftest.c", "-o", "selftest"], SECONDS, folder
    )
    run_tool(["./selftest"], SECONDS, folder)
    gcov = ["gcov", "--json-format", "--branch-probabilities", *["--conditions"] * more]
    run_tool([*gcov, f"selftest-{name}.gcda"], SECONDS, folder)
    (text,) = folder.glob(f"*{name}.gcov.json.gz")
    report = json.loads(gzip.decompress(text.read_bytes()))
    return _Reached(next(one for one in report["files"] if one["file"] == f"{name}.c"), generated.files[f"{name}.c"])


class _Reached:
    """What gcov says of a source; nothing without an argument."""

    def __init__(self, file: dict[str, Any] | None = None, text: str = "") -> None:
        lines = file["lines"] if file else []
        branches = [(line, one) for line in lines for one in line["branches"]]
        conditions = [(line, one) for line in lines for one in line.get("conditions", ())]
        self.counts = (
            (sum(line["count"] > 0 for line in lines), len(lines)),
            (sum(one["count"] > 0 for _, one in branches), len(branches)),
            (sum(one["covered"] for _, one in conditions), sum(one["count"] for _, one in conditions)),
        )
        numbers = {line["line_number"] for line in lines if line["count"] == 0}
        numbers |= {line["line_number"] for line, one in branches if one["count"] == 0}
        numbers |= {line["line_number"] for line, one in conditions if one["covered"] < one["count"]}
        source = text.splitlines()
        self.left = tuple(f"{number}: {source[number - 1].strip()}" for number in sorted(numbers))

    def facts(self, vectors: int) -> CoverageFacts:
        statements, branches, conditions = self.counts
        return CoverageFacts(
            vectors=vectors, statements=statements, branches=branches, conditions=conditions, left=self.left
        )
