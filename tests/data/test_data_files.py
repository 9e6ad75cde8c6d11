"""Data as people have it (.npy, CSV, folders, Keras's names, .npz): what is read, what is ignored, what is refused;
and what errors about shapes say."""

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_models import keras1_lstm
from test_tables import WINDOWS, lines, recording

from gatesmith import cli
from gatesmith.api.folder import arrays
from gatesmith.core.errors import DataError
from gatesmith.core.settings import Settings
from gatesmith.data import datasets
from gatesmith.data.samples import has_halves, read_npz
from gatesmith.data.tables import read_csv
from gatesmith.files.arrays import write_arrays
from gatesmith.importers.reading import fitted, load
from gatesmith.layers.normalize import Normalize


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return keras1_lstm(tmp_path / "net.h5")


def test_samples_are_spread_over_the_data() -> None:
    batch = datasets.Batch([np.arange(40.0)[:, None]], np.arange(40))
    some = datasets.spread(batch, 8)
    assert some.inputs[0][:, 0].tolist() == [0, 5, 10, 15, 20, 25, 30, 35]
    assert some.labels is not None and some.labels.tolist() == some.inputs[0][:, 0].tolist()
    assert datasets.spread(batch, 7).inputs[0][:, 0].tolist() == [0, 5, 11, 17, 22, 28, 34]
    assert len(datasets.spread(batch, 50).inputs[0]) == 40
    few = datasets.Batch(batch.inputs, np.arange(3))
    for part in (datasets.divided, lambda whole: datasets.spread(whole, 8)):
        with pytest.raises(DataError, match="3 labels for 40 samples"):
            part(few)
    with pytest.raises(DataError, match="different numbers of samples"):
        datasets.Batch([np.zeros(3), np.zeros(2)])


def test_halves_of_data_are_told_by_their_names(tmp_path: Path) -> None:
    halves = {"X_train": X, "y_train": np.arange(2), "X_test": X[:1] * 2, "y_test": np.array([7])}
    np.savez(tmp_path / "in.npz", **halves)
    for training, name in ((False, "test"), (True, "train")):
        (x,), y = read_npz(tmp_path / "in.npz", ["a"], training=training)
        assert np.array_equal(x, halves[f"X_{name}"]) and np.array_equal(y, halves[f"y_{name}"])
    np.savez(tmp_path / "one.npz", x_test=X, label=np.arange(2))
    assert np.array_equal(read_npz(tmp_path / "one.npz", ["a"])[1], np.arange(2))


def test_every_form_gives_the_same_run(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("folder", "parts", "halves"):
        (tmp_path / name).mkdir()
    np.savez(tmp_path / "numbered.npz", in_0=WINDOWS)
    np.savez(tmp_path / "positional.npz", WINDOWS)
    np.savez(tmp_path / "plain.npz", x=WINDOWS, y=np.zeros(4, int), more=np.ones(3))
    np.save(tmp_path / "array.npy", WINDOWS)
    np.save(tmp_path / "folder" / "in_0.npy", WINDOWS)
    np.save(tmp_path / "folder" / "y.npy", np.zeros(4, int))
    np.save(tmp_path / "parts" / "a.npy", WINDOWS[:1])
    np.savez(tmp_path / "parts" / "b.npz", x=WINDOWS[1:])
    for half, x in (("test", WINDOWS), ("train", WINDOWS[:2])):
        np.save(tmp_path / "halves" / f"X_{half}.npy", x)
        np.save(tmp_path / "halves" / f"y_{half}.npy", x)  # as wide as samples: one-hot
    lines(tmp_path / "table.csv", recording(), "ax,ay,az")
    graph = load(net, Settings()).graph
    for name in ("numbered.npz", "positional.npz", "plain.npz", "array.npy", "folder", "halves", "parts", "table.csv"):
        (x,) = datasets.samples_of(tmp_path / name, graph)[0].inputs
        assert np.array_equal(x, WINDOWS), name
    assert has_halves(tmp_path / "halves") and not has_halves(tmp_path / "folder")
    words = ["--calibration", str(tmp_path / "table.csv"), "--input", str(tmp_path / "parts"), "--json"]
    assert cli.main(["run", str(net), "--numeric", "int8", *words]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["numeric"], result["samples"]) == ("int8", len(WINDOWS))


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (WINDOWS.transpose(0, 2, 1), "np.transpose(x, (0, 2, 1))"),
        (WINDOWS[0], "x[np.newaxis]"),
        (WINDOWS[..., None], "np.squeeze(x, 3)"),
        (WINDOWS.reshape(4, 15), "x.reshape(-1, 5, 3)"),
        (WINDOWS.reshape(20, 3)[:19], "x[:15].reshape(-1, 5, 3)"),
        (WINDOWS[:, :, :2], "axis 2 is the features: give the 3 of the training"),
        (WINDOWS[:, :2, :2], "axis 2 is the features: give the 3 of the training"),
    ],
)
def test_shapes_that_do_not_fit(net: Path, tmp_path: Path, array: Any, advice: str) -> None:
    """The error names the data's file, and following its advice makes the array fit."""
    model = load(net, Settings())
    with pytest.raises(DataError) as caught:
        fitted(model, [array], data=tmp_path / "data.npz")
    assert "data.npz" in caught.value.where and "net.h5" in caught.value.why
    assert advice in caught.value.fix[0]
    if "axis" not in advice:
        assert fitted(model, [eval(advice, {"np": np, "x": array})], data=tmp_path / "data.npz")


def test_gaps_come_with_a_line_that_leaves_them_out(net: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((2, 5, 3), np.nan))
    with pytest.raises(DataError, match="not finite") as gaps:
        datasets.samples_of(tmp_path / "x.npy", load(net, Settings()).graph)
    line = gaps.value.fix[0].split("out: ")[1].split(", and")[0]
    x = np.ones((4, 3, 2))
    x[1, 2, 0] = np.nan
    assert len(eval(line, {"np": np, "x": x})) == 3, "the line of NumPy does what it says"


def test_python_takes_names_and_numbers(net: Path) -> None:
    graph = load(net, Settings()).graph
    name = graph.input_names[0]
    for key in (name, "in_0"):
        assert arrays({key: WINDOWS}, graph)[0][0] is WINDOWS
    with pytest.raises(DataError) as caught:
        arrays({name.replace("s", "z"): WINDOWS}, graph)
    assert "did you mean" in caught.value.fix[0]


def test_an_error_is_data_too(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(net), "--target", "unoo", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)
    assert (error["schema"], error["exit_code"]) == ("gatesmith/error/1", 2)
    assert error["fix"][0].startswith("did you mean uno")
    assert cli.main(["run", str(net), "--nonsense", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2
    assert cli.main(["schema", "gatesmith/error/1"]) == 0
    assert set(json.loads(capsys.readouterr().out)["$defs"]["ErrorFacts"]["required"]) == set(error)


def test_a_scale_of_zero_leaves_the_inputs_that_are_drawn_finite() -> None:
    """As a BatchNormalization whose gamma was trained to 0 has, and ``zeros_like``."""
    op = Normalize(center=None, scale=np.array([0, 2], np.float32), offset=None)
    np.testing.assert_array_equal(op.usual(np.ones((3, 2))), [[1, 0.5]] * 3)


def test_answers_are_written_as_the_name_says(tmp_path: Path) -> None:
    """CSV that reads back: a row a sample, or a row a step with the sample's number."""
    flat, steps = {"out_0": WINDOWS[:, 0], "out_1": WINDOWS[:, 0, :1]}, {"out_0": WINDOWS}
    write_arrays(tmp_path / "flat.csv", flat)
    assert (tmp_path / "flat.csv").read_text().startswith("out_0_0,out_0_1,out_0_2,out_1\n")
    assert np.array_equal(read_csv(tmp_path / "flat.csv", (4,))[0], np.concatenate(list(flat.values()), axis=1))
    write_arrays(tmp_path / "steps.csv", steps)
    assert np.array_equal(read_csv(tmp_path / "steps.csv", (None, 3))[0], WINDOWS)
    write_arrays(tmp_path / "all.npz", flat)
    assert np.array_equal(np.load(tmp_path / "all.npz")["out_0"], flat["out_0"])


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
@pytest.mark.parametrize("shape", [(1 << 40, 8), (1 << 62, 1 << 62)])
def test_arrays_that_declare_too_much_are_refused_before_memory_is_taken(
    tmp_path: Path, archived: bool, shape: tuple[int, int]
) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
    path = tmp_path / ("in.npz" if archived else "in.npy")
    if archived:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("in_0.npy", head.getvalue())
    else:
        path.write_bytes(head.getvalue())
    with pytest.raises(DataError, match="more than there is") as refusal:
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
    np.savez(tmp_path / "d.npz", x=X[:1, 1:], y=[3])
    (tmp_path / "notes.txt").write_text("no data")
    assert [len(batch.inputs[0]) for batch in datasets.read(tmp_path, ["a"])] == [6, 1], "by their shapes"
    monkeypatch.setattr(datasets, "LARGEST_DATA", 2 * X.nbytes)
    with pytest.raises(DataError, match="too large") as refusal:
        datasets.read(tmp_path, ["a"])
    assert "c.npy" in refusal.value.where


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "device", "text", "half"])
def test_refused_files(tmp_path: Path, kind: str) -> None:
    """Nothing that is no file is opened, in a folder neither: reading a FIFO would wait for ever."""
    path = Path("/dev/zero") if kind == "device" else tmp_path / "in.npz"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(tmp_path / "a.npy")
        np.save(tmp_path / "y.npy", X)
    elif kind == "text":
        path.write_text("in_0")
    elif kind == "half":
        np.savez(path, in_0=X)
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cannot read input data|there is no .npz"):
        datasets.read(tmp_path if kind == "fifo" else path, ["a"])


def test_files_of_other_forms_are_told_by_their_names(tmp_path: Path) -> None:
    for name, word in (("a.xlsx", "read_excel"), ("a.keras", "np.savez('data.npz', x=x)"), ("idle/a.jpeg", "load_img")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"PK")
        with pytest.raises(DataError) as refusal:
            datasets.read(tmp_path / name if "/" not in name else tmp_path / "idle", ["a"])
        assert word in refusal.value.fix[0]


def test_inputs_are_taken_by_keras_s_names_too(tmp_path: Path) -> None:
    def taken(*names: str, **arrays: Any) -> tuple[list[float], bool]:
        np.savez(tmp_path / "in.npz", **arrays)
        inputs, labels = read_npz(tmp_path / "in.npz", names)
        return [float(x[0, 0, 0]) for x in inputs], labels is not None

    assert taken("alpha", "zeta", alpha=X, in_1=X + 1, y=np.arange(2)) == ([1, 2], True)
    assert taken("y", "zeta", y=X, zeta=X + 1) == ([1, 2], False)
    assert taken("y", "zeta", in_0=X, y=np.arange(2), zeta=X + 1) == ([1, 2], True)
    assert taken("in_1", "in_0", in_0=X, in_1=X + 1) == ([1, 2], False), "a name is no other input's number"


GAP = X.copy()
GAP[1, 2, 0] = np.inf


@pytest.mark.parametrize(
    ("arrays", "names", "message"),
    [
        ({"in_0": X, "in_1": X, "in_12": X}, ["a"], "takes 1 input, and there is in_1, in_12 too"),
        ({"in_1": X}, ["in_1", "in_0"], "no in_0"),
        ({"lstm_1_imput": X, "other": X}, ["lstm_1_input"], "('did you mean lstm_1_imput?'"),
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


@pytest.mark.parametrize(("count", "what"), [(60_000, "60,000 arrays"), (9_000, "there is no in_0")])
def test_an_archive_of_very_many_arrays_is_refused_in_a_line(tmp_path: Path, count: int, what: str) -> None:
    with zipfile.ZipFile(tmp_path / "in.npz", "w") as archive:
        for index in range(count):
            archive.writestr(zipfile.ZipInfo(f"a{index}.npy"), b"")
    with pytest.raises(DataError, match=what) as refusal:
        read_npz(tmp_path / "in.npz", ["a"])
    assert len(refusal.value.why) < 300
