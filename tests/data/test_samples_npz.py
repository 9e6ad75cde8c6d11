"""Input data as users give it: what is read, what is ignored, what is refused."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import DataError
from gatesmith.data import datasets
from gatesmith.data.samples import read_npz

X = np.ones((2, 5, 3), np.float32)


def test_other_arrays_are_ignored_even_where_numpy_refuses_them(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    junk: Any = np.array([{"a": 1}], dtype=object)
    np.savez(path, in_0=X.astype(">f8"), in_1=X.astype(np.int8), y=np.arange(2), out_2=junk, notes=junk)
    inputs, labels = read_npz(path, ["a", "b"])
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
        (X.astype(np.float64) * 1e300, "too large for float32"),
    ],
)
def test_refused_arrays(tmp_path: Path, array: Any, word: str) -> None:
    np.savez(tmp_path / "in.npz", in_0=array)
    with pytest.raises(DataError, match=word) as refusal:
        read_npz(tmp_path / "in.npz", ["a"])
    assert "in.npz" in refusal.value.where


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
        datasets.read(path, ["a"])
    assert str(shape) in refusal.value.why


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """One byte a value in the file is four in memory, and labels take memory as well."""
    small, path = X.astype(np.int8), tmp_path / "in.npz"
    np.savez_compressed(path, in_0=small, labels=np.zeros(7))
    assert read_npz(path, ["a"], room=X.nbytes + 56)[0][0].nbytes == X.nbytes
    with pytest.raises(DataError, match="in_0 is too large"):
        read_npz(path, ["a"], room=X.nbytes - 1)
    with pytest.raises(DataError, match="labels is too large"):
        read_npz(path, ["a"], room=X.nbytes + 55)


def test_a_folder_is_bounded_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        np.save(tmp_path / f"{name}.npy", X)
    assert len(datasets.read(tmp_path, ["a"])[0].inputs[0]) == 6
    monkeypatch.setattr(datasets, "LARGEST_DATA", 2 * X.nbytes)
    with pytest.raises(DataError, match="too large") as refusal:
        datasets.read(tmp_path, ["a"])
    assert "c.npy" in refusal.value.where


def test_a_named_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npy")
    with pytest.raises(DataError, match="not a file"):
        datasets.read(tmp_path, ["a"])


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
        read_npz(path, ["a"])


def test_inputs_are_taken_by_keras_s_names_too(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    np.savez(path, alpha=X, in_1=X + 1, y=np.arange(2))
    inputs, labels = read_npz(path, ["alpha", "zeta"])
    assert (inputs[0] == X).all() and (inputs[1] == X + 1).all()
    assert labels is not None
    np.savez(path, y=X, zeta=X + 1)
    inputs, labels = read_npz(path, ["y", "zeta"])
    assert (inputs[0] == X).all() and labels is None
    np.savez(path, in_0=X, y=np.arange(2), zeta=X + 1)
    assert read_npz(path, ["y", "zeta"])[1] is not None


def test_a_name_is_no_other_input_s_number(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in_0=X, in_1=X + 1)
    inputs, _ = read_npz(tmp_path / "in.npz", ["in_1", "in_0"])
    assert (inputs[1] == X + 1).all()


GAP = X.copy()
GAP[1, 2, 0] = np.inf


@pytest.mark.parametrize(
    ("arrays", "names", "message"),
    [
        ({"in_0": X, "in_1": X, "in_12": X}, ["a"], "takes 1 input, and there is in_1, in_12 too"),
        ({"in_1": X}, ["in_1", "in_0"], "no in_0"),
        ({"in_0": X, "alpha": X, "zeta": X}, ["alpha", "zeta"], 'input 0 is there twice: as in_0 and as "alpha"'),
        ({"in_0": X}, ["alpha", "zeta"], "takes 2 inputs, and there is no in_1"),
        ({"in_0": X}, ["alpha", "zeta"], 'in_1 or "zeta"'),
        ({"in_0": GAP}, ["a"], "1 of 30, the first at [1, 2, 0]: inf"),
    ],
)
def test_arrays_that_are_not_the_inputs(arrays: Any, names: list[str], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", **arrays)
    with pytest.raises(DataError) as refusal:
        read_npz(tmp_path / "in.npz", names)
    assert message in f"{refusal.value.what} | {refusal.value.why} | {refusal.value.fix}"


def test_an_archive_of_very_many_arrays_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "in.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"a{index}.npy"), b"")
    with pytest.raises(DataError, match="60,000 arrays"):
        read_npz(path, ["a"])
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(9_000):
            archive.writestr(zipfile.ZipInfo(f"a{index}.npy"), b"")
    with pytest.raises(DataError) as refusal:
        read_npz(path, ["a"])
    assert len(refusal.value.why) < 300
