"""``gatesmith inspect --code``: a script that reads exactly this file's gates.

The script needs NumPy and h5py (TensorFlow for a SavedModel folder), opens the file, and puts every gate in
``gates["layer"]["W_i"]`` and every other weight in ``arrays["layer"]``. Names from the file are in string literals
only, never in comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..importers.keras.containers._wire import WEIGHTS
from ..importers.keras.containers.stored import StoredArray
from ..importers.keras.dialect.spec import LayerSpec, ModelOrigin
from .gates import WEIGHT, cell_of, formula_lines
from .page import clean
from .summary import LayerView, Summary

SYMBOL = {"kernel": "W", "recurrent": "U", "bias": "b", "bias in": "b_in", "bias rec": "b_rec"}
"""Role -> its letter in formulas."""
LINE = 80
"""Longest line with a comment; comments that would make a line longer are left out."""
FILE = """import h5py
import numpy as np

file = h5py.File({path!a}, "r")


def array(path):
    return np.asarray(file[path][()], dtype=np.float32)"""
READERS = {
    "savedmodel": """import numpy as np
import tensorflow as tf

reader = tf.train.load_checkpoint({path!a} + "/variables/variables")


def array(path):
    return np.asarray(reader.get_tensor(path), dtype=np.float32)""",
    "keras-zip": """import io
import zipfile

import h5py
import numpy as np

with zipfile.ZipFile({path!a}) as archive:
    file = h5py.File(io.BytesIO(archive.read("{weights}")), "r")


def array(path):
    return np.asarray(file[path][()], dtype=np.float32)""",
}
"""Code that opens a file, by its format; :data:`FILE` for all others."""


def script(summary: Summary, weights: Path | None = None) -> str:
    """The whole script.

    Args:
        weights: the weights file of an architecture in JSON.
    """
    source = summary.reading.source
    lines = [_opening(source, weights), "", "", "gates, arrays = {}, {}"]
    for _, view in summary.walk():
        if isinstance(view.spec, LayerSpec) and view.spec.stored:
            lines += ["", *_layer(view, view.spec)]
    lines += ["", 'if __name__ == "__main__":', "    for layer, found in gates.items():"]
    lines += ["        for name, values in found.items():", "            print(layer, name, values.shape)"]
    return "\n".join(lines) + "\n"


def _opening(source: ModelOrigin, weights: Path | None) -> str:
    text = clean(source.written_by).encode("ascii", "backslashreplace").decode()
    path = source.path if weights is None or source.format in READERS else str(weights)
    head = f"# The gates of one file, written by gatesmith inspect --code.\n# {text}, weights id {source.weights_id}.\n"
    return head + READERS.get(source.format, FILE).format(path=path, weights=WEIGHTS)


def _layer(view: LayerView, spec: LayerSpec) -> Iterator[str]:
    key = ascii("/".join(view.path))
    if not spec.gates:
        yield f"arrays[{key}] = ["
        for array in spec.stored:
            yield f"    array({array.path!a}),  # {array.data.shape}"
        yield "]"
        return
    yield f"# {spec.class_name}, gates in the file: {spec.stored_order or ' '.join(cell_of(spec).order)}"
    for line in formula_lines(spec):
        yield f"#   {line}"
    names: dict[int, str] = {}
    separate = len({part.array.index for part in spec.gates}) == len(spec.gates)
    if not separate:
        for part in spec.gates:
            if part.array.index not in names:
                names[part.array.index] = WEIGHT[part.role]
                yield _assign(names[part.array.index], part.array)
    yield f"found = gates[{key}] = {{}}"
    for part in spec.gates:
        name = f"{SYMBOL[part.role]}_{part.gate}"
        if separate:
            value = f"array({part.array.path!a})" + part.code.removeprefix("a").replace("[...]", "", 1)
        else:
            value = names[part.array.index] + part.code.removeprefix("a")
        comment = f"  # {cell_of(spec).gates[part.gate]}"
        line = f'found["{name}"] = {value}'
        yield line + comment if len(line + comment) <= LINE else line


def _assign(name: str, array: StoredArray) -> str:
    line = f"{name} = array({array.path!a})"
    comment = f"  # {array.data.shape}"
    return line + comment if len(line + comment) <= LINE else line
