"""Calibration: the ranges of a model's tensors on given data, which integer formats cover."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import comb, log2, prod
from typing import Any

import numpy as np

from ..core.functions import Function
from ..core.graph import Array, Graph, Node
from ..core.op import Op
from ..layers.integer import Ranges
from ..numerics.rounding import LARGEST, Moments, shrunk
from ..oracle.reference import Reference, in_order, parts
from ..passes.each_step import each_step
from .markers import markers
from .saturation import Saturation

Range = tuple[float, float]
GraphInputs = Sequence[tuple[Graph, Sequence[Array]]]
"""A model's graphs, each with its inputs."""
LEAST = "mse"
PERCENTILE = 0.01
"""Per cent of the values that the percentile observer clips at either end."""
BINS = 2048
SHRINKS = np.linspace(1.0, 0.4, 31)
"""Fractions of each end of a range that the mse observer tries."""
MOST_SAMPLES = 2000
"""Most samples that are observed, spread evenly over larger data: bounds the time."""
MOST_FEATURES = 256
"""Most features of an input that are observed one by one."""
MOST_VECTORS = 4096
"""Most vectors of a call whose products are summed."""
PARTS = 8
"""Number of parts of the data; their extremes show the growth of ranges with more data."""
BOUNDED = frozenset({"tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "softsign"})
"""Activations with bounded results, so that new data exceed a state's range by little."""
ENOUGH = 775
"""Number of samples for which ranges are expected if there are fewer. On six models of tools/integers.py, that gains
14 dB of int8 in the mean with 16 samples, and .4 dB with 150. Between 700 and 1,000 the mean changes by .3 dB."""


class Spans:
    """Least and largest values by name and, in a second pass, the histograms between them."""

    def __init__(self) -> None:
        self.of: dict[Any, Range] = {}
        self.counts: dict[Any, Array] = {}
        self.parts: dict[Any, Array] = {}
        self.samples: dict[Any, int] = {}
        self.counting: Collection[Any] | None = None

    def see(self, key: Any, values: Array) -> None:
        """Widen the range of ``key`` to cover these values; or count them, in the second pass."""
        if not values.size:
            return
        if self.counting is not None:
            low, high = self.of[key]
            if high > low and key in self.counting:
                histogram = np.histogram(values.astype(np.float64), BINS, (low, high))[0]
                self.counts[key] = self.counts.get(key, 0) + histogram
            return
        low, high = self.of.get(key, (np.inf, -np.inf))
        self.of[key] = (min(low, float(values.min())), max(high, float(values.max())))

    def see_parts(self, key: Any, values: Array) -> None:
        """Record the extremes of eight parts of the samples, or of the time if there are fewer samples.

        Args:
            values: (samples, ...), or (samples, steps, ...).
        """
        if self.counting is not None:
            return
        if len(values) >= PARTS:
            count, parts = len(values), [values[first::PARTS] for first in range(PARTS)]
        elif values.ndim > 2 and values.shape[1] >= PARTS:
            count, parts = values.shape[1], np.array_split(values, PARTS, axis=1)
        else:
            return
        self.samples[key] = self.samples.get(key, 0) + count
        ends = np.array([[-part.min(), part.max()] for part in parts], np.float64)
        self.parts[key] = np.maximum(self.parts.get(key, -np.inf), ends)

    def roomy(self) -> dict[Any, Range]:
        """The ranges expected for ``ENOUGH`` samples, of values recorded by parts."""
        ranges = {}
        for key, ends in self.parts.items():
            low, high = self.of[key]
            doublings = max(log2(ENOUGH / self.samples[key]), 0.0)
            below, above = (doublings * growth(end) for end in ends.T)
            # Not beyond 0 if no value was: bounds of functions stay.
            ranges[key] = (
                low - below if low < 0 else max(low - below, 0.0), high + above if high > 0 else min(high + above, 0.0)
            )  # fmt: skip
        return ranges

    def narrow(self, observer: str) -> dict[Any, Range]:
        """The ranges that 8 bits should cover, by the observer's rule."""
        rule = {"percentile": percentile, LEAST: least_squares}[observer]
        return {key: rule(counts, *self.of[key]) for key, counts in self.counts.items()}


def growth(ends: Array) -> float:
    """The difference of the largest value of all parts from that of half of them, in the mean over all halves: the
    growth by the last doubling of the data. Extremes grow with the logarithm of the amount of data, so each further
    doubling is expected to add about as much.

    Args:
        ends: (parts,), the largest value of each.
    """
    count = len(ends)
    chances = [comb(rank, count // 2 - 1) / comb(count, count // 2) for rank in range(count)]
    return float(np.max(ends) - np.sort(ends) @ chances)


def percentile(counts: Array, low: float, high: float) -> Range:
    """The range without the outermost values, from a histogram's counts."""
    edges = np.linspace(low, high, len(counts) + 1)
    share = np.cumsum(counts) / counts.sum()
    first = int(np.searchsorted(share, PERCENTILE / 100))
    last = int(np.searchsorted(share, 1 - PERCENTILE / 100))
    return float(edges[first]), float(edges[min(last, len(counts) - 1) + 1])


def least_squares(counts: Array, low: float, high: float) -> Range:
    """The range for which 255 steps give the least squared error, from a histogram's counts.

    The error of a clipped value is its distance from the end. Errors of other values are uniform within half a step.
    """
    edges = np.linspace(low, high, len(counts) + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    starts, ends = low * (SHRINKS if low < 0 else np.ones(1)), high * (SHRINKS if high > 0 else np.ones(1))
    below = np.maximum(starts[:, None] - middles, 0.0)
    above = np.maximum(middles - ends[:, None], 0.0)
    # The errors of each end are computed once, not for each pair. If ends cross, values count twice, but then the error
    # is far too large anyway.
    clipped = (below**2 @ counts)[:, None] + above**2 @ counts
    within = counts.sum() - ((below > 0) @ counts)[:, None] - (above > 0) @ counts
    steps = (np.maximum(ends, 0.0) - np.minimum(starts, 0.0)[:, None]) / 255
    errors = clipped + within * steps**2 / 12
    best, least = (low, high), np.inf
    for (left, right), error in np.ndenumerate(errors):
        if error < least * (1 - 1e-9):
            best, least = (float(starts[left]), float(ends[right])), float(error)
    return best


class Sums:
    """Sums of vectors and, for up to ``LARGEST`` inputs, of their products, for mean and covariance."""

    def __init__(self, size: int) -> None:
        self.count, self.total = 0, np.zeros(size)
        self.products = np.zeros((size, size) if size <= LARGEST else (0, 0))

    def see(self, vectors: Array) -> None:
        """Add at most ``MOST_VECTORS`` of the vectors, spread evenly."""
        sample = vectors[:: -(-len(vectors) // MOST_VECTORS)].astype(np.float64)
        self.count += len(sample)
        self.total += sample.sum(axis=0)
        if self.products.size:
            self.products += sample.T @ sample

    @property
    def moments(self) -> Moments | None:
        """The moments of the vectors; None if they are not finite."""
        mean = self.total / self.count
        if not self.products.size:
            return Moments(mean, self.products) if np.isfinite(mean).all() else None
        covariance = self.products / self.count - np.outer(mean, mean)
        return Moments(mean, shrunk(covariance, self.count)) if np.isfinite(covariance).all() else None


@dataclass(frozen=True)
class Insight:
    """Records the values inside an op. States are counted too, because they have ranges for 8 bits."""

    spans: Spans
    sums: dict[str, Sums]
    steps: tuple[int, int] | None = None
    """Samples and steps of an op with outputs at each step: rounding of weights uses the vectors of the last step."""

    def vectors(self, name: str, values: Array) -> None:
        size = values.shape[-1]
        if self.spans.counting is None and values.size:
            ends = values if self.steps is None else values.reshape(*self.steps, -1, size)[:, -1]
            self.sums.setdefault(name, Sums(size)).see(ends.reshape(-1, size))

    def value(self, name: str, values: Array) -> None:
        if self.spans.counting is None:
            self.spans.see(name, values)

    def state(self, name: str, values: Array) -> None:
        self.spans.see(name, values)
        self.spans.see_parts(name, values)


class Observer(Reference):
    """A reference that records every tensor and the values inside every op.

    Args:
        lasting: as for :func:`calibrate`. stepped: the graph with outputs at each step, which runs instead.
    """

    def __init__(self, graph: Graph, lasting: bool = False, stepped: Graph | None = None) -> None:
        super().__init__(stepped or graph, np.float32)
        self._leads = {node.name: node.lead for node in graph.nodes}
        self.tensors = Spans()
        self.inner: dict[str, Spans] = {}
        self.features: dict[int, Spans] = {}
        self.sums: dict[str, dict[str, Sums]] = {}
        self._ports = {port.tensor for port in (*graph.inputs, *graph.outputs)}
        self._outputs = {port.tensor for port in graph.outputs}
        self._markers = markers(graph)
        cells = [node for node in graph.nodes if node.op.carry is not None]
        states = {tensor for node in cells for tensor in node.outputs}
        self._in_parts = (states | self._outputs) - set(self._markers)
        stepwise = any(len(graph.shape(tensor)) > 1 for tensor in self._outputs) or states & self._outputs
        lasting = bool(lasting or stepwise or not all(_ends(node.op) for node in cells))
        self.brief = set() if lasting else states - set(self._markers)
        """Outputs of cells, if the states of all cells end with a sample and are read inside the model alone."""

    def count(self, tensors: Collection[int] | None = None) -> None:
        """From now on count values between the recorded ends: those of states and of these tensors, or of all tensors
        and features."""
        self.tensors.counting = self.tensors.of if tensors is None else tensors
        for spans in self.inner.values():
            spans.counting = spans.of
        for spans in self.features.values():
            spans.counting = spans.of if tensors is None else ()

    @property
    def ranges(self) -> Ranges:
        """The ranges and moments of all values so far."""
        inner = {name: spans.of for name, spans in self.inner.items()}
        roomy = {name: spans.roomy() for name, spans in self.inner.items()}
        features = {ident: list(spans.of.values()) for ident, spans in self.features.items()}
        moments = {
            node: {name: one.moments for name, one in sums.items() if one.moments is not None}
            for node, sums in self.sums.items()
        }
        outputs = {
            ident: {**self.features[ident].of, **self.features[ident].roomy()}
            for ident in self._outputs
            if ident in features
        }
        return Ranges(
            self.tensors.of,
            inner,
            self.tensors.roomy(),
            roomy,
            features=features,
            narrow_features={ident: list(spans.values()) for ident, spans in outputs.items()},
            moments=moments,
        )

    def _see_features(self, ident: int, value: Array) -> None:
        """Record each place along a port's last axis by itself, without markers of masked steps."""
        if value.ndim < 2 or not 1 <= value.shape[-1] <= MOST_FEATURES:
            return
        spans = self.features.setdefault(ident, Spans())
        for k, each in enumerate(np.moveaxis(value, -1, 0)):
            unmarked = each[each != np.float32(self._markers[ident])] if ident in self._markers else each
            spans.see(k, unmarked if unmarked.size else np.zeros(1))
            if ident in self._outputs:
                spans.see_parts(k, each)

    def _observe(self, ident: int, value: Array) -> None:
        if ident in self._ports:
            self._see_features(ident, value)
        if ident in self._markers:
            value = value[value != np.float32(self._markers[ident])]
        self.tensors.see(ident, value if value.size else np.zeros(1))
        if ident in self._in_parts:
            self.tensors.see_parts(ident, value)

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        steps = None
        if node.lead > self._leads.get(node.name, node.lead):
            rows = [size or 1 for size in self.graph.shape(node.inputs[0])[: node.lead]]
            steps = len(cores[0]) // prod(rows), rows[0]
        inside = Insight(self.inner.setdefault(node.name, Spans()), self.sums.setdefault(node.name, {}), steps)
        outputs, self._states[node.name] = node.op.observe(cores, self._states.get(node.name, ()), inside)
        return outputs


def _ends(op: Op) -> bool:
    """Whether a cell's states end with a sample, and are bounded by its activation."""
    name = getattr(op, "activation", Function("linear")).name
    return op.carry is not None and not op.carry.stateful and name in BOUNDED


@np.errstate(all="ignore")  # values that overflow are refused later, with their layer's name
def calibrate(graphs: GraphInputs, observer: str = "minmax", lasting: bool = False, windows: bool = False) -> Ranges:
    """The ranges of a model's values at the ends of sequences; or at all steps, if too many of ``step``'s outputs would
    saturate otherwise (:class:`.saturation.Saturation`).

    Args:
        graphs: the model's graph for sequences of each length in the data, with inputs (samples, ...) for each model
            input. Tensors and nodes are the same in all graphs.
        observer: one of :data:`gatesmith.core.settings.OBSERVERS`. Ranges of the model's outputs always cover all
            values, because clipping is an error of its full size; so do those of 16 bits, where clipping gains nothing.
            In 8 bits, outputs also get headroom for more data, except with ``mse``, which minimizes the error alone.
            With ``minmax``, states also get it if they may outlast a sample, because clipping persists, or belong to
            cells without bounds; other states get the range with the least squared error.
        lasting: whether the program carries states from sample to sample although Keras does not.
        windows: whether it has outputs at the ends of sequences alone.
    """
    ends = _calibrated(graphs, observer, [Observer(graph, lasting) for graph, _ in graphs])
    pairs = [(pair, None if windows else each_step(pair[0], lasting)) for pair in graphs]
    if not any(stepped and Saturation(stepped, graph, ends).too_much(inputs) for (graph, inputs), stepped in pairs):
        return ends
    return _calibrated(graphs, observer, [Observer(graph, lasting, stepped) for (graph, _), stepped in pairs])


def _calibrated(graphs: GraphInputs, observer: str, watchers: list[Observer]) -> Ranges:
    """The ranges recorded by observers, one per graph, which share their spans and sums."""
    first, *others = watchers
    for one in others:
        one.tensors, one.inner, one.features, one.sums = first.tensors, first.inner, first.features, first.sums
    _look(watchers, graphs)
    plain = first.ranges
    brief = first.brief if observer == "minmax" else None
    if brief is not None and not brief:
        return plain
    first.count(brief)
    _look(watchers, graphs)
    method = LEAST if brief else observer
    states = {name: spans.narrow(method) for name, spans in first.inner.items() if spans.counts}
    ports = {port.tensor for port in graphs[0][0].outputs}
    narrow = {key: span for key, span in first.tensors.narrow(method).items() if key not in ports}
    if observer == LEAST:
        narrow |= {key: plain.tensors[key] for key in ports if key in plain.tensors}
    features = {
        ident: [{**spans.of, **spans.narrow(method)}[k] for k in spans.of]
        for ident, spans in first.features.items()
        if ident not in ports
    }
    roomy = {} if observer == LEAST else plain.narrow_features
    return replace(
        plain,
        narrow={**plain.narrow, **narrow},
        narrow_inner={**plain.narrow_inner, **states},
        narrow_features={**roomy, **features},
    )


def _look(watchers: Sequence[Observer], graphs: GraphInputs) -> None:
    if graphs[0][0].stateful:
        _follow(watchers, graphs)
    for watcher, (_, inputs) in zip(watchers, graphs, strict=True):
        for part in parts(watcher.graph, inputs):
            watcher.reset()
            watcher.run(part)


def _follow(watchers: Sequence[Observer], graphs: GraphInputs) -> None:
    """Run samples one after another with states carried on, as on the device and in Keras's predict. The growth of
    ranges with more samples is estimated from runs with zero states alone, so its records are cleared."""
    for watcher, (_, inputs) in zip(watchers, graphs, strict=True):
        watcher.reset()
        for sample in in_order(watcher.graph, inputs):
            watcher.run(sample)
    for spans in (watchers[0].tensors, *watchers[0].inner.values(), *watchers[0].features.values()):
        spans.parts.clear()
        spans.samples.clear()


def noise(ours: Array, theirs: Array) -> tuple[float, float]:
    """The sum of squares of the right values, and that of the differences."""
    right = theirs.astype(np.float64)
    return float(np.sum(right**2)), float(np.sum((ours - right) ** 2))


def decibels(signal: float, error: float) -> float:
    """Signal to noise in dB; infinite without an error."""
    return float("inf") if error == 0 else float(10 * np.log10(max(signal, 1e-300) / error))


class Watching(Reference):
    """A reference that stores every tensor of the last run."""

    def __init__(self, graph: Graph, dtype: Any) -> None:
        super().__init__(graph, dtype)
        self.values: dict[int, Array] = {}

    def _observe(self, ident: int, value: Array) -> None:
        self.values[ident] = value
