"""Floats with narrow weights: the C of layer cases and wirings computes what their rounded weights mean; so does the
Python, on the unix port of MicroPython.

A share of the cases by default, evenly over the kinds, each in one of the layouts, others in the next; and of halves,
which have no steps, a third of those. All of them in all layouts with ``GATESMITH_EVERYTHING=1``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from toolchain import generate

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS, Numeric, Storage
from gatesmith.oracle.reference import Reference
from gatesmith.quantization.weights import round_weights

from .compiled import Instance, compile_all
from .feeds import ROWS
from .lab import Calls, Subject, chunks, distinct, read_case, share
from .modules import UNIX, Fleet, Job, lacking, modules
from .test_layers import BUILT, agree

OF_A_KIND = 3
CHUNK = 24
NARROW = [numeric for numeric in NUMERICS.values() if not numeric.integer and numeric.weights.group is not None]
TYPES = pytest.mark.parametrize("numeric", NARROW, ids=lambda numeric: numeric.name)
STEPS = [numeric.weights for numeric in NARROW if not numeric.weights.relative]
"""Storages of steps; tests/quantization/test_halves.py is for those of floats."""
STORAGES = pytest.mark.parametrize("storage", STEPS, ids=lambda storage: storage.name)
LAYOUTS = {"lanes": Layout(), "rows": Layout(8, 1), "vfp": Layout(8, 1, ("vfp",))}
REFUSED = {"float32w4": ("depthwise",)}
"""What C has no kernel for."""
REFUSED_IN_PYTHON = {"float32w4": ("local",)}
"""What MicroPython's float modules cannot unpack."""
FEW = ("dense", "embedding", "lstm", "gru", "depthwise", "convolution", "local", "attention")
"""Kinds of halves that run on MicroPython by default."""
DISTINCT = distinct(BUILT)
CHOSEN = DISTINCT if EVERYTHING else share(DISTINCT, OF_A_KIND)
CHUNKS = chunks(CHOSEN, CHUNK)


@TYPES
@pytest.mark.parametrize("chunk", CHUNKS.values(), ids=CHUNKS)
def test_c(chunk: Sequence[Subject], numeric: Numeric, tmp_path: Path) -> None:
    models, wrong = [], []
    some = chunk if EVERYTHING or not numeric.weights.relative else share(chunk, 1)
    for number, subject in enumerate(some):
        graph, inputs = read_case(subject, tmp_path / f"case_{number}")
        rounded = round_weights(graph, numeric.weights)
        reference = Reference(rounded)
        wanted = [reference.run(call) for call in inputs]
        for place, layout in enumerate(LAYOUTS):
            if not EVERYTHING and (place + number) % len(LAYOUTS):
                continue
            if any(node.op.kind in REFUSED.get(numeric.name, ()) for node in rounded.nodes):
                with pytest.raises(UnsupportedError, match=r"layer .* has no form in int4"):
                    _generated(rounded, numeric, f"m{number}", layout)
                continue
            models.append((subject, _generated(rounded, numeric, f"m{number}", layout), inputs, wanted))
    libraries = compile_all([code for _, code, _, _ in models], tmp_path, ("-O0",))
    for subject, code, inputs, wanted in models:
        library = libraries[code.name]
        try:
            if isinstance(library, Exception):
                raise library
            agree(_computed(code, library, inputs), wanted, subject.tolerance)
        except AssertionError as error:
            wrong.append(f"{subject.id} {code.name}: {str(error)[:1000]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("numeric", "subject"),
    [
        pytest.param(numeric, subject, id=f"{numeric.name}-{subject.id}")
        for numeric in NARROW
        for subject in share(DISTINCT, 1)
        if EVERYTHING or not numeric.weights.relative or subject.id.split(":")[0] in FEW
    ],
)
def test_micropython(subject: Subject, numeric: Numeric, tmp_path: Path, fleet: Fleet) -> None:
    if missing := lacking(UNIX):
        pytest.skip(f"{missing} is missing")
    graph, inputs = read_case(subject, tmp_path / "case")
    rounded = round_weights(graph, numeric.weights)
    reference = Reference(rounded)
    if any(node.op.kind in REFUSED_IN_PYTHON.get(numeric.name, ()) for node in rounded.nodes):
        with pytest.raises(UnsupportedError, match=r"layer .* has no form in int4"):
            modules(rounded, numeric.name)
        return
    job = Job(modules(rounded, numeric.name), inputs)
    fleet.work(UNIX, [job])
    agree(fleet.answers(UNIX, job).calls, [reference.run(call) for call in inputs], subject.tolerance)


def _computed(code: Generated, library: Any, inputs: Calls) -> Calls:
    """Each row has its own instance, which takes the calls one after the other."""
    rows = [Instance(code, library) for _ in range(ROWS)]
    got: Calls = []
    for call in inputs:
        outputs = [one.run([x[row] for x in call]) for row, one in enumerate(rows)]
        got.append([np.stack(list(parts)) for parts in zip(*outputs, strict=True)])
    return got


def _generated(graph: Graph, numeric: Numeric, name: str, layout: str) -> Generated:
    return generate(graph, name=f"{name}_{layout}", layout=LAYOUTS[layout], numeric=numeric.name)


@STORAGES
@pytest.mark.parametrize("axis", [0, 1])
def test_weights_are_within_half_a_step(storage: Storage, axis: int) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (70, 7)).astype(np.float32) * 10.0 ** rng.integers(-20, 20, 7)
    weights[:, 3] = 0
    q, scales = storage.store(weights.T if axis else weights, axis)
    q, scales = (q.T, scales.T) if axis else (q, scales)
    most = [storage.most if row != 3 else 0 for row in range(7)]
    length = storage.group or len(weights)
    groups = np.split(np.arange(len(weights)), range(length, len(weights), length))
    assert scales.shape == ((len(groups), 7) if storage.group else (7,)) and scales.dtype == np.float32
    meant = storage.meant(weights.T if axis else weights, axis)
    for number, group in enumerate(groups):
        assert np.abs(q[group]).max(axis=0).tolist() == most
        steps = scales[number] if storage.group else scales
        assert (np.abs((meant.T if axis else meant)[group] - weights[group]) <= 0.5001 * steps).all()


@STORAGES
def test_what_is_meant_is_stored_as_itself(storage: Storage) -> None:
    """Rounding again changes nothing, so that the C, which starts from what is meant, has the same integers."""
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 1, (70, 500)).astype(np.float32)
    q, scales = storage.store(weights)
    again, steps = storage.store(storage.meant(weights))
    np.testing.assert_array_equal(q, again)
    np.testing.assert_allclose(scales, steps, rtol=2e-7)


@STORAGES
@pytest.mark.parametrize("shape", [(1, 3), (5, 2), (32, 1), (33, 4), (64, 2)])
@pytest.mark.parametrize("axis", [0, 1])
def test_packed_values_come_back_and_take_what_is_said(storage: Storage, shape: tuple[int, int], axis: int) -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(-storage.most, storage.most + 1, shape).astype(storage.dtype)
    packed = storage.pack(values, axis)
    bits = np.unpackbits(np.moveaxis(packed, axis, -1).view(np.uint8), axis=-1, bitorder="little")
    read = bits.reshape(*bits.shape[:-1], -1, storage.bits) @ (1 << np.arange(storage.bits))
    read = read - storage.offset if storage.packed else read.astype(np.uint8).view(np.int8)
    np.testing.assert_array_equal(np.moveaxis(read[..., : shape[axis]], -1, axis), values)
    _, scales = storage.store(values.astype(np.float32), axis)
    assert storage.size(shape, axis) == packed.nbytes + scales.nbytes
