"""What people hold in a notebook, as the files that the flow reads: one way in for every model and every array."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array, Graph
from ..core.near import meant
from ..importers.keras.live.save import name_of, save
from .wording import MEMORY

Samples = Any
"""One array, (samples, ...), or one an input: a list in the model's order, or a mapping by the inputs' names. Arrays of
NumPy, pandas frames and whatever ``numpy.asarray`` takes; a ``tf.data.Dataset`` of batches; or a data file's path."""


class Folder:
    """A folder for what a model needs as files; it goes away with whoever holds it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=MEMORY)
        self.path = Path(self._folder.name)

    def inner(self, name: str) -> Path:
        """An empty folder within."""
        path = self.path / name
        path.mkdir()
        return path

    def model(self, model: Any) -> Path:
        """The model's file: the one named, or the one that the model's own Keras saves.

        Raises:
            UsageError, ModelError: as :func:`gatesmith.importers.keras.live.save.save`.
        """
        if isinstance(model, (str, Path)):
            return Path(model)
        content = save(model)
        name = re.sub(r"\W", "_", name_of(model)) or "model"
        path = self.path / f"{name}{'.keras' if content[:2] == b'PK' else '.h5'}"
        path.write_bytes(content)
        return path

    def data(self, name: str, samples: Samples, graph: Graph, labels: Any = None) -> Path:
        """A data file's path: the one named, or one written from arrays.

        Args:
            name: of the argument: pages show ``live data NAME``.

        Raises:
            DataError: they are not the model's inputs.
        """
        if isinstance(samples, (str, Path)):
            return Path(samples)
        inputs, included = arrays(samples, graph)
        labels = included if labels is None else labels
        named: dict[str, Any] = {f"in_{index}": x for index, x in enumerate(inputs)}
        if labels is not None:
            named["y"] = np.asarray(labels)
        path = self.path / f"live data {name}"
        with path.open("wb") as file:
            np.savez(file, **named)
        return path


def arrays(samples: Samples, graph: Graph) -> tuple[list[Array], Array | None]:
    """One array an input, in the model's order, and labels where the samples come with them.

    Raises:
        DataError: there are too few or too many, or a name is none of the model's inputs.
    """
    names = [port.name for port in graph.inputs]
    samples, labels = _unpacked(samples, graph)
    if isinstance(samples, Mapping) and not hasattr(samples, "to_numpy"):
        numbered = [f"in_{index}" for index in range(len(names))]
        spelling = next((keys for keys in (names, numbered) if set(samples) == set(keys)), None)
        if spelling is None:
            near = [line for name in names if name not in samples for line in meant(name, map(str, samples))]
            raise DataError(
                f"the samples are named {', '.join(map(str, samples)) or 'nothing'}",
                fix=(*near, f"name them as the model names its inputs: {', '.join(names)}"),
            )
        samples = [samples[name] for name in spelling]
    elif not (isinstance(samples, (list, tuple)) and len(names) > 1):
        samples = [samples]
    if len(samples) != len(names):
        raise DataError(
            f"the model takes {len(names)} inputs and is given {len(samples)}",
            fix=f"give a list of arrays in this order: {', '.join(names)}",
        )
    return [_array(x) for x in samples], labels


def _array(x: Any) -> Array:
    try:
        plain = x.to_numpy() if hasattr(x, "to_numpy") else np.asarray(x)
    except ValueError:  # NumPy's word for lists of different lengths
        plain = np.empty(0, object)
    if plain.dtype.kind in "OUSMm":
        raise DataError(
            "samples of different lengths, or values that are no numbers, are not one array",
            fix="pad the sequences to one length, as Keras wants them too; make numbers of words and dates",
        )
    return np.asarray(plain)


def _unpacked(samples: Samples, graph: Graph) -> tuple[Samples, Array | None]:
    """Batches of a ``tf.data.Dataset`` as whole arrays; pairs give labels. Anything else as it is."""
    if not callable(getattr(samples, "as_numpy_iterator", None)):
        return samples, None
    batches = list(samples.as_numpy_iterator())
    if not batches:
        raise DataError(
            "the dataset is empty", fix="give a dataset with at least one batch; repeat() and take(0) do not"
        )
    labelled = isinstance(batches[0], tuple) and len(batches[0]) == 2
    inputs = [batch[0] if labelled else batch for batch in batches]
    rank = len(graph.shape(graph.inputs[0].tensor))
    first = inputs[0]
    whole: Samples
    if isinstance(first, Mapping):
        whole = {name: _joined([batch[name] for batch in inputs], rank) for name in first}
    elif isinstance(first, (tuple, list)):
        whole = [_joined(parts, rank) for parts in zip(*inputs, strict=True)]
    else:
        whole = _joined(inputs, rank)
    labels = [np.asarray(batch[1]) for batch in batches] if labelled else []
    joined = np.concatenate([np.atleast_1d(y) for y in labels]) if labels else None
    return whole, joined


def _joined(parts: Sequence[Any], rank: int) -> Array:
    """Batches one behind the other; single samples, where the dataset has no batches, as a stack."""
    plain = [np.asarray(part) for part in parts]
    whole: Array = np.stack(plain) if plain[0].ndim == rank else np.concatenate(plain)
    return whole
