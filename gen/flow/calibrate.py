"""Calibrated ranges and the errors of integers, for each tensor and for the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from ..core.errors import UsageError
from ..core.formats import Array, Format
from ..core.graph import Graph, Node
from ..core.settings import SILENT, Progress, Settings
from ..data import datasets, samples
from ..importers.reading import FileOrModel, fitted, load
from ..numerics.base import Numeric
from ..oracle.compare import compare_batches
from ..oracle.reference import evaluate, in_order
from ..quantization.calibrate import Range, Watching, decibels, noise
from ..quantization.markers import markers
from ..quantization.observations import SAME_DATA, Observations, same_data
from ..quantization.prepare import Quantized, quantized
from ..quantization.quantize import quantize
from ..quantization.widening import LADDER
from .facts import Comparison
from .plan import plan
from .reports import ModelReport, about
from .validate import UNJUDGED

MOST_LOST = 10.0
"""Decibels that a layer may lose without a note."""
DECIBELS_A_BIT = 5.0
"""Approximate signal to noise in dB per bit: 8-bit weights leave 40 dB of the best inputs."""


class CalibrationRow(msgspec.Struct, frozen=True, rename={"low": "min", "high": "max", "snr": "snr_db"}):
    """A tensor or a state.

    Args:
        layer: the layer that computes it; ``input`` for the model's inputs.
        value: its name.
        low, high: the least and largest calibrated value.
        type, scale, zero: its format. reach: the least and largest value of its integers.
        clipped: share of float's values that its integers cannot reach; None for states.
        snr: decibels compared with float; None for states.
    """

    layer: str
    value: str
    low: float
    high: float
    type: str
    scale: float
    zero: int
    reach: tuple[float, float]
    clipped: float | None
    snr: float | None

    @property
    def title(self) -> str:
        """The layer and the value."""
        return self.layer if self.layer == self.value else f"{self.layer}: {self.value}"


class Survey(
    ModelReport,
    frozen=True,
    kw_only=True,
    tag="gatesmith/calibrate/1",
    rename={"used": "calibration", "judged": "errors_on", "rows": "tensors"},
):
    """The report of ``calibrate``.

    Args:
        judged: the data on which errors were measured, in words.
        outputs: integers compared with float32, per output.
    """

    numeric: str
    observer: str
    used: str
    judged: str
    keep: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[CalibrationRow, ...]
    outputs: tuple[Comparison, ...]


def survey(
    model: FileOrModel,
    settings: Settings,
    input: Path | None = None,
    progress: Progress = SILENT,
    observed: Observations | None = None,
) -> Survey:
    """Calibrate a model and measure it on test data, or on the calibration data if there are no others.

    Args:
        observed: samples and calibrated values that were read before.

    Raises:
        UsageError: the numeric type is no integer type.
    """
    numeric, observed = plan(settings).numeric, observed or Observations()
    if not numeric.integer:
        raise UsageError(f"{numeric.name} needs no calibration", fix="--numeric int8, int8w4, int8w2, int16w8 or int16")
    with progress.step("read"):
        model = load(model, settings)
    with progress.step("calibrate"):
        quantized_model = quantized(model, settings, numeric, observed)
    notes, parts, judged = list(quantized_model.graph.notes), [], f"the calibration data, {quantized_model.used}"
    if input is None:
        parts = [(graph, batch.inputs, batch.labels) for graph, batch in quantized_model.batches]
    else:
        batch = datasets.uniform(input, observed.samples(input, model, settings))
        parts = [(graph := fitted(model, batch.inputs, data=input).fused, batch.inputs, batch.labels)]
        notes += [*batch.notes, *(note for note in graph.notes if note not in model.graph.notes)]
        judged = f"{input.name}: {len(batch.inputs[0]):,} samples"
    if input is None or same_data(settings, input):
        notes.append(SAME_DATA)
    with progress.step("compare"):
        meter, pairs = _Meter(quantized_model), []
        for graph, inputs_of_part, labels in parts:
            integer_graph = quantize(graph, quantized_model.ranges, numeric, quantized_model.types)
            meter.watch(graph, integer_graph, inputs_of_part)
            pairs.append((evaluate(integer_graph, inputs_of_part), evaluate(graph, inputs_of_part), labels))
        judge = samples.placed(lambda _: compare_batches(quantized_model.plain, pairs))
        outputs = judge(input or Path(str(settings.calibration)))
    notes += [UNJUDGED] * (len(outputs) > 1 and any(labels is not None for _, _, labels in parts))
    notes += [
        f"{layer} loses {lost:.0f} dB, from its inputs to its outputs: {remedy}"
        for layer, (lost, remedy) in meter.losses(numeric).items()
    ]
    return Survey(
        **about(model.reading.source),
        numeric=numeric.name,
        observer=quantized_model.observer,
        used=quantized_model.used,
        judged=judged,
        keep=quantized_model.keep,
        notes=tuple(notes),
        rows=tuple(meter.rows()),
        outputs=tuple(map(Comparison.of, outputs)),
    )


class _Meter:
    """Sums of errors over samples, by tensor."""

    def __init__(self, quantized_model: Quantized) -> None:
        self.quantized_model = quantized_model
        graph = quantized_model.plain
        self.producers = {tensor: node for node in graph.nodes for tensor in node.outputs}
        read = {tensor for node in graph.nodes for tensor in node.inputs} | {port.tensor for port in graph.outputs}
        order = [port.tensor for port in graph.inputs] + [t for node in graph.nodes for t in node.outputs]
        forms = {t: quantized_model.graph.tensor(t).format for t in order}
        self.idents = [
            t for t in order if t in read and forms[t].integer and (forms[t].scale, forms[t].zero) != (1.0, 0)
        ]
        self.forms = forms
        self.marks = markers(graph)
        self.sums = {t: np.zeros(5) for t in self.idents}

    def watch(self, plain: Graph, integer_graph: Graph, inputs: Sequence[Array]) -> None:
        floats, integers = Watching(plain, np.float32), Watching(integer_graph, np.int64)
        forms = [integer_graph.tensor(port.tensor).format for port in integer_graph.inputs]
        for part in in_order(plain, inputs):
            floats.run(part)
            integers.run([form.quantize(x) for form, x in zip(forms, part, strict=True)])
            for ident in self.idents:
                form, right = self.forms[ident], floats.values[ident]
                ours, (low, high) = form.real(integers.values[ident]), form.ends
                beyond = (right < low) | (right > high)
                if ident in self.marks:
                    unmarked = right != self.marks[ident]
                    right, ours, beyond = right[unmarked], ours[unmarked], beyond[unmarked]
                cut = noise(right.clip(low, high), right)[1]
                self.sums[ident] += (*noise(ours, right), float(beyond.sum()), right.size, cut)

    def losses(self, numeric: Numeric) -> dict[str, tuple[float, str]]:
        """Layers that lose more than :data:`MOST_LOST`, with the decibels from their worst input, or from what their
        weights leave of a better one, to their worst output, and with the remedy."""
        losses: dict[str, tuple[float, str]] = {}
        for node in self.quantized_model.plain.nodes:
            one = self.quantized_model.types.get(node.layer, numeric)
            before, after = (
                [decibels(*self.sums[t][:2]) for t in side if t in self.sums] for side in (node.inputs, node.outputs)
            )
            if before and after:
                loss = min(*before, DECIBELS_A_BIT * one.weights.bits) - min(after)
                if loss > max(MOST_LOST, losses.get(node.layer, (0.0, ""))[0]):
                    losses[node.layer] = loss, self._remedy(node, one)
        return losses

    def _remedy(self, node: Node, numeric: Numeric) -> str:
        """The remedy for a layer's error: a wider range, if clipped values are most of it; else more bits."""
        _, error, beyond, count, cut = max((self.sums[t] for t in node.outputs if t in self.sums), key=lambda s: s[1])
        if 2 * cut > error:
            remedy = "calibration data with such values keep more"
            remedy = remedy if self.quantized_model.observer.startswith("minmax") else f"--observer minmax, or {remedy}"
            return f"{100 * beyond / count:.2g} % of its values are clipped, {remedy}"
        wider = LADDER[LADDER.index(numeric.name) + 1 :]
        option = (
            f"--keep {node.layer}={wider[-1] if numeric.size > 1 else wider[-2]}" if wider else "--numeric float32w8"
        )
        return f"{option} keeps more"

    def rows(self) -> list[CalibrationRow]:
        rows: list[CalibrationRow] = []
        tensors, inner = self.quantized_model.ranges.tensors, self.quantized_model.ranges.inner
        nodes = {node.name: node for node in self.quantized_model.graph.nodes}
        listed: set[str] = set()
        for ident in self.idents:
            node = self.producers.get(ident)
            signal, error, beyond, count, _ = self.sums[ident]
            snr, share = decibels(signal, error), float(beyond / max(count, 1))
            name = self.quantized_model.plain.tensor(ident).name
            rows.append(_row(node.layer if node else "input", name, tensors[ident], self.forms[ident], share, snr))
            op = nodes[node.name].op if node else None
            if node and op and node.name not in listed:
                listed.add(node.name)
                for state in op.states:
                    span = inner[node.name][state.name]
                    rows.append(_row(node.layer, f"state {state.name}", span, state.format))
        return rows


def _row(
    layer: str, value: str, span: Range, form: Format, clipped: float | None = None, snr: float | None = None
) -> CalibrationRow:
    low, high = form.ends
    reach = (float(np.min(low)), float(np.max(high)))
    least, most = map(float, span)
    return CalibrationRow(layer, value, least, most, form.dtype, float(form.scale), int(form.zero), reach, clipped, snr)
