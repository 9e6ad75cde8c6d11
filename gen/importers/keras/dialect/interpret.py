"""The meaning of a file: Archive -> Reading, in the dialect of the Keras that wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ....core.errors import UsageError
from ....core.near import hint
from ....core.settings import ANYTHING, Settings
from ..containers.stored import Archive
from . import input_shapes
from .allowed import MODELS, admit, foreign
from .alone import completed
from .build import describe, input_layer, note_policy
from .config import Writer, parts, shown, writer_of, written_by
from .flags import entry_flags
from .identity import weights_id
from .kinds import kind_of
from .lambdas import with_expressions
from .outline import Entry, Outline, pruned
from .site import Site
from .source import Context, Source
from .spec import LayerSpec, ModelOrigin, ModelSpec, Reading, Ref
from .weights import Claimant, Layers, Paths, Place, top
from .wiring import outline

BACKENDS = ("tensorflow", "theano", "cntk", "mxnet", "plaidml", "jax", "torch", "numpy", "openvino")
"""Backends of some release of Keras, or of a fork of it."""


def interpret(
    archive: Archive, settings: Settings = ANYTHING, gates_only: bool = False, writer: Writer | None = None
) -> Reading:
    """The model that a file describes.

    Args:
        archive: the file's content.
        settings: the user's options for reading it.
        gates_only: whether weights or an architecture alone are enough, see ``alone``.
        writer: the Keras to assume as its writer, whatever the file says.

    Raises:
        UnsupportedError: the model holds something Gatesmith does not translate.
        ModelError: the file contradicts itself.
        UsageError: there is no layer of the name ``stop_before``.
    """
    archive = completed(archive, gates_only)
    archive = replace(archive, config=with_expressions(archive.config, settings.lambdas, archive.path))
    context, site = _context(archive, settings, writer), Site(archive.path)
    if str(archive.config.get("class_name")) in MODELS and foreign(archive.config):
        raise site.unsupported(
            f"is registered as {shown(archive.config.get('registered_name') or archive.config.get('module'))}: not one"
            " of Keras's own classes",
            "a custom model's Python code is not in the file, and Gatesmith never runs code",
            "build the same layers as a Sequential or functional model, then set_weights() and save()",
        )
    full_model = outline(archive.config, context.writer, site)
    site = replace(site, stops=frozenset(name for name, ends in _feeding(full_model).items() if ends))
    reader = _ModelReader(context)
    context.layer = reader.layer
    end = settings.stop_before
    cut = pruned(full_model) if end is None else _cut(full_model, end, archive.path)
    model = reader.model(full_model, cut, top(archive, context.note), site)
    model = input_shapes.with_shapes(model, settings.length, context.note, archive.path)
    written = (archive.keras_version, context.writer.backend, context.writer.generation)
    source = ModelOrigin(
        archive.path, archive.format, archive.sha256, *written, weights_id(model), tuple(context.notes), archive.tuned
    )
    return Reading(model, source, tuple(context.warnings), context.writer, logits=archive.logits and end is None)


def _context(archive: Archive, settings: Settings, override: Writer | None) -> Context:
    """The context with the file's writer, and notes on the evidence; ``override`` is :func:`interpret`'s ``writer``."""
    writer, how = writer_of(archive.config, archive.keras_version, archive.backend)
    by, version = settings.written_by, archive.keras_version
    contrast = f": the file says {version}" if version else ""
    if override is not None or by is not None:
        choice = override or written_by(by or "")
        if override is None and version and choice.generation != writer.generation:
            raise UsageError(f"--written-by {by}{contrast}", where=archive.path, fix="leave out --written-by")
        writer = replace(choice, backend=writer.backend)
    backend, guess = _backend(archive, writer, settings.keras_backend)
    context = Context(replace(writer, backend=backend), [*archive.notes, *guess])
    if by is not None:
        context.note(f"written by {by}, as given on the command line{contrast}")
    elif not version:
        context.note(f"written by {writer.generation} ({how})")
    return context


def _backend(archive: Archive, writer: Writer, choice: str | None) -> tuple[str, list[str]]:
    """The backend: the user's, the file's, or the one of Keras 1's array names (``:0`` is TensorFlow's)."""
    if choice is not None:
        if choice not in BACKENDS:
            raise UsageError(
                f"--keras-backend {choice}: Keras never ran on a backend of that name",
                where=archive.path,
                fix=(*hint(choice, BACKENDS), f"choose one of: {', '.join(BACKENDS)}"),
            )
        if archive.backend not in ("", choice):
            raise UsageError(
                f"--keras-backend {choice}: the file says {archive.backend}",
                where=archive.path,
                fix="leave out --keras-backend",
            )
        return choice, [f"backend {choice}, as given on the command line"]
    names = [array.name for group in archive.groups for array in group.arrays]
    if archive.backend or writer.generation != "Keras 1" or not names:
        return archive.backend, []
    backend = "tensorflow" if any(name.endswith(":0") for name in names) else "theano"
    return backend, [f"backend {backend}, told by the names of the arrays"]


def _cut(model: Outline, name: str, file: str) -> Outline:
    """The model up to a layer."""
    names = [key for key, entry in model.entries.items() if entry.file_class != "InputLayer"]
    if name not in names:
        raise UsageError(
            f'--stop-before names the layer "{name}", which the model does not have',
            where=file,
            fix=(*hint(name, names), f"its layers are: {', '.join(names)}"),
        )
    ends = _feeding(model).get(name, ())
    if not ends:
        raise UsageError(
            f'--stop-before "{name}" leaves nothing of the model: that layer reads its inputs',
            where=file,
            fix="name a later layer",
        )
    return pruned(replace(model, outputs=ends), keep_inputs=False)


def _feeding(model: Outline) -> dict[str, tuple[Ref, ...]]:
    """The tensors that feed each layer; none if it reads the model's inputs only."""
    feeding: dict[str, dict[Ref, None]] = {}
    for call in model.calls:
        feeding.setdefault(call.layer, {}).update(dict.fromkeys((*call.inputs, *call.initial_state)))
    inputs = {name for name, entry in model.entries.items() if entry.file_class == "InputLayer"}
    return {name: () if all(ref.layer in inputs for ref in ends) else tuple(ends) for name, ends in feeding.items()}


@dataclass
class _ModelReader:
    context: Context
    paths: dict[tuple[str, str], Place] = field(default_factory=dict)
    """The first place of each layer of a ``.keras`` file: a shared one is stored only there."""

    def model(self, full_model: Outline, part: Outline, place: Layers, site: Site) -> ModelSpec:
        """The part of a model that is needed; the places of all its layers count."""
        for note in full_model.notes:
            self.context.note(note)
        in_file = [entry for name, entry in full_model.entries.items() if name not in full_model.implied_inputs]
        items = [
            Claimant(entry.name, _keras_class(entry), partial(entry_flags, entry, self.context.writer), entry.is_layer)
            for entry in in_file
        ]
        places = place.layers(items, site)
        neighbours = [(entry.name, entry.file_class) for entry in in_file]
        layers: dict[str, LayerSpec | ModelSpec] = {}
        for name, entry in part.entries.items():
            if entry.file_class == "InputLayer":
                at = site.layer(name, entry.file_class, neighbours)
                if Ref(name) not in part.inputs:
                    raise at.broken("is used, but is not among the model's inputs")
                layers[name] = input_layer(name, entry.config, self.context.writer, at)
        for call in part.calls:
            entry = part.entries[call.layer]
            at = site.layer(entry.name, entry.file_class, neighbours)
            if call.layer not in layers or entry.file_class == "InputLayer":
                if entry.name in part.training and _trains(entry, self.context.writer):
                    raise at.unsupported(
                        "is called with training=True", "its result is random, or depends on the batch"
                    )
                admit(entry.file_class, entry.raw, at, operation=not entry.is_layer)
                layers[call.layer] = self.layer(entry, self._first(entry, places.get(entry.name)), at)
            inner = layers[call.layer]
            if isinstance(inner, ModelSpec) and len(call.inputs) != len(inner.inputs):
                raise at.broken(f"has {len(inner.inputs)} inputs and is given {len(call.inputs)}")
        ordered = {name: layers[name] for name in part.entries if name in layers}
        keys = (
            part.input_keys if len(part.inputs) == len(full_model.inputs) else (),
            part.output_keys if part.outputs == full_model.outputs else (),
        )
        return ModelSpec(full_model.name, full_model.class_name, ordered, part.calls, part.inputs, part.outputs, *keys)

    def layer(self, entry: Entry, place: Place, site: Site) -> LayerSpec | ModelSpec:
        """One layer or nested model."""
        if entry.model is not None:
            return replace(self.model(entry.model, pruned(entry.model), place, site), name=entry.name)
        if entry.is_layer:
            note_policy(entry.config, self.context)
        nodes = entry.raw.get("inbound_nodes")
        source = Source(entry.name, entry.file_class, entry.config, place.stored(), place)
        source = replace(source, operation=not entry.is_layer, nodes=nodes if isinstance(nodes, list) else ())
        return describe(source, self.context, site)

    def _first(self, entry: Entry, place: Place | None) -> Place:
        assert place is not None
        if isinstance(place, Paths):
            key = (entry.file_class, entry.name)
            if place.absent:
                return self.paths.get(key, place)
            self.paths.setdefault(key, place)
        return place


def _keras_class(entry: Entry) -> str:
    """The class's name in Keras's code."""
    kind = kind_of(entry.file_class)
    return (kind.keras_class if kind is not None else "") or entry.file_class


DROPS = ("dropout", "recurrent_dropout", "dropout_W", "dropout_U")


def _trains(entry: Entry, writer: Writer) -> bool:
    """Whether ``training=True`` in a file changes what the layer computes."""
    kind = kind_of(entry.file_class)
    if kind is not None and kind.trains_by_default and writer.generation == "Keras 3":
        return False
    if _random({**entry.config, "class_name": entry.file_class}):
        return True
    # Keras 3's predict overrides the training argument of models, wrappers and attention.
    return writer.generation != "Keras 3" and any(map(_random, parts(entry.config)))


def _random(described: Mapping[str, Any]) -> bool:
    """Whether a layer's result differs in training, or its options let it drop values then."""
    kind = kind_of(str(described.get("class_name")))
    return any(described.get(key) for key in DROPS) or (kind is not None and kind.random)
