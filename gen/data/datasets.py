"""Data for models: an .npz or .npy file, a table, or a folder of them, in batches of samples of one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array, Graph, Shape
from ..core.settings import ANYTHING, Settings
from ..oracle.scores import check_count
from .samples import (
    ALIKE,
    LABELS,
    LARGEST_DATA,
    MOST_NAMES,
    array_keys,
    bounded,
    numbers,
    placed,
    present,
    read_npz,
    read_words,
    readable,
)
from .tables import read_csv
from .words import words_of

KINDS = (".npz", ".npy", ".csv", ".tsv")
TABLES = (".csv", ".tsv", ".txt")
MODELS = (".keras", ".tflite")
STACKED = ", scaled as in training; then np.savez('data.npz', x=np.stack(samples), y=labels), from all files"
OTHER_FORMS = {
    ".xlsx .xls": "pandas.read_excel({!r}).to_csv('data.csv', index=False)",
    ".parquet": "pandas.read_parquet({!r}).to_csv('data.csv', index=False)",
    ".mat": "np.savez('data.npz', x=scipy.io.loadmat({!r})['NAME']), samples first",
    ".h5 .hdf5": "np.savez('data.npz', x=h5py.File({!r})['NAME'][:]), if it has data and is no model",
    ".pkl .pickle": "x = pickle.load(open({!r}, 'rb')), if you trust it, and np.savez('data.npz', x=x)",
    ".wav": "scipy.io.wavfile.read({!r})[1]" + STACKED,
    ".png .jpg .jpeg .bmp": "keras.utils.img_to_array(keras.utils.load_img({!r}, target_size=(ROWS, COLUMNS)))"
    + STACKED,
}
"""Forms that are not read, and the Python that makes an .npz or .csv file of them."""
PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}
"""Folders with these names, in small letters, are parts of the data and no classes."""
VISIBLE = "[!.]*"
"""Pattern of the names of files that are not hidden, as the copies of notebooks and of macOS are."""
CERTAIN = {"labels", "label", "y", "y_test", "y_train"}
"""Files with these names hold labels; ``target.npy`` may be a recording."""


@dataclass(frozen=True)
class Batch:
    """Samples of one shape: (samples, ...) for each model input, and their labels if there are any.

    Args:
        classes: words of the labels, in the order of their numbers.
        notes: a note on these numbers, if the alphabetical order gave them.

    Raises:
        DataError: the inputs have different numbers of samples.
    """

    inputs: list[Array]
    labels: Array | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len({len(x) for x in self.inputs}) > 1:
            raise DataError("the inputs have different numbers of samples", fix=ALIKE)

    def at(self, index: Array | slice) -> Batch:
        """The samples at an index of NumPy."""
        labels = None if self.labels is None else self.labels[index]
        return replace(self, inputs=[x[index] for x in self.inputs], labels=labels)


HELD_OUT = 4
"""One sample of this many is held out of calibration, to judge accuracy."""


def divided(batch: Batch, ordered: bool = False) -> tuple[Batch, Batch]:
    """A batch without every fourth sample, and those samples; if ``ordered``, without its last quarter, and that. A
    batch of fewer than eight is not divided, but returned twice.

    Raises:
        DataError: there is not one label a sample.
    """
    count = len(batch.inputs[0])
    check_count(batch.labels, count)
    if count < 2 * HELD_OUT:
        return batch, batch
    order = np.arange(count)
    mask = order >= count - count // HELD_OUT if ordered else order % HELD_OUT == HELD_OUT - 1
    return batch.at(~mask), batch.at(mask)


def spread(batch: Batch, count: int, ordered: bool = False) -> Batch:
    """``count`` samples of a batch, evenly spaced, including the first; if ``ordered``, the first ones; all samples if
    it has fewer.

    Raises:
        DataError: there is not one label a sample.
    """
    total = len(batch.inputs[0])
    check_count(batch.labels, total)
    return batch.at(slice(count)) if ordered else batch.at(np.arange(min(count, total)) * total // min(count, total))


@placed
def uniform(path: Path, batches: Sequence[Batch]) -> Batch:
    """The batch of a path's samples, which must have one shape.

    Raises:
        DataError: their shapes differ.
    """
    if len(batches) > 1:
        shapes = " and ".join(str(batch.inputs[0].shape[1:]) for batch in batches[:3])
        raise DataError(f"the samples have different shapes: {shapes}", fix="give those of one shape at a time")
    return batches[0]


@placed
def samples_of(path: Path, graph: Graph, settings: Settings = ANYTHING, training: bool = False) -> list[Batch]:
    """All samples at a path for a model, one batch per shape.

    Labels that are words are numbered in the order of the classes' names in the settings or the data. Without names
    they are numbered in alphabetical order, if there are as many as the model has classes.

    Raises:
        DataError: as in :func:`read`; or a label is no name of a class.
    """
    batches = read(path, graph.input_names, [graph.shape(port.tensor) for port in graph.inputs], training)
    words = np.unique(np.concatenate([[], *(batch.labels.ravel() for batch in batches if batch.labels is not None)]))
    if words.dtype.kind != "U":
        return batches
    named = words_of(settings).classes or read_words(path, "classes")
    if len(named or words) != max(2, (graph.shape(graph.outputs[0].tensor) or (1,))[-1] or 1):
        return batches
    numbers = {word: number for number, word in enumerate(named or words.tolist())}
    if strange := [word for word in words.tolist() if word not in numbers]:
        raise DataError(
            f"a label is {strange[0]!r}, which is no name of a class", why=f"the classes are {', '.join(named)}",
            fix="--classes with the words of the labels, in the order of the output",
        )  # fmt: skip
    note = _listed([f"{number} {word}" for word, number in numbers.items()])
    notes = () if named else (f"words of labels are classes in alphabetical order (another order: --classes): {note}",)
    numbered = [None if b.labels is None else np.vectorize(numbers.get)(b.labels.astype(str)) for b in batches]
    return [replace(b, labels=y, classes=tuple(numbers), notes=notes) for b, y in zip(batches, numbered, strict=True)]


def _listed(words: Sequence[str]) -> str:
    """The first of many words."""
    return ", ".join(words[:MOST_NAMES]) + ", ..." * (len(words) > MOST_NAMES)


@placed
def read(path: Path, names: Sequence[str], shapes: Sequence[Shape] = (), training: bool = False) -> list[Batch]:
    """All samples at a path, one batch per shape, with the files of a folder in the order of their names.

    A folder whose .npy files have the names of inputs, or of labels, is read like one .npz file of these arrays. In a
    folder with a folder for each class, these folders' names are the labels of files without labels.

    Args:
        names: names of the model's inputs, in its order.
        shapes: shapes of their samples; CSV needs them.
        training: whether to read the training half of an .npz file with two halves.

    Raises:
        DataError: there is nothing to read, or :func:`gatesmith.data.samples.read_npz` or
            :func:`gatesmith.data.tables.read_csv` refuses a file.
    """
    if not path.is_dir():
        return [_file(path, names, shapes, training)]
    files = _files(path)
    folders = [] if files else sorted(folder for folder in path.glob(VISIBLE) if folder.is_dir())
    files += [file for folder in folders for file in _files(folder)]
    if not files or len(folders) == 1 or not PARTS.isdisjoint(folder.name.lower() for folder in folders):
        for file in (file for pattern in ("*", "*/*") for file in sorted(path.glob(pattern))):
            _check_form(file)
        raise DataError(
            "there is no .npz, .npy, .csv or .tsv file in the folder",
            fix="name the folder that has them itself; or one with a folder for each class",
        )
    if not folders and (unpacked := _unpacked(files, names, training)) is not None:
        return [unpacked]
    batches, room = list[Batch](), LARGEST_DATA
    for file in files:
        batches.append(batch := _file(file, names, shapes, training, room))
        room -= sum(x.nbytes for x in (*batch.inputs, *([] if batch.labels is None else [batch.labels])))
    named = folders and all(batch.labels is None for batch in batches)
    groups: dict[tuple[tuple[int, ...], ...], dict[Path, Batch]] = {}
    for file, batch in zip(files, batches, strict=True):
        labels = np.full(len(batch.inputs[0]), file.parent.name) if named else batch.labels
        groups.setdefault(tuple(x.shape[1:] for x in batch.inputs), {})[file] = replace(batch, labels=labels)
    return [_joined(group) for group in groups.values()]


def _files(folder: Path) -> list[Path]:
    """The data files of a folder, in the order of their names."""
    return sorted(file for file in folder.glob(VISIBLE) if file.suffix.lower() in KINDS)


def _unpacked(files: Sequence[Path], names: Sequence[str], training: bool) -> Batch | None:
    """One data set with a file per array, chosen as in an .npz file; None if the files are data sets themselves."""
    arrays_of = {file.stem: file for file in files if file.suffix.lower() == ".npy"}
    inputs = [{f"in_{index}", name} & {*arrays_of} for index, name in enumerate(names)]
    others = {name.lower() for name in set(arrays_of).difference(*inputs)}
    complete = all(inputs) and others <= {*LABELS}
    if len(arrays_of) < len(files) or len(files) == 1 or not (complete or others & CERTAIN):
        return None
    keys, labels = array_keys(names, list(arrays_of), training)
    room, arrays = LARGEST_DATA, list[Array]()
    for key in keys:
        arrays.append(_npy(arrays_of[key], room, key))
        room -= arrays[-1].nbytes
    return Batch(arrays, _npy(arrays_of[labels[0]], room) if labels else None)


def _check_form(path: Path) -> None:
    """Checks that a file has no form of which data must be made first.

    Raises:
        DataError: it has.
    """
    kind = path.suffix.lower()
    if kind in MODELS:
        raise DataError(f"a {kind} file is a model, not data", fix="give the model's inputs: np.savez('data.npz', x=x)")
    if way := next((way for kinds, way in OTHER_FORMS.items() if kind in kinds.split()), ""):
        raise DataError(f"a {kind} file is not read as data", fix=f"in Python: {way.format(str(path))}")


@placed
def _file(path: Path, names: Sequence[str], shapes: Sequence[Shape], training: bool, room: int = LARGEST_DATA) -> Batch:
    kind = path.suffix.lower()
    _check_form(path)
    if kind != ".npy" and kind not in TABLES:
        return Batch(*read_npz(path, names, room, training))
    present(path)
    if len(names) > 1:
        raise DataError(
            f"{'an .npy file holds one array' if kind == '.npy' else f'a {kind} file is one input'}, and the model"
            f" takes {len(names)} inputs",
            fix="save in_0, in_1, ... as one .npz file, or as .npy files of a folder",
        )
    if kind == ".npy":
        return Batch([_npy(path, room, "the array")])
    values, labels = read_csv(path, shapes[0] if shapes else (None,))
    return Batch([numbers(values, "the table")], labels)


@placed
def _npy(path: Path, room: int, key: str = "") -> Array:
    present(path)
    with readable():
        with path.open("rb") as stream:
            bounded(stream, path.stat().st_size, "the array", room)
        array: Array = np.load(path, allow_pickle=False)
    return numbers(array, key) if key else array


def _joined(batches: Mapping[Path, Batch]) -> Batch:
    """One batch of those of several files.

    Raises:
        DataError: some files have no labels, or labels of another form.
    """
    forms = {_form(batch.labels): path.name for path, batch in batches.items()}
    if len(forms) > 1:
        raise DataError(
            "the labels of the files differ",
            why=", ".join(f"{name} has {form}" for form, name in forms.items()),
            fix="give all files labels of one form, or none",
        )
    inputs = [np.concatenate(arrays) for arrays in zip(*(b.inputs for b in batches.values()), strict=True)]
    labels = [b.labels for b in batches.values() if b.labels is not None]
    return Batch(inputs, np.concatenate(labels) if labels else None)


def _form(labels: Array | None) -> str:
    if labels is None:
        return "none"
    shape = f" of shape {labels.shape[1:]}" if labels.ndim > 1 else ""
    return ("numbers" if labels.dtype.kind in "fiub" else "words") + shape
