"""Which integer type each layer needs: the smallest with which a model is still as good as asked.

Greedy: all layers start in the model's own type; as long as the result is not good enough, the one layer whose next
type helps most takes it; at last each raised layer is lowered again where that does no harm. The same data give the
same choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import AccuracyError, UsageError
from ..core.graph import Array, Graph
from ..data.datasets import Batch
from ..layers.integer import Ranges
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..oracle.compare import compare
from ..oracle.reference import answers
from ..oracle.scores import REGRESSION, score
from .quantize import quantize

_INTEGERS = [numeric for numeric in NUMERICS.values() if numeric.integer]
LADDER = tuple(one.name for one in sorted(_INTEGERS, key=lambda numeric: (numeric.size, numeric.weights.bits)))
"""From the smallest to the most exact."""
MOST_SAMPLES = 200
"""Samples that each try is judged by."""

Fits = Sequence[tuple[Graph, Batch]]


@dataclass(frozen=True)
class Goal:
    """What is good enough.

    Args:
        error: largest error allowed, in units of the outputs.
        drop: points of accuracy that may be lost; without labels, of agreement with float.
    """

    error: float | None
    drop: float | None

    def __str__(self) -> str:
        parts = [f"--max-error {self.error:g}"] if self.error is not None else []
        parts += [f"--max-accuracy-drop {self.drop:g}"] if self.drop is not None else []
        return " and ".join(parts)


@dataclass(frozen=True)
class Mix:
    """Types by layer where they differ from the model's."""

    types: Mapping[str, Numeric]

    @property
    def kept(self) -> tuple[str, ...]:
        """The types as ``--keep`` takes them."""
        return tuple(f"{layer}={one.name}" for layer, one in self.types.items())


@dataclass(frozen=True)
class Score:
    """How far from float, in units of the outputs; and points of accuracy lost."""

    error: float
    drop: float

    def meets(self, goal: Goal) -> bool:
        return (goal.error is None or self.error <= goal.error) and (goal.drop is None or self.drop <= goal.drop)

    def distance(self, goal: Goal) -> tuple[float, float]:
        """Smaller is better: what is beyond the goal, then the error itself."""
        beyond = max(0.0, self.drop - goal.drop) if goal.drop is not None else 0.0
        return beyond, self.error


def choose(graph: Graph, fits: Fits, ranges: Ranges, numeric: Numeric, kept: Mapping[str, Numeric], goal: Goal) -> Mix:
    """The least types that are good enough.

    Args:
        graph: the float graph that is generated.
        fits: the same for the lengths of the data, with samples.
        kept: types that are not to be changed.

    Raises:
        AccuracyError: not good enough even with all layers in the most exact type.
    """
    judge = _Judge(_fewer(fits), ranges, numeric, goal)
    if goal.drop is not None and judge.void:
        raise UsageError(
            f"--max-accuracy-drop means nothing here: {judge.void}", fix="--max-error X, in units of the outputs"
        )
    free = [layer for layer in _weighty(graph) if layer not in kept]
    rungs = LADDER[LADDER.index(numeric.name) :]
    level = dict.fromkeys(free, 0)

    def score(levels: Mapping[str, int]) -> Score:
        return judge({**kept, **{layer: NUMERICS[rungs[n]] for layer, n in levels.items() if n}})

    best = score(level)
    if not best.meets(goal):
        top = score(dict.fromkeys(free, len(rungs) - 1))
        if not top.meets(goal):
            raise _refused(goal, top, numeric)
    while not best.meets(goal):
        tries = {layer: {**level, layer: n + 1} for layer, n in level.items() if n + 1 < len(rungs)}
        scores = {layer: score(levels) for layer, levels in tries.items()}
        chosen = min(scores, key=lambda layer: scores[layer].distance(goal))
        level, best = tries[chosen], scores[chosen]
    for layer in free:
        while level[layer] and score(lower := {**level, layer: level[layer] - 1}).meets(goal):
            level = lower
    return Mix({**kept, **{layer: NUMERICS[rungs[n]] for layer, n in level.items() if n}})


class _Judge:
    """Scores of mixes on samples."""

    def __init__(self, fits: Fits, ranges: Ranges, numeric: Numeric, goal: Goal) -> None:
        self.fits, self.ranges, self.numeric, self.goal = fits, ranges, numeric, goal
        self.right = [evaluate(graph, batch.inputs) for graph, batch in fits]
        self.known: dict[tuple[tuple[str, str], ...], Score] = {}

    @property
    def void(self) -> str:
        """Why there is no accuracy to lose; empty where there is."""
        (_, batch), right = self.fits[0], self.right[0]
        if len(right) == 1 and batch.labels is not None:
            regression = score(right[0], right[0], batch.labels).task == REGRESSION
            return "the labels are quantities, and the model is a regression" if regression else ""
        several = any(y.ndim > 1 and y.shape[-1] > 1 for y in right)
        return "" if several else "the data have no labels, and no output has several classes"

    def __call__(self, kept: Mapping[str, Numeric]) -> Score:
        key = tuple(sorted((layer, one.name) for layer, one in kept.items()))
        if key not in self.known:
            self.known[key] = self._score(kept)
        return self.known[key]

    def _score(self, kept: Mapping[str, Numeric]) -> Score:
        error, lost, total, labelled = 0.0, 0.0, 0, self.goal.drop is not None
        for (graph, batch), right in zip(self.fits, self.right, strict=True):
            ours = evaluate(quantize(graph, self.ranges, self.numeric, kept), batch.inputs)
            rows = [
                compare("", a, b, batch.labels if labelled and len(right) == 1 else None)
                for a, b in zip(ours, right, strict=True)
            ]
            error = max(error, *(row.max_abs for row in rows))
            samples = len(batch.inputs[0])
            total += samples
            lost += samples * max(row.lost for row in rows)
        return Score(error, 100 * lost / max(total, 1))


def evaluate(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """What a float graph, or an integer one, answers to real inputs, in real values."""
    integer = any(tensor.format.integer for tensor in graph.tensors)
    given = [graph.tensor(port.tensor).format.quantize(x) for port, x in zip(graph.inputs, inputs, strict=True)]
    whole = answers(graph, given, np.int64 if integer else np.float32)
    return [graph.tensor(port.tensor).format.real(y) for port, y in zip(graph.outputs, whole, strict=True)]


def _fewer(fits: Fits) -> Fits:
    total = sum(len(batch.inputs[0]) for _, batch in fits)
    every = max(1, -(-total // MOST_SAMPLES))
    return [
        (graph, Batch([x[::every] for x in b.inputs], None if b.labels is None else b.labels[::every]))
        for graph, b in fits
    ]


def _weighty(graph: Graph) -> list[str]:
    """Layers with weights, in the order of the graph."""
    return list(dict.fromkeys(node.layer for node in graph.nodes if node.op.arrays()))


def _refused(goal: Goal, top: Score, numeric: Numeric) -> AccuracyError:
    wider = LADDER[LADDER.index(numeric.name) + 1 :]
    what = f"error {top.error:.2e}" if goal.error is not None else f"{top.drop:.2f} points lost"
    return AccuracyError(
        f"no mix of integer types meets {goal}",
        why=f"with every layer in {LADDER[-1]}: {what}; outputs stay {numeric.dtype.name}",
        fix=f"--numeric {wider[0]}, whose inputs and outputs are int16" if wider else "ask for less, or use float32",
    )
