"""Input data as users give it: what is read, what is ignored, what is refused."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith import datasets, samples
from gatesmith.errors import DataError
from gatesmith.samples import read_npz

X = np.ones((2, 5, 3), np.float32)


def test_other_arrays_are_ignored_even_where_numpy_refuses_them(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    junk: Any = np.array([{"a": 1}], dtype=object)
    np.savez(path, in_0=X.astype(">f8"), in_1=X.astype(np.int8), y=np.arange(2), out_2=junk, notes=junk)
    inputs, labels = read_npz(path, 2)
    assert [x.dtype for x in inputs] == [np.float32] * 2 and (inputs[0] == 1).all()
    assert labels is not None and labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.array([{}], dtype=object), "pickle"),
        (np.array(["a"]), "no array of numbers"),
        (np.zeros((0, 5, 3)), "no array of numbers"),
        (X.astype(np.complex64), "no array of numbers"),
        (np.float32(1), "no array of numbers"),
        (X * np.nan, "not finite"),
        (X.astype(np.float64) * 1e300, "not finite"),
    ],
)
def test_refused_arrays(tmp_path: Path, array: Any, word: str) -> None:
    np.savez(tmp_path / "in.npz", in_0=array)
    with pytest.raises(DataError, match=word) as refusal:
        read_npz(tmp_path / "in.npz", 1)
    assert "in.npz" in refusal.value.where


def test_inputs_that_the_model_does_not_take_are_told_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in_0=X, in_1=X, in_12=X)
    with pytest.raises(DataError, match="takes 1 input, and there is in_1, in_12 too"):
        read_npz(tmp_path / "in.npz", 1)


def test_values_that_are_no_numbers_are_counted_and_shown(tmp_path: Path) -> None:
    x = X.copy()
    x[1, 2, 0] = np.inf
    np.savez(tmp_path / "in.npz", in_0=x)
    with pytest.raises(DataError) as refusal:
        read_npz(tmp_path / "in.npz", 1)
    assert refusal.value.why == "1 of 30, the first at [1, 2, 0]"


@pytest.mark.parametrize("archived", [True, False])
@pytest.mark.parametrize(
    ("shape", "word"), [((1 << 40, 8), "more than there is"), ((1 << 62, 1 << 62), "more than there is")]
)
def test_arrays_that_declare_too_much_are_refused_before_memory_is_taken(
    tmp_path: Path, archived: bool, shape: tuple[int, int], word: str
) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    path = tmp_path / ("in.npz" if archived else "in.npy")
    if archived:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("in_0.npy", head.getvalue())
    else:
        path.write_bytes(head.getvalue())
    with pytest.raises(DataError, match=word) as refusal:
        datasets.read(path, 1)
    assert str(shape) in refusal.value.why


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "LARGEST_ARRAY", 100)
    np.savez_compressed(tmp_path / "in.npz", in_0=X)
    with pytest.raises(DataError, match="too large"):
        read_npz(tmp_path / "in.npz", 1)


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "device", "text", "half"])
def test_refused_files(tmp_path: Path, kind: str) -> None:
    """Nothing that is no file is opened: reading a FIFO would wait for ever."""
    path = Path("/dev/zero") if kind == "device" else tmp_path / "in.npz"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "text":
        path.write_text("in_0")
    elif kind == "half":
        np.savez(path, in_0=X)
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="cannot read input data"):
        read_npz(path, 1)
