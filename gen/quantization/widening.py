"""The choice of integer types for layers: the smallest with which a model meets limits of accuracy.

The search is greedy. All layers start in the model's type. While the result is not good enough, the layer whose next
type helps most gets it. At last each raised layer is lowered again if the limits stay met. The same data give the same
choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from ..core.errors import AccuracyError
from ..core.graph import Graph
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..oracle.compare import Answers, OutputComparison, compare_batches, worst
from ..oracle.limits import Limits
from ..oracle.reference import evaluate
from .bias_correction import corrected
from .observations import Observed, with_outputs
from .quantize import quantize

_INTEGERS = [numeric for numeric in NUMERICS.values() if numeric.integer]
LADDER = tuple(one.name for one in sorted(_INTEGERS, key=lambda numeric: (numeric.size, numeric.weights.bits)))
"""The integer types, from the smallest to the most exact."""
SLIM = tuple(name for name in LADDER if NUMERICS[name].dtype == NUMERICS[LADDER[0]].dtype)
"""The types that differ in the bits of weights alone, from the fewest."""

Types = Mapping[str, Numeric]


def widened(graph: Graph, observed: Observed, numeric: Numeric, types: Types, limits: Limits) -> Types:
    """The types of layers, if they differ from ``numeric``, with which a model meets limits of accuracy.

    Args:
        graph: the float graph that is generated.
        observed: its values on calibration data, with samples that judge.
        types: types of layers that must not change.

    Raises:
        AccuracyError: the limits are violated even with all layers in the most exact type.
        UsageError: a limit of accuracy does not apply to the model.
    """
    measured = _measure(observed, numeric)
    ladder = LADDER[LADDER.index(numeric.name) :]
    free = [layer for layer in _weighty(graph) if layer not in types]

    def mix(rungs: Sequence[int]) -> dict[str, Numeric]:
        return {**types, **{layer: NUMERICS[ladder[n]] for layer, n in zip(free, rungs, strict=True) if n}}

    @cache
    def error(rungs: tuple[int, ...]) -> OutputComparison:
        return measured(mix(rungs))

    def raised(rungs: tuple[int, ...], index: int, difference: int) -> tuple[int, ...]:
        return (*rungs[:index], rungs[index] + difference, *rungs[index + 1 :])

    rungs, top = (0,) * len(free), (len(ladder) - 1,) * len(free)
    limits.check(error(rungs))
    if not limits.accepts(error(rungs)) and not limits.accepts(error(top)):
        raise _refused(limits, error(top), numeric)
    while not limits.accepts(error(rungs)):
        wider = [raised(rungs, index, 1) for index, n in enumerate(rungs) if n + 1 < len(ladder)]
        rungs = min(wider, key=lambda one: limits.distance(error(one)))
    for index in range(len(free)):
        while rungs[index] and limits.accepts(error(raised(rungs, index, -1))):
            rungs = raised(rungs, index, -1)
    return mix(rungs)


def narrowed(graph: Graph, observed: Observed, types: Types) -> list[Types]:
    """Mixes for a limit of flash, each with fewer bytes than the one before. From the widest of ``SLIM``, one layer
    after another gets fewer bits, first those whose mean square error grows least per saved bit.

    Args:
        graph, observed, types: as for :func:`widened`.
    """
    widest = NUMERICS[SLIM[-1]]
    measured = _measure(observed, widest)
    start, steps = measured(types).rms ** 2, []
    counts = {layer: 0 for layer in _weighty(graph) if layer not in types}
    for node in graph.nodes:
        if node.layer in counts:
            counts[node.layer] += sum(array.size for array in node.op.arrays().values())
    for layer, count in counts.items():
        last, bits, price = start, widest.weights.bits, 0.0
        for numeric in (NUMERICS[name] for name in reversed(SLIM[:-1])):
            error = measured({**types, layer: numeric}).rms ** 2
            if error == last:  # nothing of this layer has fewer bits
                continue
            price = max(price, (error - last) / (count * (bits - numeric.weights.bits)))
            last, bits = error, numeric.weights.bits
            steps.append((price, layer, numeric))
    mixes: list[Types] = []
    mix = dict(types)
    for _, layer, numeric in sorted(steps, key=lambda step: step[0]):
        mix[layer] = numeric
        mixes.append(dict(mix))
    return mixes


def _measure(observed: Observed, numeric: Numeric) -> Callable[[Types], OutputComparison]:
    """A function of a mix of types that returns its worst output compared with float, on samples spread evenly over the
    data."""
    judges = with_outputs(observed.judges)

    def measured(types: Types) -> OutputComparison:
        ranges = corrected(observed, numeric, types)
        answers: list[Answers] = [
            (evaluate(quantize(graph, ranges, numeric, types), batch.inputs), outputs, batch.labels)
            for graph, batch, outputs in judges
        ]
        return worst(compare_batches(judges[0][0], answers))

    return measured


def _weighty(graph: Graph) -> list[str]:
    """Layers with weights, in the order of the graph."""
    return list(dict.fromkeys(node.layer for node in graph.nodes if node.op.arrays()))


def _refused(limits: Limits, top: OutputComparison, numeric: Numeric) -> AccuracyError:
    wider = LADDER[LADDER.index(numeric.name) + 1 :]
    loss = f"error {top.max_abs:.2e}" if limits.error is not None else f"{100 * top.lost:.2f} points lost"
    return AccuracyError(
        f"no mix of integer types meets the limits: {limits}",
        why=f"with every layer in {LADDER[-1]}: {loss}; outputs stay {numeric.dtype.name}",
        fix=f"--numeric {wider[0]}, whose inputs and outputs are int16" if wider else "ask for less, or use float32",
    )
