"""From the graph of a file to the graph that a backend is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import DataError, UsageError
from ..core.graph import Graph
from ..core.near import hint
from ..core.settings import Settings
from ..data import datasets
from ..data.datasets import Batch
from ..importers.reading import Model
from ..layers.integer import Ranges
from ..layers.integer.matrix import matrices
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..oracle.carried import carried
from ..oracle.limits import Limits, limits_of
from ..passes.lower import lower
from ..passes.streaming import streaming
from .feature_scaling import outlying
from .observations import SYNTHETIC, Observations
from .observers import Fits
from .quantize import quantize
from .weights import round_weights
from .widening import narrowed, widened


@dataclass(frozen=True)
class Quantized:
    """A model in integers, and how it came about.

    Args:
        graph: the integers.
        plain: the float graph they stand for; its tensors have the same ids.
        ranges: what calibration saw.
        batches: on what: graphs fitted to the lengths of the data, with their samples.
        types: of layers, where they differ from the model's.
        used: the data in words.
        observer: what chose the ranges of 8 bits.
    """

    graph: Graph
    plain: Graph
    ranges: Ranges
    batches: Sequence[tuple[Graph, Batch]]
    types: Mapping[str, Numeric]
    used: str
    observer: str

    @property
    def keep(self) -> tuple[str, ...]:
        """The types as ``--keep`` takes them."""
        return words(self.types)


def prepare(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Graph:
    """The graph that a backend is given. In this order, with the graph checked after each step:

    1. ops that alone read what another makes become part of it (:attr:`gatesmith.importers.reading.Model.fused`);
    2. integers: layers get their types, values their formats, ops their integer forms (:func:`quantized`);
       floats: weights are rounded to what is stored, and features scaled where that helps (:func:`round_weights`);
    3. what carried states change is measured, and noted.

    :func:`gatesmith.passes.compile_graph` goes on: copies, schedule, memory.

    Args:
        seen: what calibration has shown of the file, where it may be known.

    Raises:
        GatesmithError: as :func:`in_numbers` and :func:`carried_note`.
    """
    graph = in_numbers(model, settings, numeric, seen)
    if tuned := model.reading.source.tuned:
        graph = replace(graph, notes=(*graph.notes, _tuned_note(tuned, numeric, graph)))
    if settings.carry_state is None:
        return graph
    return replace(graph, notes=(*graph.notes, carried_note(model.path, graph, settings)))


def _tuned_note(tuned: str, numeric: Numeric, graph: Graph) -> str:
    """What becomes of weights that were tuned for a numeric type."""
    others = list(dict.fromkeys(node.layer for node, _, one in matrices(graph) if not one.exact))
    if numeric.name != tuned:
        return f"the file's weights were tuned for {tuned}, and {numeric.name} is another type"
    if others:
        return f"the file's weights were tuned for {tuned}; those of {', '.join(others)} are rounded again"
    return f"the file's weights were tuned for {tuned}, and are stored exactly as they are"


def in_numbers(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Graph:
    """The model's graph, fused, as a numeric type has it; ``seen`` as of :func:`prepare`.

    Raises:
        UsageError: another type with what chooses layers' types.
        UnsupportedError: a layer has no integer form.
        AccuracyError: no mix of types is as good as asked.
    """
    if numeric.integer:
        return quantized(model, settings, numeric, seen).graph
    if settings.keep:
        raise UsageError(
            f"{numeric.name} is one type for all layers: --keep chooses among integer types", fix="--numeric int8"
        )
    moments = None
    if settings.calibration not in (None, SYNTHETIC) and numeric.weights.group is not None:
        moments = (seen or Observations()).of(model, settings).ranges.moments
    return round_weights(model.fused, numeric.weights, moments)


def _of_inputs(graph: Graph, numeric: Numeric, ranges: Ranges) -> list[str]:
    """Notes on inputs whose integer type is not the numeric type's own, and on those that calibration saw not vary."""
    notes = []
    for port in graph.inputs:
        form, (low, high) = graph.tensor(port.tensor).format, ranges.tensors[port.tensor]
        if not form.raw and low == high:
            notes.append(f"input {port.name} is {low:g} in all calibration data: other values will saturate")
        if not form.raw and form.dtype != numeric.dtype.name:
            readers = ", ".join(dict.fromkeys(node.layer for node in graph.nodes if port.tensor in node.inputs))
            notes.append(
                f"input {port.name} takes {form.dtype}, not {numeric.dtype.name}: {readers} reads it in {form.bits} "
                "bits, which keeps its precision"
            )
    return notes


def _of_silence(fits: Fits) -> list[str]:
    """A note where a spectrogram is calibrated without a silent clip, which a device hears all the same."""
    if not any(node.op.powers for graph, _ in fits for node in graph.nodes):
        return []
    if any(not sample.any() for _, batch in fits for x in batch.inputs for sample in x):
        return []
    return ["no clip of the calibration data is silent: the device answers silence as the quietest sound in them"]


def quantized(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Quantized:
    """The integer form of a model; ``seen`` as of :func:`in_numbers`.

    Raises:
        UsageError, UnsupportedError: as :func:`in_numbers`.
        DataError: as :func:`observe`; or the model is another one at the length of the data.
    """
    observed = (seen or Observations()).of(model, settings)
    graph, fits, ranges = model.fused, observed.fits, observed.ranges
    if any([t.name for t in fit.tensors] != [t.name for t in graph.tensors] for fit, _ in fits):
        raise DataError(
            "the calibration data have another length than the model is generated for, and the model changes with it",
            fix="give sequences of the model's own length",
        )
    types, notes = outlying(graph, ranges, numeric, layer_types(model.graph, graph, settings))
    if settings.calibration == SYNTHETIC and settings.max_accuracy_drop is not None:
        raise UsageError(
            "--max-accuracy-drop means nothing here: made-up inputs have no accuracy to lose",
            fix="--calibration DATA.npz with real inputs and their labels, y",
        )
    if settings.calibration == SYNTHETIC:
        notes.append("calibrated on made-up inputs: ranges are guesses, and real inputs may saturate")
    if settings.has_goals:
        limits = limits_of(settings)
        judged = (seen or Observations()).of(model, settings, held_out=True)
        types = widened(graph, judged.judges, judged.ranges, numeric, types, limits)
        keep = " ".join(f"--keep {word}" for word in words(types))
        notes.append(f"chosen to meet {limits}: {keep or f'{numeric.name} for every layer'}")
    notes += (*graph.notes, *observed.notes)
    integers = quantize(graph, ranges, numeric, types)
    integers = replace(integers, notes=(*notes, *_of_inputs(integers, numeric, ranges), *_of_silence(fits)))
    return Quantized(integers, graph, ranges, fits, types, observed.used, observed.observer)


def mixed(model: Model, settings: Settings, numeric: Numeric, limits: Limits, seen: Observations) -> tuple[str, ...]:
    """Types of layers, as ``--keep`` takes them, that keep limits of accuracy on the calibration data; all other layers
    are in ``numeric``.

    Raises:
        AccuracyError: no types do that.
        UnsupportedError: a layer has no integer form.
    """
    observed = seen.of(model, settings)
    types = layer_types(model.graph, model.fused, settings)
    return words(widened(model.fused, observed.judges, observed.ranges, numeric, types, limits))


def slimmer(model: Model, settings: Settings, seen: Observations) -> list[tuple[str, ...]]:
    """Types of layers, as ``--keep`` takes them, for a limit of flash, from the most bytes to the fewest; all other
    layers are in the widest of ``SLIM`` (:func:`narrowed`)."""
    observed = seen.of(model, settings)
    types = layer_types(model.graph, model.fused, settings)
    return [words(mix) for mix in narrowed(model.fused, observed.judges, observed.ranges, types)]


def words(types: Mapping[str, Numeric]) -> tuple[str, ...]:
    """Types of layers as ``--keep`` takes them."""
    return tuple(f"{layer}={one.name}" for layer, one in types.items())


def layer_types(graph: Graph, fused: Graph, settings: Settings) -> Mapping[str, Numeric]:
    """``LAYER=TYPE`` words as numeric types by layer.

    Raises:
        UsageError: a word is none, or names no layer of the fused graph, or no integer type.
    """
    types: dict[str, Numeric] = {}
    layers = list(dict.fromkeys(node.layer for node in graph.nodes))
    known = f"layers: {', '.join(layers)}"
    computed = {node.layer for node in fused.nodes}
    for word in settings.keep:
        layer, between, name = word.rpartition("=")
        if not between:
            raise UsageError(f'--keep "{word}" is not LAYER=TYPE', fix=known)
        if layer not in layers:
            raise UsageError(f'--keep {word}: there is no layer "{layer}"', fix=(*hint(layer, layers), known))
        if layer not in computed:
            raise UsageError(
                f'--keep {word}: "{layer}" is computed inside the Dense layer before it', fix="keep that one instead"
            )
        if name not in NUMERICS or not NUMERICS[name].integer:
            integers = [n.name for n in NUMERICS.values() if n.integer]
            fix = hint(name, integers) or f"--keep {layer}=int16"
            raise UsageError(f"--keep {word}: a layer can be kept in {', '.join(integers)}", fix=fix)
        types[layer] = NUMERICS[name]
    return types


def carried_note(path: Path, graph: Graph, settings: Settings) -> str:
    """What it changes that states go on from window to window, on the recordings of ``--carry-state``.

    Args:
        path: of the model, for people.
        graph: fused, in floats or integers, of whole windows.

    Raises:
        DataError: the recordings cannot be read, or none is long enough.
        UsageError: no state would go on.
        StreamError: windows cannot go along the model.
    """
    assert settings.carry_state is not None
    data = Path(settings.carry_state)
    shapes = [(None, *graph.shape(port.tensor)[1:]) for port in graph.inputs]
    batches = datasets.read(data, graph.input_names, shapes)
    for batch in batches:
        for index, (x, shape) in enumerate(zip(batch.inputs, shapes, strict=True)):
            if x.ndim != 1 + len(shape) or x.shape[2:] != shape[1:]:
                wanted = f"(samples, steps{''.join(f', {n}' for n in shape[1:])})"
                raise DataError(
                    f"in_{index} has shape {x.shape}",
                    where=str(data),
                    why=f"recordings of {path} are {wanted}",
                    fix=f"bring --carry-state's data to the shape {wanted}",
                )
    stream = streaming(lower(graph), settings.hop, carry=True)
    if not any(line.role == "cell" for line in stream.lines):
        raise UsageError("--carry-state: no states would go on in this model's windows", fix="leave it out")
    difference = carried(stream, [batch.inputs for batch in batches])
    return f"states go on from window to window (--carry-state): on {data.name}, answers are {difference}"
