"""The folder of models that others trained: its index, and what this version should make of each entry."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import pytest

from gatesmith.importers.keras.dialect import kinds
from gatesmith.importers.keras.dialect.allowed import MODELS

ROOT = os.environ.get("GATESMITH_CORPUS", "")
UNSET = "GATESMITH_CORPUS is not set: there is no folder of other people's models to test with"
NO_MODEL = (".tflite", ".rtneural.json")
KINDS = {*kinds.KINDS, *MODELS, "InputLayer", "StackedRNNCells"}
"""Layer kinds that this version translates: docs/layers.md lists them, so that none goes unseen."""
UNLISTED = {
    "k1_mnist_cnn_json": ["Convolution2D"],
    "mlperf_kws_dscnn": ["Conv2D"],
    "savedmodel_lstm": ["LSTM", "Dense"],
    "k1_json_weights_lstm_th": ["LSTM", "Dense"],
    "tfk_savedmodel_lstm_bi": ["LSTM", "Bidirectional"],
}
"""Kinds of the entries for which the index lists none: SavedModel folders, and JSON with a file of weights."""

REFUSED = {("", "tfk_attention"): "Attention"}
"""Entries, by folder and name, that use a kind in a way that is refused: attention to the other samples of a batch."""

Floats = npt.NDArray[np.floating[Any]]


def entries(bad: bool) -> list[Any]:
    """The index's entries as parameters; without a corpus, one skipped parameter with the reason."""
    if not ROOT:
        return [pytest.param(None, id="no-corpus", marks=pytest.mark.skip(reason=UNSET))]
    chosen = []
    for folder in ("", "conv"):
        path = Path(ROOT, folder, "INDEX.json")
        listed = json.loads(path.read_text("utf-8"))["entries"] if path.is_file() else []
        chosen += [{**entry, "folder": folder} for entry in listed if ("bad" in entry["kind"]) is bad]
    return [pytest.param(entry, id="/".join(filter(None, (entry["folder"], entry["id"])))) for entry in chosen]


def outside(entry: dict[str, Any]) -> list[str]:
    """Kinds of an entry that this version does not translate."""
    layers = entry["layers"] or UNLISTED[entry["id"]]
    return [
        word
        for layer in layers
        for word in re.findall(r"[A-Za-z_]\w*", layer)
        if (word not in KINDS and not option(word)) or REFUSED.get((entry["folder"], entry["id"])) == word
    ]


def option(word: str) -> bool:
    """A word inside an entry's brackets that is no layer: ``Bidirectional(LSTM,concat)``."""
    return word[0].islower()


def model_files(entry: dict[str, Any]) -> tuple[Path, Path | None]:
    """The model, and its weights where they are a file of their own."""
    files = [
        Path(ROOT, entry["folder"], file["path"]) for file in entry["files"] if not file["path"].endswith(NO_MODEL)
    ]
    texts = [path for path in files if path.suffix == ".json"]
    rest = [path for path in files if path.suffix != ".json"]
    return (texts[0], rest[0]) if texts else (rest[0], None)


def vectors(entry: dict[str, Any]) -> tuple[Path, list[Floats], list[Floats]]:
    """The entry's .npz file, its inputs and its expected outputs."""
    path = Path(ROOT, entry["folder"], entry["io"]["npz"])
    with np.load(path, allow_pickle=False) as data:
        arrays = dict(data)
    ports = [
        [arrays[f"{kind}_{i}"] for i in range(sum(k.startswith(f"{kind}_") for k in arrays))] for kind in ("in", "out")
    ]
    return path, ports[0], ports[1]


def excess(got: Floats, wanted: Floats, tolerance: float) -> float:
    """Largest error over what the index allows."""
    return float(np.abs(got - wanted).max() / (tolerance * max(1.0, float(np.abs(wanted).max()))))


@contextmanager
def uncounted() -> Iterator[None]:
    """``flow.run`` does not count instructions, which is most of its time for a small model and for tests elsewhere."""
    with mock.patch("gatesmith.flow.measure.costs_of", lambda *_: {}):
        yield
