"""A model's configuration -> its layers and their uses, nothing judged yet.

Sources: Keras 1.2.2 ``keras/models.py`` (Sequential as a list, Merge first, ``flattened_layers``), Keras 2.3.1
``keras/engine/{network,sequential}.py``, tf_keras 2.21 ``tf_keras/src/engine/{functional,sequential}.py``, Keras 3.15
``keras/src/models/{functional,sequential}.py``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any

from ....core.limits import MAX_NODES
from .allowed import MODELS, is_read
from .arguments import Node, Triple, read_nodes, triples
from .config import Writer, shown, table
from .kinds import kind_of, operation_kind
from .masks import add_masks
from .outline import Entry, Outline, feeds
from .site import Site
from .spec import Call, Ref
from .weights import snake_case


def outline(config: Mapping[str, Any], writer: Writer, site: Site) -> Outline:
    """The outline of a whole model, or of one nested in another.

    Raises:
        UnsupportedError: a subclassed model, or a wiring that Gatesmith does not follow.
        ModelError: the configuration contradicts itself.
    """
    if "class_name" not in config and "layers" in config:
        return _Builder(writer, site).keras_0(config)
    class_name, inner = config.get("class_name"), config.get("config")
    if class_name == "Sequential" and isinstance(inner, (list, Mapping)):
        return _Builder(writer, site).sequential(config, inner)
    if isinstance(class_name, str) and class_name in MODELS and isinstance(inner, Mapping) and "layers" in inner:
        return _Builder(writer, site).functional(inner)
    if class_name == "Graph":
        raise site.unsupported("is a Graph of Keras 0.x", "its wiring is not translated", "build it again as a Model")
    raise site.unsupported(
        f"is of the class {shown(class_name)}: a subclassed model, whose Python code is not in the file",
        "Gatesmith reads model files and never runs code from them",
        "give your module with the class: --custom FILE.py",
        "or, if the class only trains in its own way, keras.Model(model.inputs, model.outputs).save('model.keras')",
        "or build the same layers as a Sequential or functional model, then set_weights() and save()",
    )


@dataclass
class _Builder:
    writer: Writer
    site: Site
    entries: dict[str, Entry] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    inputs: list[Ref] = field(default_factory=list)
    implied_inputs: set[str] = field(default_factory=set)
    names: tuple[tuple[str, str], ...] = ()

    def keras_0(self, config: Mapping[str, Any]) -> Outline:
        """Keras 0.3: ``{"layers": [{"name": "GRU", "output_dim": ...}], "name": "Sequential"}``."""
        if config.get("name") != "Sequential":
            raise self.site.unsupported(f"is a {shown(config.get('name'))} of Keras 0.x", "only Sequential is read")
        items = [
            {"class_name": item.get("name"), "config": {k: v for k, v in item.items() if k != "name"}}
            for item in _dicts(config.get("layers"), self.site)
        ]
        return self.sequential({}, items)

    def sequential(self, config: Mapping[str, Any], inner: Mapping[str, Any] | list[Any]) -> Outline:
        """The outline of a Sequential: one layer after the other."""
        items = self._items(inner if isinstance(inner, list) else inner.get("layers"))
        if not items:
            raise self.site.broken("has no layers")
        name = table(inner).get("name", "sequential")
        shape = table(inner).get("build_input_shape") or table(config, "build_config").get("input_shape")
        end = self.chain(items, shape)
        wired = tuple(self.calls), tuple(self.inputs), (end,)
        return Outline(str(name), "Sequential", self.entries, *wired, frozenset(self.implied_inputs))

    def chain(self, items: Sequence[Mapping[str, Any]], shape: Any) -> Ref:
        """A row of layers from its own input to its end; Keras 1 may start it with a Merge of such rows."""
        first, *others = items
        if _joins(first.get("class_name")) and isinstance(table(first, "config").get("layers"), list):
            branches = _dicts(table(first, "config")["layers"], self.site)
            ends = []
            for branch in branches:
                inner = branch.get("config")
                if branch.get("class_name") != "Sequential" or not isinstance(inner, list):
                    raise self.site.unsupported(
                        f"merges a {shown(branch.get('class_name'))} inside a Sequential",
                        "only Sequential branches are read",
                    )
                ends.append(self.chain(_dicts(inner, self.site), None))
            entry = self.add(first)
            self.calls.append(Call(entry.name, 0, tuple(ends)))
        else:
            entry = self.add(first)
            if entry.file_class == "InputLayer":
                self.inputs.append(Ref(entry.name))
            else:
                self.start(entry, shape)
        end = Ref(entry.name)
        for item in others:
            entry = self.add(item)
            if entry.file_class == "InputLayer":
                raise self.at(entry).broken("stands behind another layer", "an InputLayer comes first")
            self.calls.append(Call(entry.name, 0, (end,)))
            end = Ref(entry.name)
        return end

    def start(self, entry: Entry, built: Any) -> None:
        """The InputLayer that Keras makes for a Sequential's first layer."""
        dtype = entry.config.get("input_dtype") or "float32"
        if entry.model is not None:
            if len(entry.model.inputs) != 1:
                raise self.at(entry).unsupported("has several inputs and stands in a Sequential")
            source = entry.model.entries[entry.model.inputs[0].layer].config
            shape, dtype = source.get("batch_shape", source.get("batch_input_shape")), source.get("dtype", dtype)
        else:
            shape = _first_shape(entry, built)
        if (kind := kind_of(entry.file_class)) is not None:
            dtype = kind.input_dtype or dtype
        name = f"{entry.name}_input"
        while name in self.entries:
            name += "_"
        config = {"batch_shape": shape or None, "dtype": dtype, "name": name}
        self.entries = {name: Entry(name, "InputLayer", config, {}), **self.entries}
        self.implied_inputs.add(name)
        self.inputs.append(Ref(name))
        self.calls.append(Call(entry.name, 0, (Ref(name),)))

    def functional(self, config: Mapping[str, Any]) -> Outline:
        """The outline of a functional model: layers with their inbound nodes."""
        nodes = self._nodes(self._items(config.get("layers")))
        ends = triples(config.get("output_layers", []), self.site)
        starts = triples(config.get("input_layers", []), self.site)
        if not ends or not starts:
            raise self.site.broken("names no inputs or no outputs")
        uses = _Uses(self.entries, nodes, ends, self.writer.generation == "Keras 3")
        explicit: dict[tuple[str, int], tuple[Ref, ...]] = {}
        for name, layer_nodes in nodes.items():
            for index, node in enumerate(layer_nodes):
                at = self.at(self.entries[name])
                tensors = (node.inputs, node.initial_state, node.masks)
                inputs, state, masks = (tuple(uses.ref(t, at) for t in some) for some in tensors)
                self.calls.append(Call(name, index, inputs, state))
                if masks:
                    explicit[name, index] = masks
        for name, _, _ in starts:
            if name not in self.entries or self.entries[name].file_class != "InputLayer":
                raise self.site.broken(f'takes its input from "{name}", which is not an InputLayer of it')
        self.calls = list(add_masks(self.calls, explicit, self.entries, self.at))
        notes = tuple(
            f"{word}puts are a dictionary, which Keras sorts by key: {_numbered(layers, word, self.site)}"
            for word in ("in", "out")
            if isinstance(layers := config.get(f"{word}put_layers"), Mapping)
        )
        return Outline(
            str(config.get("name", "model")),
            "Functional",
            self.entries,
            self.sorted_calls(),
            tuple(Ref(name) for name, _, _ in starts),
            tuple(uses.ref(end, self.site, end=True) for end in ends),
            training=frozenset(name for name in nodes if any(node.training for node in nodes[name])),
            notes=notes,
            input_keys=_keys(config.get("input_layers"), len(starts)),
            output_keys=_keys(config.get("output_layers"), len(ends)),
        )

    def _nodes(self, items: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Node, ...]]:
        """The uses of each layer. If a class is not read, its inputs are those that are layers."""
        nodes: dict[str, tuple[Node, ...]] = {}
        loose: set[str] = set()
        for item in items:
            entry = self.add(item)
            called = has_arguments(entry)
            judged = called or (entry.is_layer and (entry.model is not None or is_read(entry.file_class)))
            value, at = item.get("inbound_nodes", []), self.at(entry)
            nodes[entry.name] = tuple(read_nodes(value, entry.file_class, judged, at, all_tensors=called))
            loose |= set() if judged else {entry.name}
        for name in loose:
            nodes[name] = tuple(Node(tuple(t for t in node.inputs if t[0] in self.entries)) for node in nodes[name])
        return nodes

    def add(self, item: Mapping[str, Any]) -> Entry:
        """Adds a layer of the file."""
        file_class, config = item.get("class_name"), item.get("config")
        if not isinstance(file_class, str) or not file_class:
            raise self.site.broken(f"holds a layer of the class {shown(file_class)}")
        name = _name(item)
        if name is None:
            count = sum(entry.file_class == file_class for entry in self.entries.values())
            name = f"{snake_case(file_class) or 'layer'}_{count + 1}"
        site = self.site.layer(name, file_class, self.names)
        if name in self.entries:
            raise site.broken("has the same name as another layer", "every layer of a model needs its own name")
        model = None
        if file_class in MODELS:
            model = replace(outline(item, self.writer, site), name=name)
        elif not isinstance(config, Mapping) and (config is not None or _joins(file_class)):
            raise site.broken(f"has config={shown(config)}", "expected options")
        self.entries[name] = Entry(name, file_class, table(config), item, model)
        return self.entries[name]

    def _items(self, value: Any) -> list[Mapping[str, Any]]:
        """The model's descriptions of layers."""
        items = _dicts(value, self.site)
        if len(items) > MAX_NODES:
            raise self.site.unsupported(f"has {len(items):,} layers", f"at most {MAX_NODES:,} are taken")
        self.names = tuple((_name(item) or "?", str(item.get("class_name"))) for item in items)
        return items

    def at(self, entry: Entry) -> Site:
        return self.site.layer(entry.name, entry.file_class, self.names)

    def sorted_calls(self) -> tuple[Call, ...]:
        """The calls in an order in which every input is computed before it is used; otherwise in the file's order."""
        makers = {Ref(call.layer, call.call): index for index, call in enumerate(self.calls)}
        needs = {
            index: [makers[source] for ref in feeds(call) if (source := Ref(ref.layer, ref.call)) in makers]
            for index, call in enumerate(self.calls)
        }
        # The pass over the file in which a call is made, if the file is read over and over.
        turns: dict[int, int] = {}
        try:
            for index in TopologicalSorter(needs).static_order():
                turns[index] = max((turns[need] + (index < need) for need in needs[index]), default=0)
        except CycleError as error:
            names = [self.calls[index].layer for index in sorted(error.args[1])]
            raise self.at(self.entries[names[0]]).broken(
                "waits for its own output",
                f"the wiring has a cycle among: {', '.join(dict.fromkeys(names))}",
                "the file was edited or is damaged",
            ) from None
        return tuple(self.calls[index] for index in sorted(turns, key=lambda index: (turns[index], index)))


class _Uses:
    """Stored numbers of uses -> 0, 1, 2, ... in the file's order.

    Keras counts the uses of a layer over all models. ``get_config`` renumbers those inside this model, and counts one
    more if the layer is a model with inputs of its own (its first node is its creation). Keras 3 does so in
    ``output_layers`` only (``functional_from_config``, ``get_tensor``).
    """

    def __init__(
        self, entries: Mapping[str, Entry], nodes: Mapping[str, tuple[Node, ...]], ends: Sequence[Triple], keras_3: bool
    ) -> None:
        self.entries, self.keras_3 = entries, keras_3
        self.count = {name: int(entries[name].file_class == "InputLayer") or len(uses) for name, uses in nodes.items()}
        stored: dict[tuple[str, bool], set[int]] = {}
        for node in chain.from_iterable(nodes.values()):
            for name, use, _ in (*node.inputs, *node.initial_state, *node.masks):
                stored.setdefault((name, False), set()).add(use)
        for name, use, _ in ends:
            stored.setdefault((name, keras_3), set()).add(use)
        self.sorted = {key: sorted(uses) for key, uses in stored.items()}

    def ref(self, tensor: Triple, site: Site, end: bool = False) -> Ref:
        """The output of a reference in the file; ``end`` for references of the model's outputs."""
        name, use, output = tensor
        if name not in self.entries:
            raise site.broken(f'is wired to "{name}", and the model has no layer of that name')
        if not self.count[name]:
            raise site.broken(f'is wired to "{name}", which is never called itself')
        index = self._index(name, use, end and self.keras_3)
        if index is None or output < 0:
            raise site.broken(
                f'is wired to use {use}, output {output} of "{name}", which is used {self.count[name]} times'
            )
        return Ref(name, index, output)

    def _index(self, name: str, use: int, end: bool) -> int | None:
        count, stored = self.count[name], self.sorted[name, end]
        if count == 1 and len(stored) == 1:
            return 0
        inner = self.entries[name].model
        shifted = inner is not None and ((end and inner.class_name == "Functional") or not self.keras_3)
        if shifted and stored[0] > 0 and stored[-1] <= count:
            return use - 1
        if stored[0] >= 0 and stored[-1] < count:
            return use
        return bisect_left(stored, use) if len(stored) == count else None


def has_arguments(entry: Entry) -> bool:
    """Whether the arguments of a layer or an operation determine its result."""
    if not entry.is_layer:
        return entry.file_class in operation_kind().operations
    kind = kind_of(entry.file_class)
    return entry.model is None and kind is not None and kind.with_nodes


def _keys(layers: Any, count: int) -> tuple[str, ...]:
    """The sorted keys of a dictionary of single tensors; empty if there is none."""
    if not isinstance(layers, Mapping) or len(layers) != count:
        return ()
    return tuple(sorted(map(str, layers)))


def _numbered(layers: Mapping[str, Any], word: str, site: Site) -> str:
    """The keys and layers of ports: ``in_0 is "alpha" (layer a), ...``."""
    keyed = [(key, name) for key in sorted(layers) for name, _, _ in triples(layers[key], site)]
    return ", ".join(f'{word}_{index} is "{key}" (layer {name})' for index, (key, name) in enumerate(keyed))


def _first_shape(entry: Entry, built: Any) -> Any:
    """The input shape, batch included, in a first layer's options."""
    config = entry.config
    for key in ("batch_input_shape", "batch_shape"):
        if config.get(key):
            return config[key]
    if config.get("input_shape"):
        return [None, *config["input_shape"]]
    build = table(entry.raw, "build_config")
    if shape := built or build.get("input_shape") or table(build, "shapes_dict").get("sequences_shape"):
        return shape
    kind = kind_of(entry.file_class)
    axes = ("input_dim",) if kind is None else kind.input_axes
    if axes[-1] == "input_dim" and config.get("input_dim") is None:
        return None
    return [None, *(config.get(axis) for axis in axes)]


def _joins(file_class: Any) -> bool:
    """Whether layers of the class may hold the branches that they join."""
    kind = kind_of(file_class) if isinstance(file_class, str) else None
    return kind is not None and kind.branches


def _name(item: Mapping[str, Any]) -> str | None:
    name = item.get("name") or table(item, "config").get("name")
    return name if isinstance(name, str) else None


def _dicts(value: Any, site: Site) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise site.broken(f"has layers={shown(value)}", "expected a list of layers")
    return value
