"""From the graph of a file to the graph for a backend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import DataError, UsageError
from ..core.graph import Graph
from ..core.near import hint
from ..core.settings import SYNTHETIC, Settings
from ..data import datasets
from ..data.datasets import Batch
from ..data.samples import placed
from ..importers.reading import Model
from ..layers.integer import Ranges
from ..layers.integer.matrix import matrices
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..oracle.carried import carried
from ..oracle.limits import Limits, limits_of
from ..passes.lower import lower
from ..passes.streaming import streaming
from .bias_correction import corrected
from .feature_scaling import outlying
from .observations import Observations
from .observers import Fits
from .quantize import quantize
from .weights import round_weights
from .widening import narrowed, widened


@dataclass(frozen=True)
class Quantized:
    """A model in integers, with its calibration.

    Args:
        graph: the integer graph.
        plain: the float graph that it approximates; its tensors have the same ids.
        ranges: the calibrated ranges.
        batches: the calibration data: graphs fitted to their lengths, with their samples.
        types: types of layers, if they differ from the model's.
        used: the data in words.
        observer: the observer that chose the ranges of 8 bits, in words.
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
        """The types, spelled as for ``--keep``."""
        return words(self.types)


def prepare(model: Model, settings: Settings, numeric: Numeric, observed: Observations | None = None) -> Graph:
    """The graph for a backend. In this order, with the graph checked after each step:

    1. ops that are the only reader of another op are fused into it (:attr:`gatesmith.importers.reading.Model.fused`);
    2. integers: layers get their types, values their formats, ops their integer forms (:func:`quantized`);
       floats: weights are rounded to their storage, and features scaled if that helps (:func:`round_weights`);
    3. the effect of carried states is measured and noted.

    :func:`gatesmith.passes.compile_graph` continues: copies, schedule, memory.

    Args:
        observed: observed values of the file, if there are any.

    Raises:
        GatesmithError: as in :func:`in_numbers` and :func:`carried_note`.
    """
    graph = in_numbers(model, settings, numeric, observed)
    if tuned := model.reading.source.tuned:
        graph = replace(graph, notes=(*graph.notes, _tuned_note(tuned, numeric, graph)))
    if settings.carry_state is None:
        return graph
    return replace(graph, notes=(*graph.notes, carried_note(model.path, graph, settings)))


def _tuned_note(tuned: str, numeric: Numeric, graph: Graph) -> str:
    """A note on weights that were tuned for a numeric type."""
    others = list(dict.fromkeys(node.layer for node, _, one in matrices(graph) if not one.exact))
    if numeric.name != tuned:
        return f"the file's weights were tuned for {tuned}, and {numeric.name} is another type"
    if others:
        return f"the file's weights were tuned for {tuned}; those of {', '.join(others)} are rounded again"
    return f"the file's weights were tuned for {tuned}, and are stored exactly as they are"


def in_numbers(model: Model, settings: Settings, numeric: Numeric, observed: Observations | None = None) -> Graph:
    """The model's fused graph in a numeric type; ``observed`` as for :func:`prepare`.

    Raises:
        UsageError: ``keep`` with a float type, or an error of :func:`quantized`.
        UnsupportedError: a layer has no integer form.
        AccuracyError: no mix of types meets the limits.
    """
    if numeric.integer:
        return quantized(model, settings, numeric, observed).graph
    if settings.keep:
        raise UsageError(
            f"{numeric.name} is one type for all layers: --keep chooses among integer types", fix="--numeric int8"
        )
    moments = None
    if settings.calibration_data and numeric.weights.group is not None:
        moments = (observed or Observations()).of(model, settings).ranges.moments
    return round_weights(model.fused, numeric.weights, moments)


def _input_notes(graph: Graph, numeric: Numeric, ranges: Ranges) -> Iterator[str]:
    """Notes on inputs whose integer type is not the numeric type's own, and on inputs that calibration saw constant."""
    for port in graph.inputs:
        form, (low, high) = graph.tensor(port.tensor).format, ranges.tensors[port.tensor]
        if not form.raw and low == high:
            yield f"input {port.name} is {low:g} in all calibration data: other values will saturate"
        if not form.raw and form.dtype != numeric.dtype.name:
            readers = ", ".join(dict.fromkeys(node.layer for node in graph.nodes if port.tensor in node.inputs))
            yield (
                f"input {port.name} takes {form.dtype}, not {numeric.dtype.name}: {readers} reads it in {form.bits} "
                "bits, which keeps its precision"
            )


def _silence_notes(fits: Fits) -> list[str]:
    """A note if a spectrogram is calibrated without a silent clip, although a device will get one."""
    if not any(node.op.powers for graph, _ in fits for node in graph.nodes):
        return []
    if any(not sample.any() for _, batch in fits for x in batch.inputs for sample in x):
        return []
    return ["no clip of the calibration data is silent: the device answers silence as the quietest sound in them"]


def quantized(model: Model, settings: Settings, numeric: Numeric, observed: Observations | None = None) -> Quantized:
    """The integer form of a model; ``observed`` as for :func:`in_numbers`.

    Raises:
        UsageError: ``max_accuracy_drop`` with synthetic inputs, or as in :func:`layer_types`.
        UnsupportedError, AccuracyError: as in :func:`in_numbers`.
        DataError: as in :func:`observe`; or the model has other tensors at the length of the data.
    """
    calibration = (observed or Observations()).of(model, settings)
    graph, fits, ranges = model.fused, calibration.fits, calibration.ranges
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
        judged = (observed or Observations()).of(model, settings, held_out=True)
        types = placed(lambda _: widened(graph, judged, numeric, types, limits))(Path(str(settings.calibration)))
        keep = " ".join(f"--keep {word}" for word in words(types))
        notes.append(f"chosen to meet {limits}: {keep or f'{numeric.name} for every layer'}")
    notes += (*graph.notes, *calibration.notes)
    ranges = corrected(calibration, numeric, types)
    integers = quantize(graph, ranges, numeric, types)
    integers = replace(integers, notes=(*notes, *_input_notes(integers, numeric, ranges), *_silence_notes(fits)))
    return Quantized(integers, graph, ranges, fits, types, calibration.used, calibration.observer)


def mixed(
    model: Model, settings: Settings, numeric: Numeric, limits: Limits, observed: Observations
) -> tuple[str, ...]:
    """Types of layers, spelled as for ``--keep``, that meet limits of accuracy on the calibration data; all other
    layers are in ``numeric``.

    Raises:
        AccuracyError: no types meet them.
        UnsupportedError: a layer has no integer form.
    """
    calibration = observed.of(model, settings)
    types = layer_types(model.graph, model.fused, settings)
    return words(widened(model.fused, calibration, numeric, types, limits))


def slimmer(model: Model, settings: Settings, observed: Observations) -> list[tuple[str, ...]]:
    """Mixes of types of layers, spelled as for ``--keep``, for a limit of flash, from the most bytes to the fewest; all
    other layers are in the widest of ``SLIM`` (:func:`narrowed`)."""
    calibration = observed.of(model, settings)
    types = layer_types(model.graph, model.fused, settings)
    return [words(mix) for mix in narrowed(model.fused, calibration, types)]


def words(types: Mapping[str, Numeric]) -> tuple[str, ...]:
    """Types of layers, spelled as for ``--keep``."""
    return tuple(f"{layer}={one.name}" for layer, one in types.items())


def layer_types(graph: Graph, fused: Graph, settings: Settings) -> Mapping[str, Numeric]:
    """``LAYER=TYPE`` words as numeric types by layer.

    Raises:
        UsageError: a word has another form, or names no layer of the fused graph, or no integer type.
    """
    types: dict[str, Numeric] = {}
    layers = list(dict.fromkeys(node.layer for node in graph.nodes))
    choices = f"layers: {', '.join(layers)}"
    computed = {node.layer for node in fused.nodes}
    for word in settings.keep:
        layer, between, name = word.rpartition("=")
        if not between:
            raise UsageError(f'--keep "{word}" is not LAYER=TYPE', fix=choices)
        if layer not in layers:
            raise UsageError(f'--keep {word}: there is no layer "{layer}"', fix=(*hint(layer, layers), choices))
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
    """A note on the effect of carrying states from window to window, measured on the recordings of ``--carry-state``.

    Args:
        path: the model's path, for messages.
        graph: the fused graph of whole windows, in floats or integers.

    Raises:
        DataError: the recordings cannot be read, or none is long enough.
        UsageError: there is no state to carry.
        StreamError: the model cannot stream windows.
    """
    assert settings.carry_state is not None
    data = Path(settings.carry_state)
    shapes = [(None, *graph.shape(port.tensor)[1:]) for port in graph.inputs]
    batches = datasets.read(data, graph.input_names, shapes)
    for batch in batches:
        for index, (x, shape) in enumerate(zip(batch.inputs, shapes, strict=True)):
            if x.ndim != 1 + len(shape) or x.shape[2:] != shape[1:]:
                expected = f"(samples, steps{''.join(f', {n}' for n in shape[1:])})"
                raise DataError(
                    f"in_{index} has shape {x.shape}",
                    where=str(data),
                    why=f"recordings of {path} are {expected}",
                    fix=f"bring --carry-state's data to the shape {expected}",
                )
    stream = streaming(lower(graph), settings.hop, carry=True)
    if not any(line.role == "cell" for line in stream.lines):
        raise UsageError("--carry-state: no states would go on in this model's windows", fix="leave it out")
    difference = carried(stream, [batch.inputs for batch in batches])
    return f"states go on from window to window (--carry-state): on {data.name}, answers are {difference}"
