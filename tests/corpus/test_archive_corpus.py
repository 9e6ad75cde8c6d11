"""Every model of the corpus is read as h5py reads it, or refused with a reason."""

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from everything import EVERYTHING
from fuzz.here import parsed_here

from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.dialect.alone import completed

CORPUS = os.environ.get("GATESMITH_CORPUS", "")
NO_MODEL = (".tflite", ".rtneural.json")
REFUSED = {
    "truncated_half", "empty", "text_named", "missing_kernel", "nan_weights", "path_traversal", "pickled_model",
    "bomb_config", "no_config", "broken_json", "weights_only",
}  # fmt: skip
"""The bad files that can be told without knowing what layers mean."""


EVERY = 1 if EVERYTHING else 4
"""Of the good files each fourth is read by the reader's process, and all folders and large ones; the others by the same
parsers here. What only the process has are its limits."""
LARGE = 500_000


def entries() -> list[Any]:
    if not CORPUS:
        return [
            pytest.param(
                None, True, marks=pytest.mark.skip(reason="GATESMITH_CORPUS is not set: no model files to read")
            )
        ]
    found = []
    for folder in ("", "conv"):
        path = Path(CORPUS, folder, "INDEX.json")
        own = json.loads(path.read_text(encoding="utf-8"))["entries"] if path.is_file() else []
        found += [{**entry, "folder": folder} for entry in own]
    return [
        pytest.param(entry, number % EVERY == 0, id="/".join(filter(None, (entry["folder"], entry["id"]))))
        for number, entry in enumerate(found)
    ]


def stored(path: Path) -> dict[str, Any]:
    """All arrays of an HDF5 or ``.keras`` file by path, as h5py reads them."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        data = zipfile.ZipFile(io.BytesIO(data)).read("model.weights.h5")
    found: dict[str, Any] = {}
    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(lambda name, item: found.update({f"/{name}": item[()]} if hasattr(item, "shape") else {}))
    return found


@pytest.mark.parametrize(("entry", "turn"), entries())
def test_read_or_refused(entry: dict[str, Any], turn: bool) -> None:
    folder = Path(CORPUS, entry["folder"])
    files = [folder / file["path"] for file in entry["files"] if not file["path"].endswith(NO_MODEL)]
    texts = [path for path in files if path.suffix == ".json"]
    weights = next((path for path in files if path.suffix != ".json"), files[0])
    expected = entry["expected"]
    plain = weights.parent.name != "bad" and weights.is_file() and weights.stat().st_size < LARGE
    try:
        with parsed_here(plain and not turn):
            found = completed(archive.read(texts[0], weights) if texts else archive.read(weights), gates_only=False)
    except GatesmithError as error:
        assert weights.parent.name == "bad", error.what
        assert weights.name in error.where
    else:
        assert weights.stem not in REFUSED, expected
        values = stored(weights) if weights.is_file() else {}
        assert any(group.arrays for group in found.groups) or (weights.is_file() and not values)
        if weights.is_file():
            for array in (array for group in found.groups for array in group.arrays):
                assert np.array_equal(array.data, values[array.path]), array.path
    assert not list(Path(tempfile.gettempdir()).glob("KERAS_IMPORT_*"))
