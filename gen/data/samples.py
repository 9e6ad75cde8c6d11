"""Input data: read from the user's files, or chosen if there are none."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import IO, Concatenate, ParamSpec, TypeVar

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.graph import Array, Graph
from ..core.limits import MAX_VALUES
from ..core.near import hint
from ..files.single import meant_file
from ..oracle.reference import Reference
from ..oracle.work import hold, work

OPEN_LENGTH = 12
"""Steps of a chosen sequence if the model file leaves the length open."""
LABELS = ("labels", "label", "class", "target", "targets", "y", "y_test", "y_train")
HALVES = ("x_train", "x_test")
WORDS = ("classes", "units")
"""Arrays of names: those of the classes, in the order of the outputs, and of the units of the outputs."""
MOST_WORDS = 1 << 20
"""Most bytes of an array of names."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Samples = tuple[list[Array], Array | None]
"""One array per input, and their labels if there are any."""
Span = tuple[Array, Array]
"""Least and largest value."""
LARGEST_DATA = 1 << 30
"""Most bytes of all arrays that are read for a run, as float32."""
MOST_MEMBERS = 10_000
"""Most arrays of an .npz file."""
MOST_NAMES = 20
"""Most names of arrays in a message."""
CHOSEN_VALUES = 1 << 23
"""Most values of all tensors for chosen samples; a large model gets fewer samples."""
CHOSEN_WORK = 20_000_000_000
"""Most multiply-adds of the choice; a slow model gets fewer samples, and only the first scales."""
NUMBERS = "save numbers, samples first: np.save('x.npy', np.asarray(x, np.float32)), or np.savez('x.npz', in_0=x)"
WORDS_ALONE = "labels that are words: np.asarray(y, str)"
PADDED = "sequences of several lengths: pad them as in training, keras.utils.pad_sequences(x, dtype='float32')"
ALIKE = "give every input the same number of samples, in the same order"
NAMES = "save it as words: {}=np.array(['first', 'second'])"
SCALES = (1.0, 0.5, 0.25, 0.1, 0.05, 2.0, 4.0)


def placed(read: Callable[Concatenate[Path, Arguments], Result]) -> Callable[Concatenate[Path, Arguments], Result]:
    """The function that reads a file, with the file's path added to its errors."""

    @wraps(read)
    def call(path: Path, /, *arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        try:
            return read(path, *arguments, **keywords)
        except DataError as error:
            error.where = error.where or str(path)
            raise

    return call


@placed
def read_npz(path: Path, names: Sequence[str], room: int = LARGEST_DATA, training: bool = False) -> Samples:
    """The model's inputs from an .npz file as float32, and ``labels`` or ``y`` if it has them.

    The array of an input has its number, ``in_0`` .., or its name in Keras. The array of a single input may also be
    called ``x`` or ``x_test``, or be the only one apart from labels. Other arrays are not read.

    Args:
        names: names of the model's inputs, in its order.
        room: most bytes of the arrays together, as float32.
        training: whether ``x_train`` is preferred to ``x_test``.

    Raises:
        DataError: the file is no .npz; an array is larger than the file or the limit; an input is missing, present
            twice, empty, not numeric or not finite; or there are more inputs than the model's.
    """
    present(path)
    if not zipfile.is_zipfile(path):
        raise DataError(
            "cannot read input data: no .npz, .npy, .csv, .tsv or .txt file",
            fix=("np.savez('data.npz', x=array)", "a frame of pandas: frame.to_csv('data.csv')"),
        )
    with readable():
        keys, labels = array_keys(names, members(path), training)
        arrays = _loaded(path, {*keys, *labels}, room)
    inputs = [numbers(arrays[key], key) for key in keys]
    return inputs, np.atleast_1d(arrays[labels[0]]) if labels else None


@placed
def read_words(path: Path, key: str) -> tuple[str, ...]:
    """A list of names in an .npz file; empty if the path is no such file, or has no array with this key.

    Raises:
        DataError: the array is no list of names.
    """
    if not path.is_file() or not zipfile.is_zipfile(path):
        return ()
    with readable(key, NAMES.format(key)):
        if key not in members(path):
            return ()
        array = _loaded(path, {key}, MOST_WORDS)[key]
    if array.dtype.kind not in "US" or array.ndim != 1 or not array.size:
        raise DataError(f"{key} is no list of names", why=f"{array.dtype}, {array.shape}", fix=NAMES.format(key))
    return tuple(word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in array)


@contextmanager
def readable(contents: str = "input data", fix: str = NUMBERS) -> Iterator[None]:
    """Turns the errors of libraries that read a file of arrays inside into errors of its data.

    Raises:
        DataError: it cannot be read.
    """
    try:
        yield
    except (DataError, OSError, ValueError, EOFError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"cannot read {contents}: {error}", fix=fix) from error
    except Exception as error:  # zipfile and zlib raise their own kinds for damaged archives
        raise DataError(f"cannot read {contents}: not a good .npz file", why=str(error), fix=fix) from error


def members(path: Path) -> list[str]:
    """Names of the arrays of an .npz file.

    Raises:
        DataError: there are more than ``MOST_MEMBERS``.
    """
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    if len(names) > MOST_MEMBERS:
        raise DataError(
            f"the .npz file has {len(names):,} arrays; at most {MOST_MEMBERS:,} are taken",
            fix="save one array for each input of the model, samples first: np.savez(path, in_0=array)",
        )
    return names


def has_halves(path: Path) -> bool:
    """Whether an .npz file, a folder of its arrays, or a file in a folder has a half for training and one for tests."""
    names = members(path) if zipfile.is_zipfile(path) else [file.stem for file in path.glob("*.npy")]
    return {*HALVES} <= {name.lower() for name in names} or any(map(has_halves, path.rglob("*.npz")))


def _loaded(path: Path, keys: Collection[str], room: int) -> dict[str, Array]:
    """The arrays of these keys in an .npz file, which together may take ``room`` bytes as float32."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if (key := member.filename.removesuffix(".npy")) in keys:
                with archive.open(member) as stream:
                    room -= bounded(stream, member.file_size, key, room)
    with np.load(path, allow_pickle=False) as data:
        return {key: data[key] for key in keys}


def present(path: Path) -> None:
    """Checks that a data file exists and is a regular file: opening a named pipe would wait for a writer.

    Raises:
        DataError: it does not exist, or is no regular file.
    """
    if path.exists() and not path.is_file():
        raise DataError("cannot read input data: it is not a file", fix="name a .npz, .npy or .csv file")
    if not path.is_file():
        raise DataError("cannot read input data: there is no such file", fix=meant_file(path))


def array_keys(names: Sequence[str], arrays: Sequence[str], training: bool) -> tuple[list[str], list[str]]:
    """The names of the inputs' arrays, and that of the labels' array if there is one."""
    count = len(names)
    numbered = [f"in_{index}" for index in range(count)]
    takes = f"the model takes {count} input{'s' if count > 1 else ''}, and there is"
    if extra := sorted(name for name in arrays if re.fullmatch(r"in_\d+", name) and name not in {*numbered, *names}):
        raise DataError(
            f"{takes} {', '.join(extra)} too",
            fix="leave out what the model does not take, or name what it takes in_0, in_1, ...",
        )
    keys = []
    for index, (number, name) in enumerate(zip(numbered, names, strict=True)):
        keras_names = [] if re.fullmatch(r"in_\d+", name) else [name]
        matches = [key for key in (number, *keras_names) if key in arrays]
        if number in matches and name in LABELS:
            matches = [number]
        if not matches and count == 1:
            matches = _only_input(arrays, training)
        if len(matches) != 1:
            names_in_order = ", ".join(f'in_{at} or "{label}"' for at, label in enumerate(names))
            listed = [*sorted(arrays)[:MOST_NAMES], *(["..."] if len(arrays) > MOST_NAMES else [])]
            fix = f"name the arrays as the model's inputs, samples first: {names_in_order}"
            raise DataError(
                f"{takes} no {number}" if not matches else f'input {index} is there twice: as {number} and as "{name}"',
                why=f"the file has {', '.join(listed) or 'nothing'}",
                fix=fix if matches else (*hint(name, [key for key in arrays if key not in LABELS]), fix),
            )
        keys += matches
    half = keys[0].lower()
    labels = (half.replace("x", "y"), *LABELS[:-2]) if half in HALVES else LABELS
    return keys, [key for label in labels for key in arrays if key.lower() == label and key not in keys][:1]


def _only_input(arrays: Sequence[str], training: bool) -> list[str]:
    """The array of a model's single input: called ``x`` or like a half of data, or the only one apart from labels."""
    candidates = [key for key in arrays if key.lower() not in (*LABELS, *WORDS)]
    names = ("x", *(HALVES if training else HALVES[::-1]))
    matches = [key for name in names for key in candidates if key.lower() == name]
    return matches[:1] or (candidates if len(candidates) == 1 else [])


def bounded(stream: IO[bytes], size: int, key: str, room: int) -> int:
    """Checks the size in an array's header before memory is allocated for it; returns its bytes as float32.

    Args:
        stream: an .npy file. size: its bytes. room: most bytes of the array.

    Raises:
        DataError: the declared size is more than the file's, or more than ``room``; or the array has objects.
        ValueError: it has no header that NumPy can read.
    """
    read = {1: np.lib.format.read_array_header_1_0}.get(
        np.lib.format.read_magic(stream)[0], np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise DataError(
            f"{key} has objects of Python, for which pickle would run programs", fix=(NUMBERS, PADDED, WORDS_ALONE)
        )
    declared = math.prod(shape) * dtype.itemsize
    why = f"{dtype} of shape {shape}: {declared:,} bytes"
    if declared > size:
        raise DataError(f"{key} declares more than there is", why=f"{why}, of {size:,}", fix=NUMBERS)
    needed = max(declared, math.prod(shape) * np.dtype(np.float32).itemsize)
    if needed > room:
        raise DataError(
            f"{key} is too large",
            why=f"{why}, {needed:,} as float32; all arrays of a run may take {LARGEST_DATA:,} together",
            fix="give fewer samples",
        )
    return needed


def numbers(array: Array, key: str) -> Array:
    """An array from a file as float32.

    Raises:
        DataError: it is empty, not numeric, not finite, or has no sample axis.
    """
    if array.dtype.kind not in "fiub" or array.ndim < 1 or array.size == 0:
        raise DataError(
            f"{key} is no array of numbers with samples first", why=f"{array.dtype}, {array.shape}", fix=NUMBERS
        )
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float32)
    finite = np.isfinite(numbers)
    if not np.all(finite):
        first = ", ".join(map(str, np.argwhere(~finite)[0]))
        raise DataError(
            f"{key} has values that are not finite, or too large for float32",
            why=f"{int(np.sum(~finite)):,} of {numbers.size:,}, the first at [{first}]: {array[~finite][0]}",
            fix=(
                "leave such samples out: x[np.isfinite(x).reshape(len(x), -1).all(axis=1)], and their labels",
                "or fill the gaps as the device will: with the last good value, or the feature's mean",
            ),
        )
    return numbers


def choose(
    graph: Graph, samples: int, seed: int = 0, steps: int | None = None, spans: Sequence[Span] | None = None
) -> list[Array]:
    """Inputs for which the outputs vary and do not saturate: normal values with the best of several scales.

    Indices are within the smallest table that they index. Values have the mean and deviation that a layer normalizes.
    Some steps are masked if a layer uses a mask value.

    Args:
        steps: steps of sequences whose length the file leaves open.
        spans: the range of each input, or of each place along its last axis: values are drawn uniformly from the best
            of several parts of it.

    Raises:
        UsageError: the tensors have too many values.
        UnsupportedError: one sample takes the reference too long.
    """
    length = steps or OPEN_LENGTH
    shapes = [[length if n is None else n for n in graph.shape(port.tensor)] for port in graph.inputs]
    cost = work(graph, shapes)
    if steps is None:
        hold(graph, cost)
    if cost.values > MAX_VALUES:
        raise UsageError(f"samples of {length:,} steps are too large", fix="--steps with a smaller number")
    samples = max(
        1, min(samples, CHOSEN_VALUES // max(1, cost.values), CHOSEN_WORK // (max(1, cost.work) * len(SCALES)))
    )
    scales = SCALES[: max(1, CHOSEN_WORK // (samples * cost.work + cost.steps + 1))]
    best: tuple[float, list[Array]] | None = None
    for scale in scales:
        if spans is not None and scale > 1:
            continue
        inputs = _draw(graph, samples, scale, np.random.default_rng(seed), length, spans)
        score = _score(Reference(graph).run(inputs))
        if best is None or score > best[0] + 0.02:
            best = (score, inputs)
    assert best is not None
    return best[1]


def _draw(
    graph: Graph, samples: int, scale: float, rng: np.random.Generator, steps: int, spans: Sequence[Span] | None
) -> list[Array]:
    consumers = graph.consumers()
    drawn = []
    for index, port in enumerate(graph.inputs):
        shape = (samples, *(steps if n is None else n for n in graph.shape(port.tensor)))
        ops = [node.op for node in consumers[port.tensor]]
        if tables := [op.indices for op in ops if op.indices]:
            drawn.append(rng.integers(0, min(tables), shape).astype(np.float32))
            continue
        if spans is None:
            values = rng.normal(0, scale, shape)
        else:
            low, high = spans[index]
            center = np.clip(0.0, low, high)
            values = center + scale * (rng.uniform(low, high, shape) - center)
        for op in ops:
            if spans is None:
                values = op.usual(values)
            if op.marker is not None and len(shape) == 3:
                lengths = rng.integers(1, shape[1] + 1, samples)
                values[np.arange(shape[1]) >= lengths[:, None]] = op.marker
        drawn.append(values.astype(np.float32))
    return drawn


def _score(outputs: Sequence[Array]) -> float:
    """Share of output values that do not saturate, or 0 if they do not vary; the least of all outputs."""
    total = []
    for y in outputs:
        flat = y.reshape(len(y), -1)
        if not np.all(np.isfinite(flat)):
            return -1.0
        bounded = float(np.abs(flat).max()) <= 1.0
        low = 0.0 if flat.min() >= 0 else -1.0
        inside = (flat > low + 0.01) & (flat < 0.99) if bounded else np.ones_like(flat, bool)
        varies = float(np.any(flat.std(axis=0) > 1e-4 * max(1.0, float(np.abs(flat).max()))))
        total.append(float(inside.mean()) * varies)
    return min(total)
