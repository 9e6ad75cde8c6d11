"""What a file means: Archive -> Reading, in the dialect of the Keras that wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UsageError
from . import recurrent
from .allowed import ALIASES, MERGE_CLASSES, MODELS, RANDOM, admit
from .build import Context, Source, note_policy, plain
from .config import Writer, writer_of
from .flags import entry_flags
from .gates import ORDER
from .identity import weights_id
from .outline import Entry, Outline, feeds, pruned
from .site import Site
from .spec import Archive, Call, LayerSpec, ModelSpec, Reading, Ref
from .spec import Source as Origin
from .weights import Item, Layers, Paths, Place, top
from .widths import Widths
from .wiring import outline


def interpret(archive: Archive, *, keras_backend: str | None = None, stop_before: str | None = None) -> Reading:
    """The model that a file describes.

    Args:
        archive: the file's content.
        keras_backend: the backend that Keras ran on, where the file does not say or says it wrongly.
        stop_before: name of a layer; what feeds it becomes the model's outputs, and it and all after it are dropped.

    Raises:
        UnsupportedError: the model holds something Gatesmith does not translate.
        ModelError: the file contradicts itself.
        UsageError: there is no layer of the name ``stop_before``.
    """
    writer, how = writer_of(archive.config, archive.keras_version, archive.backend)
    backend, guess = _backend(archive, writer, keras_backend)
    site = Site(archive.path)
    context = Context(replace(writer, backend=backend), [*archive.notes, *guess])
    if not archive.keras_version:
        context.note(f"written by {writer.generation} ({how})")
    whole = outline(archive.config, context.writer, site)
    reader = _Reader(context)
    cut = _cut(whole, stop_before, archive.path) if stop_before is not None else pruned(whole)
    model = reader.model(whole, cut, top(archive, context.note), site)
    source = Origin(
        archive.path,
        archive.format,
        archive.sha256,
        archive.keras_version,
        backend,
        writer.generation,
        weights_id(model),
        tuple(context.notes),
    )
    return Reading(model, source, tuple(context.warnings))


def _backend(archive: Archive, writer: Writer, given: str | None) -> tuple[str, list[str]]:
    """The backend: as the user says, as the file says, or as Keras 1's array names tell (``:0`` is TensorFlow's)."""
    if given is not None:
        return given, [f"backend {given}, as given on the command line"]
    names = [array.name for group in archive.groups for array in group.arrays]
    if archive.backend or writer.generation != "Keras 1" or not names:
        return archive.backend, []
    found = "tensorflow" if any(name.endswith(":0") for name in names) else "theano"
    return found, [f"backend {found}, told by the names of the arrays"]


def _cut(model: Outline, name: str, file: str) -> Outline:
    """The model up to a layer."""
    names = [key for key, entry in model.entries.items() if entry.file_class != "InputLayer"]
    if name not in names:
        raise UsageError(
            f'--stop-before names the layer "{name}", which the model does not have',
            where=file,
            fix=f"its layers are: {', '.join(names)}",
        )
    calls = [call for call in model.calls if call.layer == name]
    ends = tuple(dict.fromkeys(ref for call in calls for ref in (*call.inputs, *call.initial_state)))
    if all(model.entries[ref.layer].file_class == "InputLayer" for ref in ends):
        raise UsageError(
            f'--stop-before "{name}" leaves nothing of the model: that layer reads its inputs',
            where=file,
            fix="name a later layer",
        )
    return pruned(replace(model, outputs=ends), keep_inputs=False)


@dataclass
class _Reader:
    context: Context
    paths: dict[tuple[str, str], Place] = field(default_factory=dict)
    """Where each layer of a ``.keras`` file was first met: a shared one is stored only there."""

    def model(self, whole: Outline, kept: Outline, place: Layers, site: Site) -> ModelSpec:
        """A model of which only some layers are ``kept``; the places of all count."""
        for note in whole.notes:
            self.context.note(note)
        items = [
            Item(name, entry.file_class, self._flags(entry), entry.is_layer)
            for name, entry in whole.entries.items()
            if name not in whole.made
        ]
        places = place.layers(items, site)
        neighbours = [(name, entry.file_class) for name, entry in whole.entries.items() if name not in whole.made]
        widths = Widths()
        layers: dict[str, LayerSpec | ModelSpec] = {}
        for name, entry in kept.entries.items():
            if entry.file_class == "InputLayer":
                at = site.layer(name, entry.file_class, neighbours)
                if Ref(name) not in kept.inputs:
                    raise at.broken("is used, but is not among the model's inputs")
                layers[name] = spec = plain(Source(name, "InputLayer", entry.config, ()), self.context, at)
                widths.add_input(name, spec)
        for call in kept.calls:
            entry = kept.entries[call.layer]
            at = site.layer(entry.name, entry.file_class, neighbours)
            if call.layer not in layers:
                if entry.name in kept.training and (entry.file_class in RANDOM or _drops(entry.config)):
                    raise at.unsupported(
                        "is called with training=True", "its result is random, or depends on the batch"
                    )
                admit(entry.file_class, entry.raw, len(call.inputs), at, operation=not entry.is_layer)
                layers[call.layer] = self.layer(
                    entry, self._first(entry, places.get(entry.name)), widths.of(call.inputs[0]), at
                )
            self._check_use(call, layers, at)
            widths.add(call, layers[call.layer])
        for ref in kept.outputs:
            self._check_output(ref, layers, site.layer(ref.layer, kept.entries[ref.layer].file_class, neighbours))
        ordered = {name: layers[name] for name in kept.entries if name in layers}
        name = whole.name
        return ModelSpec(name, whole.class_name, ordered, kept.calls, kept.inputs, kept.outputs)

    def layer(self, entry: Entry, place: Place, width: int | None, site: Site) -> LayerSpec | ModelSpec:
        """One layer or nested model."""
        if entry.model is not None:
            return replace(self.model(entry.model, pruned(entry.model), place, site), name=entry.name)
        note_policy(entry.config, self.context)
        source = Source(entry.name, entry.file_class, entry.config, place.own(), width)
        if entry.file_class == "Bidirectional":
            return recurrent.bidirectional(source, place, self.context, site)
        if entry.file_class == "TimeDistributed":
            return self._time_distributed(source, place, site)
        if entry.file_class == "RNN":
            return recurrent.cells(source, place, self.context, site)
        if ALIASES.get(entry.file_class, entry.file_class) in ORDER:
            return recurrent.layer(source, place, self.context, site)
        return plain(source, self.context, site)

    def _time_distributed(self, source: Source, place: Place, site: Site) -> LayerSpec:
        described = source.config.get("layer")
        file_class, config = _described(described, site)
        name = config.get("name") if isinstance(config, Mapping) else None
        name = name if isinstance(name, str) else file_class.lower()
        at = site.inside(name, file_class)
        raw = described if isinstance(described, Mapping) else {}
        model = outline(raw, self.context.writer, at) if file_class in MODELS else None
        if model is None:
            admit(file_class, raw, 1, at)
        entry = Entry(name, file_class, config if isinstance(config, Mapping) else {}, raw, model)
        inner = self.layer(entry, place.part("layer"), source.width, at)
        return LayerSpec(source.name, "TimeDistributed", source.file_class, {}, {}, inner=(inner,))

    def _first(self, entry: Entry, place: Place | None) -> Place:
        assert place is not None
        if isinstance(place, Paths):
            key = (entry.file_class, entry.name)
            if place.absent:
                return self.paths.get(key, place)
            self.paths.setdefault(key, place)
        return place

    def _flags(self, entry: Entry) -> Any:
        return lambda: entry_flags(entry, self.context.writer)

    def _check_use(self, call: Call, layers: Mapping[str, LayerSpec | ModelSpec], site: Site) -> None:
        spec = layers[call.layer]
        given = len(call.inputs)
        if isinstance(spec, ModelSpec):
            if given != len(spec.inputs):
                raise site.broken(f"has {len(spec.inputs)} inputs and is given {given}")
        elif spec.class_name in MERGE_CLASSES:
            if given < 2 or (spec.class_name in ("Subtract", "Dot") and given != 2):
                raise site.broken(f"is given {given} inputs")
        elif given != 1:
            raise site.broken(f"is given {given} inputs, and takes one")
        for ref in feeds(call):
            self._check_output(ref, layers, site)

    def _check_output(self, ref: Ref, layers: Mapping[str, LayerSpec | ModelSpec], site: Site) -> None:
        spec = layers[ref.layer]
        count = len(spec.outputs) if isinstance(spec, ModelSpec) else recurrent.outputs(spec)
        if ref.output >= count:
            raise site.broken(f'takes output {ref.output} of "{ref.layer}", which has {count}')


def _drops(config: Mapping[str, Any]) -> bool:
    return any(config.get(key) for key in ("dropout", "recurrent_dropout", "dropout_W", "dropout_U"))


def _described(value: Any, site: Site) -> tuple[str, Mapping[str, Any] | list[Any]]:
    """Class and options of the layer inside a TimeDistributed; Keras 1's Sequential has a list."""
    if isinstance(value, Mapping) and str(value.get("class_name")) in MODELS and isinstance(value.get("config"), list):
        return str(value["class_name"]), value["config"]
    return recurrent.wrapped(value, site)
