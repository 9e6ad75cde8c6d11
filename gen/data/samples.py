"""Input data: what users give, and what is chosen where they give none."""

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
from ..core.near import meant
from ..files.single import meant_file
from ..oracle.reference import Reference
from ..oracle.work import hold, work

OPEN_LENGTH = 12
"""Steps of a chosen sequence where the file leaves the length open."""
LABELS = ("labels", "label", "class", "target", "targets", "y", "y_test", "y_train")
HALVES = ("x_train", "x_test")
WORDS = ("classes", "units")
"""Arrays of names: of the classes, in the order of the outputs; of the units of the outputs."""
MOST_WORDS = 1 << 20
"""Bytes of an array of names."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Samples = tuple[list[Array], Array | None]
"""One array an input, and their labels if there are any."""
Span = tuple[Array, Array]
"""Least and largest value."""
LARGEST_DATA = 1 << 30
"""Bytes of all arrays together that are read for a run, as float32."""
MOST_MEMBERS = 10_000
"""Arrays of an .npz file."""
SHOWN = 20
"""Names of arrays in a message."""
CHOSEN_VALUES = 1 << 23
"""Values of all tensors together for which samples are chosen; a large model gets fewer samples."""
CHOSEN_WORK = 20_000_000_000
"""Multiply-adds that the choice may take; a slow model gets fewer samples, and the first scales only."""
NUMBERS = "save numbers, samples first: np.save('x.npy', np.asarray(x, np.float32)), or np.savez('x.npz', in_0=x)"
WORDS_ALONE = "labels that are words: y.astype(str)"
ALIKE = "give every input the same number of samples, in the same order"
NAMES = "save it as words: {}=np.array(['first', 'second'])"
SCALES = (1.0, 0.5, 0.25, 0.1, 0.05, 2.0, 4.0)


def placed(read: Callable[Concatenate[Path, Arguments], Result]) -> Callable[Concatenate[Path, Arguments], Result]:
    """A function that reads a file, whose errors name it."""

    @wraps(read)
    def call(path: Path, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        try:
            return read(path, *arguments, **named)
        except DataError as error:
            error.where = error.where or str(path)
            raise

    return call


@placed
def read_npz(path: Path, names: Sequence[str], room: int = LARGEST_DATA, training: bool = False) -> Samples:
    """The model's inputs from an .npz file as float32, and ``labels`` or ``y`` where it has them.

    Each input is taken by its number, ``in_0`` .., or by the name that Keras has for it; the one input of a model also
    where its array is called ``x`` or ``x_test``, or is the only one beside labels. Other arrays are not read.

    Args:
        names: of the model's inputs, in its order.
        room: bytes that the arrays may take together, as float32.
        training: ``x_train`` is meant before ``x_test``.

    Raises:
        DataError: the file is no .npz, an array is larger than the file or this tool holds; an input is missing, there
            twice, empty, not numeric or not finite; or there are more than the model takes.
    """
    present(path)
    if not zipfile.is_zipfile(path):
        raise DataError(
            "cannot read input data: no .npz, .npy, .csv, .tsv or .txt file",
            fix=("np.savez('data.npz', x=array)", "a frame of pandas: frame.to_csv('data.csv')"),
        )
    with readable():
        keys, labels = _keys(names, members(path), training)
        arrays = _loaded(path, {*keys, *labels}, room)
    inputs = [numbers(arrays[key], key) for key in keys]
    if len({len(x) for x in inputs}) > 1:
        raise DataError("the inputs have different numbers of samples", fix=ALIKE)
    return inputs, arrays[labels[0]] if labels else None


@placed
def read_words(path: Path, key: str) -> tuple[str, ...]:
    """A list of names in an .npz file; empty if the path is no such file, or has no array of that name.

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
def readable(what: str = "input data", fix: str = NUMBERS) -> Iterator[None]:
    """Whatever libraries say of a file of arrays that is read inside, as an error of its data.

    Raises:
        DataError: it cannot be read.
    """
    try:
        yield
    except (DataError, OSError, ValueError, EOFError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"cannot read {what}: {error}", fix=fix) from error
    except Exception as error:  # zipfile and zlib raise their own kinds for damaged archives
        raise DataError(f"cannot read {what}: not a good .npz file", why=str(error), fix=fix) from error


def members(path: Path) -> list[str]:
    """Names of the arrays of an .npz file.

    Raises:
        DataError: there are more than any data are kept in.
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
    """Whether an .npz file has data to train and others to test."""
    return zipfile.is_zipfile(path) and {*HALVES} <= {name.lower() for name in members(path)}


def _loaded(path: Path, keys: Collection[str], room: int) -> dict[str, Array]:
    """Some arrays of an .npz file, which together may take ``room`` bytes as float32."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if (key := member.filename.removesuffix(".npy")) in keys:
                with archive.open(member) as stream:
                    room -= bounded(stream, member.file_size, key, room)
    with np.load(path, allow_pickle=False) as data:
        return {key: data[key] for key in keys}


def present(path: Path) -> None:
    """That a data file is there; to open a named pipe would wait until somebody writes to it.

    Raises:
        DataError: it is not, or is no file.
    """
    if path.exists() and not path.is_file():
        raise DataError("cannot read input data: it is not a file", fix="name a .npz, .npy or .csv file")
    if not path.is_file():
        raise DataError("cannot read input data: there is no such file", fix=meant_file(path))


def _keys(names: Sequence[str], there: Sequence[str], training: bool) -> tuple[list[str], list[str]]:
    """The arrays of the inputs, and the one of labels if there is any."""
    count = len(names)
    numbered = [f"in_{index}" for index in range(count)]
    takes = f"the model takes {count} input{'s' if count > 1 else ''}, and there is"
    if more := sorted(name for name in there if re.fullmatch(r"in_\d+", name) and name not in {*numbered, *names}):
        raise DataError(
            f"{takes} {', '.join(more)} too",
            fix="leave out what the model does not take, or name what it takes in_0, in_1, ...",
        )
    keys = []
    for index, (number, name) in enumerate(zip(numbered, names, strict=True)):
        named = [] if re.fullmatch(r"in_\d+", name) else [name]
        matches = [key for key in (number, *named) if key in there]
        if number in matches and name in LABELS:
            matches = [number]
        if not matches and count == 1:
            matches = _alone(there, training)
        if len(matches) != 1:
            names_in_order = ", ".join(f'in_{at} or "{label}"' for at, label in enumerate(names))
            shown = [*sorted(there)[:SHOWN], *(["..."] if len(there) > SHOWN else [])]
            fix = f"name the arrays as the model's inputs, samples first: {names_in_order}"
            raise DataError(
                f"{takes} no {number}" if not matches else f'input {index} is there twice: as {number} and as "{name}"',
                why=f"the file has {', '.join(shown) or 'nothing'}",
                fix=fix if matches else (*meant(name, [key for key in there if key not in LABELS]), fix),
            )
        keys += matches
    half = keys[0].lower()
    wanted = (half.replace("x", "y"), *LABELS[:-2]) if half in HALVES else LABELS
    return keys, [key for label in wanted for key in there if key.lower() == label and key not in keys][:1]


def _alone(there: Sequence[str], training: bool) -> list[str]:
    """The array that must be the one input: called ``x``, or as a half of data is, or the only one beside labels."""
    free = [key for key in there if key.lower() not in (*LABELS, *WORDS)]
    wanted = ("x", *(HALVES if training else HALVES[::-1]))
    return [key for name in wanted for key in free if key.lower() == name][:1] or (free if len(free) == 1 else [])


def bounded(stream: IO[bytes], size: int, key: str, room: int) -> int:
    """Look at an array's head before memory is taken for what it declares; the bytes it takes as float32.

    Args:
        stream: of an .npy file. size: its bytes. room: bytes that it may take.

    Raises:
        DataError: it declares more than there is, or more than this tool holds.
        ValueError: it has no head that NumPy knows.
    """
    read = {1: np.lib.format.read_array_header_1_0}.get(
        np.lib.format.read_magic(stream)[0], np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise DataError(f"{key} has objects of Python, for which pickle would run programs", fix=(NUMBERS, WORDS_ALONE))
    declared = math.prod(shape) * dtype.itemsize
    why = f"{dtype} of shape {shape}: {declared:,} bytes"
    if declared > size:
        raise DataError(f"{key} declares more than there is", why=f"{why}, of {size:,}", fix=NUMBERS)
    taken = max(declared, math.prod(shape) * np.dtype(np.float32).itemsize)
    if taken > room:
        raise DataError(
            f"{key} is too large",
            why=f"{why}, {taken:,} as float32; all arrays of a run may take {LARGEST_DATA:,} together",
            fix="give fewer samples",
        )
    return taken


def numbers(array: Array, key: str) -> Array:
    """An array of a file as float32.

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
    """Inputs under which the outputs vary and do not saturate: normal values of the best of several scales.

    Indices are those of the smallest table that they are for; values follow the statistics that a layer takes out of
    them; some steps are masked where a layer looks for masked ones.

    Args:
        steps: of sequences whose length the file leaves open.
        spans: of each input, what it may hold, in all or by place along its last axis: values are drawn evenly from
            the best of several parts of it.

    Raises:
        UsageError: an input is larger than this tool holds.
        UnsupportedError: one sample takes the reference too long.
    """
    length = steps or OPEN_LENGTH
    shapes = [[length if n is None else n for n in graph.shape(port.tensor)] for port in graph.inputs]
    taken = work(graph, shapes)
    if steps is None:
        hold(graph, taken)
    if taken.values > MAX_VALUES:
        raise UsageError(f"samples of {length:,} steps are too large", fix="--steps with a smaller number")
    samples = max(
        1, min(samples, CHOSEN_VALUES // max(1, taken.values), CHOSEN_WORK // (max(1, taken.work) * len(SCALES)))
    )
    scales = SCALES[: max(1, CHOSEN_WORK // (samples * taken.work + taken.steps + 1))]
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
    """Share of output values that are inside the range they are bounded by, and whether they vary at all."""
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
