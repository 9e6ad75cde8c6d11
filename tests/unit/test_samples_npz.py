"""Input data as users give it: what is read, what is ignored, what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.errors import DataError
from gatesmith.samples import read_npz

X = np.ones((2, 5, 3), np.float32)


def test_other_arrays_are_ignored_even_where_numpy_refuses_them(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    junk: Any = np.array([{"a": 1}], dtype=object)
    np.savez(path, in_0=X.astype(">f8"), in_1=X.astype(np.int8), y=np.arange(2), in_2=junk, notes=junk)
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
