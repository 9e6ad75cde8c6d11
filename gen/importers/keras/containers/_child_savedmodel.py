"""In the reader process: SavedModel folders of tf.keras (``saved_model.pb``, ``keras_metadata.pb``, ``variables/``),
read without TensorFlow.

Two object graphs have the same tree: the saved model's has the layers' descriptions, the checkpoint's has the keys of
their variables. Both are walked by the names of their edges: root, ``layer-0``, ``variables``, ``0``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from . import _protobuf as protobuf
from ._child_bundle import Bundle
from ._wire import MAX_JSON_BYTES, MAX_OBJECTS, SAVE_AGAIN, ArrayGroup, Content, Refusal, StoredArray, unpack_files

SHARD = "variables/variables.data"
ADAPTED = ("mean", "variance", "count")
"""Edges to the weights of a Normalization: Keras lists no variables for layers that are adapted, not trained."""
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def read_savedmodel(data: bytes) -> Content:
    """The content of a SavedModel's files, packed by :func:`_wire.pack_files`.

    The groups are those that tf.keras would write to HDF5: by layer, trainable arrays first. A group's name is its
    layer's description, a JSON text; ``config`` is the model's description. No JSON is parsed here.

    Raises:
        Refusal: not by Keras, or damaged.
    """
    try:
        return _content(unpack_files(data))
    except (LookupError, ValueError, ArithmeticError):
        raise protobuf.broken() from None


def _content(files: Mapping[str, memoryview]) -> Content:
    saved = _Graph(protobuf.messages(_object_graph(files["saved_model.pb"]), 1))
    descriptions = _Descriptions(saved, files.get("keras_metadata.pb", memoryview(b"")))
    shards = tuple(data for name, data in files.items() if name.startswith(SHARD))
    bundle = Bundle(files["variables/variables.index"], shards)
    stored = _Graph(protobuf.messages(bundle.string(OBJECT_GRAPH), 1))
    config = descriptions.of(0)
    groups: list[ArrayGroup] = []
    count = 0
    for edge, node in saved.layers(0):
        groups.append(ArrayGroup(descriptions.of(node), tuple(_arrays(edge, stored, stored.edges(0)[edge], bundle))))
        count += 1 + len(groups[-1].arrays)
        if count > MAX_OBJECTS:
            raise protobuf.broken()
    if not groups:
        raise _no_architecture()
    return Content("savedmodel", tuple(groups), config)


def _object_graph(saved_model: memoryview) -> bytes:
    for graph in protobuf.messages(saved_model, 2):
        nodes = protobuf.last(graph, 7)
        if nodes:
            return nodes
    raise Refusal("this SavedModel was written by TensorFlow 1: it has no Keras layers in it", fix=SAVE_AGAIN)


def _no_architecture() -> Refusal:
    return Refusal(
        "this SavedModel has no Keras architecture, only a TensorFlow graph",
        why="model.export(), tf.saved_model.save() and models written as a Python class keep the graph alone",
        fix='save the model itself: model.save("model.keras")',
    )


class _Descriptions:
    """Keras's descriptions of its layers: in ``keras_metadata.pb``; before TensorFlow 2.5, in ``saved_model.pb``."""

    def __init__(self, saved: _Graph, metadata: memoryview) -> None:
        self._saved = saved
        self._metadata = {protobuf.integer(node, 2): node for node in protobuf.messages(metadata, 1)}
        self._bytes_left = MAX_JSON_BYTES

    def of(self, node: int) -> str:
        text = protobuf.last(self._metadata.get(node, b""), 5)
        text = text or protobuf.last(protobuf.last(self._saved.nodes[node], 4), 3)
        self._bytes_left -= len(text)
        if not text:
            raise _no_architecture()
        if self._bytes_left < 0:
            raise protobuf.broken()
        return text.decode()


def _arrays(edge: str, stored: _Graph, layer: int, bundle: Bundle) -> Iterator[StoredArray]:
    """A layer's arrays in the order of tf.keras's HDF5 files: trainable ones first."""
    trainable = stored.items(layer, "trainable_variables")
    nodes = dict.fromkeys((*trainable, *stored.items(layer, "variables")))
    if not nodes:
        edges = stored.edges(layer)
        nodes = dict.fromkeys(
            edges[key] for key in ADAPTED if key in edges and protobuf.messages(stored.nodes[edges[key]], 2)
        )
    for node in nodes:
        attributes = protobuf.messages(stored.nodes[node], 2)
        if len(attributes) != 1:
            raise Refusal(f"{edge} keeps a weight in a form that is not a plain array", fix=SAVE_AGAIN)
        full_name = protobuf.last(attributes[0], 2).decode()
        key = protobuf.last(attributes[0], 3).decode()
        yield StoredArray(f"{full_name}:0", key, bundle.array(key))


class _Graph:
    """An object graph: SavedObjectGraph and TrackableObjectGraph have their edges in the same fields."""

    def __init__(self, nodes: list[bytes]) -> None:
        if len(nodes) > MAX_OBJECTS:
            raise protobuf.broken()
        self.nodes = nodes
        self.edges = cache(self._edges)
        """The children of a node, by the names of the edges."""

    def _edges(self, number: int) -> dict[str, int]:
        edges = protobuf.messages(self.nodes[number], 1)
        return {protobuf.last(edge, 2).decode(): protobuf.integer(edge, 1) for edge in edges}

    def layers(self, number: int) -> list[tuple[str, int]]:
        """The edges ``layer-0``, ``layer-1``, ... in the order of the layers."""
        edges = [(name, node) for name, node in self.edges(number).items() if name.startswith("layer-")]
        return sorted(edges, key=lambda pair: int(pair[0][6:]))

    def items(self, number: int, edge: str) -> list[int]:
        """The elements of the list at ``edge``."""
        place = self.edges(number).get(edge)
        if place is None:
            return []
        elements = self.edges(place)
        if not all(map(str.isdecimal, elements)):
            return []
        return [elements[key] for key in sorted(elements, key=int)]
