"""Writes models and arrays in memory as the files that the flow reads."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.graph import Array, Graph
from ..core.near import hint
from ..core.settings import MEMORY
from ..data.samples import ALIKE
from ..importers.keras.live.save import name_of, save

Samples = Any
"""One array, (samples, ...), or one per input: a list in the model's order, or a mapping by the inputs' names. NumPy
arrays, pandas frames and all that ``numpy.asarray`` takes; a ``tf.data.Dataset`` of batches; or a data file's path."""


class Folder:
    """A temporary folder for a model's files, removed with the last reference to it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=MEMORY)
        self.path = Path(self._folder.name)

    def inner(self, name: str) -> Path:
        """A new empty folder within it."""
        path = self.path / name
        path.mkdir()
        return path

    def model(self, model: Any) -> Path:
        """The model's file: the given path, or a file that the model's own Keras saves.

        Raises:
            UsageError, ModelError: as in :func:`gatesmith.importers.keras.live.save.save`.
        """
        if isinstance(model, (str, Path)):
            return Path(model)
        content = save(model)
        name = re.sub(r"\W", "_", name_of(model)) or "model"
        path = self.path / f"{name}{'.keras' if content[:2] == b'PK' else '.h5'}"
        path.write_bytes(content)
        return path

    def data(self, name: str, samples: Samples, graph: Graph, labels: Any = None) -> Path:
        """A data file's path: the given path, or a file written from arrays.

        Args:
            name: the argument's name: pages show ``live data NAME``.

        Raises:
            UsageError: there are labels beside a file.
            DataError: the samples do not fit the model's inputs.
        """
        if isinstance(samples, (str, Path)):
            if labels is not None:
                raise UsageError(
                    f"{name} is a file, which has labels of its own", fix="give both as arrays, or labels y in the file"
                )
            return Path(samples)
        inputs, included = arrays(samples, graph)
        labels = included if labels is None else labels
        contents: dict[str, Any] = {f"in_{index}": x for index, x in enumerate(inputs)}
        if labels is not None:
            y = np.asarray(labels)  # words of pandas are objects
            contents["y"] = y.astype(str) if y.dtype.hasobject and all(isinstance(word, str) for word in y.flat) else y
        path = self.path / f"live data {name}"
        with path.open("wb") as file:
            np.savez(file, **contents)
        return path


def arrays(samples: Samples, graph: Graph) -> tuple[list[Array], Array | None]:
    """One array per input, in the model's order, and labels if the samples include them.

    Raises:
        DataError: there are too few or too many arrays, or of different lengths, or their names are not those of the
            model's inputs.
    """
    names = [port.name for port in graph.inputs]
    samples, labels = _unpacked(samples, graph)
    if isinstance(samples, Mapping) and not hasattr(samples, "to_numpy"):
        numbered = [f"in_{index}" for index in range(len(names))]
        spelling = next((keys for keys in (names, numbered) if set(samples) == set(keys)), None)
        if spelling is None:
            advice = [line for name in names if name not in samples for line in hint(name, map(str, samples))]
            raise DataError(
                f"the samples are named {', '.join(map(str, samples)) or 'nothing'}",
                fix=(*advice, f"name them as the model names its inputs: {', '.join(names)}"),
            )
        samples = [samples[name] for name in spelling]
    elif not (isinstance(samples, (list, tuple)) and len(names) > 1):
        samples = [samples]
    if len(samples) != len(names):
        raise DataError(
            f"the model takes {len(names)} inputs and is given {len(samples)}",
            fix=f"give a list of arrays in this order: {', '.join(names)}",
        )
    plain = [_array(x) for x in samples]
    if len({x.shape[:1] for x in plain}) > 1:
        raise DataError("the inputs have different numbers of samples", fix=ALIKE)
    return plain, labels


def _array(x: Any) -> Array:
    try:
        plain = x.to_numpy() if hasattr(x, "to_numpy") else np.asarray(x)
    except ValueError:  # NumPy's error for lists of different lengths
        plain = np.empty(0, object)
    if plain.dtype.kind in "OUSMm":
        raise DataError(
            "samples of different lengths, or values that are no numbers, are not one array",
            fix="pad the sequences to one length, as Keras wants them too; make numbers of words and dates",
        )
    return np.asarray(plain)


def _unpacked(samples: Samples, graph: Graph) -> tuple[Samples, Array | None]:
    """Batches of a ``tf.data.Dataset``, joined to arrays, and labels if they are pairs. Other samples unchanged."""
    if not callable(getattr(samples, "as_numpy_iterator", None)):
        return samples, None
    batches = list(samples.as_numpy_iterator())
    if not batches:
        raise DataError(
            "the dataset is empty", fix="give a dataset with at least one batch; repeat() and take(0) do not"
        )
    labelled = isinstance(batches[0], tuple) and len(batches[0]) in (2, 3)  # the third are Keras's sample weights
    inputs = [batch[0] if labelled else batch for batch in batches]
    rank = len(graph.shape(graph.inputs[0].tensor))
    first = inputs[0]
    joined: Samples
    if isinstance(first, Mapping):
        joined = {name: _joined([batch[name] for batch in inputs], rank) for name in first}
    elif isinstance(first, (tuple, list)):
        joined = [_joined(parts, rank) for parts in zip(*inputs, strict=True)]
    else:
        joined = _joined(inputs, rank)
    labels = [np.asarray(batch[1]) for batch in batches] if labelled else []
    return joined, np.concatenate([np.atleast_1d(y) for y in labels]) if labels else None


def _joined(parts: Sequence[Any], rank: int) -> Array:
    """Batches concatenated; or single samples stacked, if the dataset has no batches."""
    plain = [np.asarray(part) for part in parts]
    return np.stack(plain) if plain[0].ndim == rank else np.concatenate(plain)
