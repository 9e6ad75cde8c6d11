"""SavedModel folders of tf.keras (``saved_model.pb``, ``keras_metadata.pb``, ``variables/``), read without TensorFlow.

Two object graphs say the same tree: the saved model's has the layers' descriptions, the checkpoint's has the keys of
their variables. Both are walked by the names of their edges: root, ``layer-0``, ``variables``, ``0``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import GatesmithError, ModelError
from . import json_strict, protobuf
from ._wire import MAX_FILE_BYTES, MAX_JSON_BYTES, MAX_OBJECTS, MIB, plain, quote
from .files import read_bytes
from .spec import Archive, ArrayGroup, StoredArray
from .tensor_bundle import Bundle

MAX_GRAPH_BYTES = 256 * MIB
MAX_SHARDS = 100
ADAPTED = ("mean", "variance", "count")
"""Edges to the weights of a Normalization: Keras lists no variables for layers that are adapted, not trained."""
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
SAVE_AGAIN = 'load it in the Keras that made it and save it again: model.save("model.h5")'


def read_folder(folder: Path, shown: str) -> Archive:
    """Reads a SavedModel folder. The groups are those that tf.keras would write to HDF5: by layer, trainable first.

    The hash is over the names and bytes of the files that were read, in the order of their names.

    Args:
        folder: the folder that holds ``saved_model.pb``.
        shown: the folder as the user named it, for messages.

    Raises:
        ModelError: no SavedModel, not by Keras, or damaged.
    """
    if not (folder / "saved_model.pb").is_file():
        raise _no_model(folder, shown)
    if (folder / "variables").is_symlink():
        raise ModelError("the variables folder is a symbolic link", where=shown, fix="copy the whole model")
    try:
        return _read(_files(folder), shown)
    except GatesmithError as error:
        if not error.where:
            error.where = shown
            error.fix = error.fix or (SAVE_AGAIN,)
        raise


def _no_model(folder: Path, shown: str) -> ModelError:
    if (folder / "model.weights.h5").is_file() and (folder / "config.json").is_file():
        fix = "zip its files into one .keras file, or name config.json and model.weights.h5"
        return ModelError("this folder is an unpacked .keras file", where=shown, fix=fix)
    fix = "name a model file, or a SavedModel folder (it holds saved_model.pb)"
    return ModelError("this folder holds no model: there is no saved_model.pb in it", where=shown, fix=fix)


def _files(folder: Path) -> dict[str, bytes]:
    """The files that matter, by name inside the folder."""
    names = ["saved_model.pb", "variables/variables.index"]
    if (folder / "keras_metadata.pb").exists():
        names.append("keras_metadata.pb")
    for count in range(1, MAX_SHARDS + 1):
        if (folder / f"variables/variables.data-00000-of-{count:05}").exists():
            names += [f"variables/variables.data-{i:05}-of-{count:05}" for i in range(count)]
            break
    files: dict[str, bytes] = {}
    left = MAX_FILE_BYTES
    for name in names:
        if not (folder / name).is_file():
            raise ModelError(f"this SavedModel is incomplete: {name} is missing", fix="copy the whole folder")
    for name in sorted(names):
        limit = left if name.startswith("variables/variables.data") else min(left, MAX_GRAPH_BYTES)
        files[name] = read_bytes(folder / name, limit=limit, follow=False)
        left -= len(files[name])
    return files


def _read(files: Mapping[str, bytes], shown: str) -> Archive:
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    saved = _Graph(protobuf.messages(_object_graph(files["saved_model.pb"]), 1))
    descriptions = _Descriptions(saved, files.get("keras_metadata.pb", b""), shown)
    shards = tuple(data for name, data in files.items() if name.startswith("variables/variables.data"))
    bundle = Bundle(files["variables/variables.index"], shards)
    stored = _Graph(protobuf.messages(bundle.string(OBJECT_GRAPH), 1))

    root = descriptions.of(0)
    config = root.get("model_config", root)
    if type(config) is not dict or type(config.get("class_name")) is not str or not config.get("config"):
        raise _no_architecture()
    groups: list[ArrayGroup] = []
    count = 0
    for edge, node in saved.layers(0):
        layer = descriptions.of(node).get("name")
        other = stored.edges(0).get(edge)
        if type(layer) is not str or other is None:
            raise protobuf.broken()
        groups.append(_group(layer, stored, other, bundle))
        count += 1 + len(groups[-1].arrays)
        if count > MAX_OBJECTS:
            raise protobuf.broken()
    if not groups:
        raise _no_architecture()
    written_by, backend = (root.get(key) or config.get(key) for key in ("keras_version", "backend"))
    return Archive(
        path=shown,
        format="savedmodel",
        sha256=digest.hexdigest(),
        config=_lists({"class_name": config["class_name"], "config": config["config"]}),
        keras_version=plain(written_by, 40) if type(written_by) is str else "",
        backend=plain(backend, 40) if type(backend) is str else "tensorflow",
        groups=tuple(groups),
    )


def _object_graph(saved_model: bytes) -> bytes:
    for graph in protobuf.messages(saved_model, 2):
        found = protobuf.last(graph, 7)
        if found:
            return found
    raise ModelError("this SavedModel was written by TensorFlow 1: it has no Keras layers in it", fix=SAVE_AGAIN)


def _no_architecture() -> ModelError:
    return ModelError(
        "this SavedModel has no Keras architecture, only a TensorFlow graph",
        why="model.export(), tf.saved_model.save() and models written as a Python class keep the graph alone",
        fix='save the model itself: model.save("model.keras")',
    )


class _Descriptions:
    """What Keras says about its layers: in ``keras_metadata.pb``, before TensorFlow 2.5 in ``saved_model.pb``."""

    def __init__(self, saved: _Graph, metadata: bytes, shown: str) -> None:
        self._saved = saved
        self._apart = {protobuf.integer(node, 2): node for node in protobuf.messages(metadata, 1)}
        self._shown = shown
        self._left = MAX_JSON_BYTES

    def of(self, node: int) -> Mapping[str, Any]:
        text = protobuf.last(self._apart.get(node, b""), 5)
        text = text or protobuf.last(protobuf.last(self._saved.node(node), 4), 3)
        self._left -= len(text)
        if not text:
            raise _no_architecture()
        if self._left < 0:
            raise protobuf.broken()
        return json_strict.parse_object(protobuf.text(text), f"{self._shown}, description of object {node}")


def _group(name: str, stored: _Graph, layer: int, bundle: Bundle) -> ArrayGroup:
    """The layer's arrays in the order of tf.keras's HDF5 files: trainable ones first."""
    trainable = stored.items(layer, "trainable_variables")
    both = dict.fromkeys((*trainable, *stored.items(layer, "variables")))
    if not both:
        edges = stored.edges(layer)
        both = dict.fromkeys(edges[key] for key in ADAPTED if key in edges and stored.holds_array(edges[key]))
    arrays: list[StoredArray] = []
    for node in both:
        attributes = protobuf.messages(stored.node(node), 2)
        if len(attributes) != 1:
            raise ModelError(f"layer {quote(name)} keeps a weight in a form that is not a plain array", fix=SAVE_AGAIN)
        full_name = protobuf.text(protobuf.last(attributes[0], 2))
        key = protobuf.text(protobuf.last(attributes[0], 3))
        arrays.append(StoredArray(f"{full_name}:0", key, bundle.array(key), len(arrays)))
    return ArrayGroup(name, tuple(arrays))


class _Graph:
    """An object graph: SavedObjectGraph and TrackableObjectGraph have their edges in the same fields."""

    def __init__(self, nodes: list[bytes]) -> None:
        if len(nodes) > MAX_OBJECTS:
            raise protobuf.broken()
        self._nodes = nodes
        self._edges: dict[int, dict[str, int]] = {}

    def node(self, number: int) -> bytes:
        if number >= len(self._nodes):
            raise protobuf.broken()
        return self._nodes[number]

    def holds_array(self, number: int) -> bool:
        """Whether the object is a variable."""
        return bool(protobuf.messages(self.node(number), 2))

    def edges(self, number: int) -> dict[str, int]:
        """The children, by the names of the edges."""
        if number not in self._edges:
            self._edges[number] = {
                protobuf.text(protobuf.last(edge, 2)): protobuf.integer(edge, 1)
                for edge in protobuf.messages(self.node(number), 1)
            }
        return self._edges[number]

    def layers(self, number: int) -> list[tuple[str, int]]:
        """The edges ``layer-0``, ``layer-1``, ... in the order of the layers."""
        found = [(name, node) for name, node in self.edges(number).items() if name.startswith("layer-")]
        return sorted((pair for pair in found if pair[0][6:].isdecimal()), key=lambda pair: int(pair[0][6:]))

    def items(self, number: int, edge: str) -> list[int]:
        """The elements of the list at ``edge``."""
        place = self.edges(number).get(edge)
        if place is None:
            return []
        elements = self.edges(place)
        return [elements[key] for key in sorted(elements, key=int)] if all(map(str.isdecimal, elements)) else []


def _lists(value: Any) -> Any:
    """Without TensorFlow's wrappers around tuples and shapes: as the same configuration stands in an HDF5 file."""
    if isinstance(value, list):
        return [_lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and type(value.get("items")) is list:
        return [_lists(item) for item in value["items"]]
    return {key: _lists(item) for key, item in value.items()}
