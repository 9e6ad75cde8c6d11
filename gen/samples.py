"""Input data: what users give, and what is chosen where they give none."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from .errors import DataError, UsageError
from .graph import Array, Graph
from .layers.embedding import Embedding
from .layers.masking import Masking
from .layers.normalize import Normalize
from .reference import Reference

OPEN_LENGTH = 12
"""Steps of a chosen sequence where the file leaves the length open."""
LABELS = ("labels", "y")
Span = tuple[float, float]
"""Least and largest value."""
LARGEST_ARRAY = 1 << 31
"""Bytes of an array that is read from a file."""
SCALES = (1.0, 0.5, 0.25, 0.1, 0.05, 2.0, 4.0)


def read_npz(path: Path, count: int) -> tuple[list[Array], Array | None]:
    """``in_0`` .. of an .npz file as float32, and ``labels`` or ``y`` where it has them. Other arrays are not read.

    Raises:
        DataError: the file is no .npz, an array is larger than the file or this tool holds; an input is missing, empty,
            not numeric or not finite; or there are more than the model takes.
    """
    if not path.is_file():
        there = "it is not a file" if path.exists() else "there is no such file"
        raise DataError(f"cannot read input data: {there}", where=str(path))
    if not zipfile.is_zipfile(path):
        raise DataError("cannot read input data: not an .npz file", where=str(path), fix="np.savez(path, in_0=array)")
    wanted = [*(f"in_{index}" for index in range(count)), *LABELS]
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if (key := member.filename.removesuffix(".npy")) in wanted:
                    with archive.open(member) as stream:
                        bounded(stream, member.file_size, key, path)
        with np.load(path, allow_pickle=False) as data:
            names = list(data.files)
            arrays = {key: data[key] for key in wanted if key in names}
    except DataError:
        raise
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"cannot read input data: {error}", where=str(path)) from error
    except Exception as error:  # zipfile and zlib raise their own kinds for damaged archives
        raise DataError("cannot read input data: not a good .npz file", where=str(path), why=str(error)) from error
    takes = f"the model takes {count} input{'s' if count > 1 else ''}, and there is"
    if more := sorted(name for name in names if re.fullmatch(r"in_\d+", name) and name not in wanted):
        raise DataError(
            f"{takes} {', '.join(more)} too",
            where=str(path),
            fix="leave out what the model does not take, or name what it takes in_0, in_1, ...",
        )
    inputs = []
    for index in range(count):
        key = f"in_{index}"
        if key not in arrays:
            raise DataError(
                f"{takes} no {key}",
                where=str(path),
                why=f"the file has {', '.join(sorted(names)) or 'nothing'}",
                fix="name the arrays in_0, in_1, ... in the order of the model's inputs, samples first",
            )
        inputs.append(numbers(arrays[key], key, path))
    if len({len(x) for x in inputs}) > 1:
        raise DataError("the inputs have different numbers of samples", where=str(path))
    labels = next((arrays[key] for key in LABELS if key in arrays), None)
    return inputs, labels


def bounded(stream: IO[bytes], size: int, key: str, path: Path) -> None:
    """Look at an array's head before memory is taken for what it declares.

    Args:
        stream: of an .npy file. size: its bytes.

    Raises:
        DataError: it declares more than there is, or more than this tool holds.
        ValueError: it has no head that NumPy knows.
    """
    read = {1: np.lib.format.read_array_header_1_0}.get(
        np.lib.format.read_magic(stream)[0], np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        return  # is refused when it is read
    declared = math.prod(shape) * dtype.itemsize
    why = f"{dtype} of shape {shape}: {declared:,} bytes"
    if declared > size:
        raise DataError(f"{key} declares more than there is", where=str(path), why=f"{why}, of {size:,}")
    if declared > LARGEST_ARRAY:
        raise DataError(
            f"{key} is too large",
            where=str(path),
            why=f"{why}; at most {LARGEST_ARRAY:,} are read",
            fix="give fewer samples",
        )


def numbers(array: Array, key: str, path: Path) -> Array:
    """An array of a file as float32.

    Raises:
        DataError: it is empty, not numeric, not finite, or has no sample axis.
    """
    if array.dtype.kind not in "fiub" or array.ndim < 1 or array.size == 0:
        raise DataError(
            f"{key} is no array of numbers with samples first", where=str(path), why=f"{array.dtype}, {array.shape}"
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is refused as not finite
        numbers = array.astype(np.float32)
    finite = np.isfinite(numbers)
    if not np.all(finite):
        first = ", ".join(map(str, np.argwhere(~finite)[0]))
        raise DataError(
            f"{key} has values that are not finite",
            where=str(path),
            why=f"{int(np.sum(~finite)):,} of {numbers.size:,}, the first at [{first}]",
        )
    return numbers


def choose(
    graph: Graph, samples: int, seed: int = 0, steps: int | None = None, spans: Sequence[Span] | None = None
) -> list[Array]:
    """Inputs under which the outputs vary and do not saturate: normal values of the best of several scales.

    Inputs of an Embedding are indices of its table; those of a Normalization follow its statistics; some steps before
    a Masking are masked.

    Args:
        steps: of sequences whose length the file leaves open.
        spans: of each input, what it may hold: values are drawn evenly from the best of several parts of it.

    Raises:
        UsageError: an input is larger than this tool holds.
    """
    length = steps or OPEN_LENGTH
    shapes = [[length if n is None else n for n in graph.shape(port.tensor)] for port in graph.inputs]
    if samples * max(map(math.prod, shapes)) * np.dtype(np.float32).itemsize > LARGEST_ARRAY:
        raise UsageError(f"{samples} samples of {length:,} steps are too large", fix="--steps with a smaller number")
    best: tuple[float, list[Array]] | None = None
    for scale in SCALES:
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
        tables = [len(op.table) for op in ops if isinstance(op, Embedding)]
        if tables:
            drawn.append(rng.integers(0, min(tables), shape).astype(np.float32))
            continue
        if spans is None:
            values = rng.normal(0, scale, shape)
        else:
            low, high = spans[index]
            center = min(max(0.0, low), high)
            values = center + scale * (rng.uniform(low, high, shape) - center)
        for op in ops:
            if isinstance(op, Normalize) and spans is None:
                values = values / (1 if op.scale is None else op.scale) + (0 if op.center is None else op.center)
            if isinstance(op, Masking) and len(shape) == 3:
                lengths = rng.integers(1, shape[1] + 1, samples)
                values[np.arange(shape[1]) >= lengths[:, None]] = op.mask_value
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
