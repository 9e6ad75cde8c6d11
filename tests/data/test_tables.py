"""Tables, and labels in them: what is read, what is ignored, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_models import keras1_lstm

from gatesmith import cli
from gatesmith.core.errors import DataError
from gatesmith.core.settings import Settings
from gatesmith.data import datasets
from gatesmith.data.tables import read_csv
from gatesmith.importers import reading
from gatesmith.importers.reading import load

WINDOWS = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
"""Samples for LSTM(4) in (5, 3)."""


def lines(path: Path, rows: Any, head: str = "", mark: str = ",") -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    text = "\n".join(mark.join(map(str, row)) for row in rows)
    path.write_text(f"{head}\n{text}\n" if head else f"{text}\n")
    return path


def recording() -> list[list[Any]]:
    return [[float(v) for v in row] for row in WINDOWS.reshape(-1, 3)]


def test_a_recording_is_cut_into_windows(tmp_path: Path) -> None:
    x, labels = read_csv(lines(tmp_path / "r.csv", [*recording(), [1, 2, 3]], "ax,ay,az"), (5, 3))
    assert np.array_equal(x, WINDOWS) and labels is None
    assert read_csv(tmp_path / "r.csv", (None, 3))[0].shape == (1, 21, 3), "one sequence if its length is open"


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("units.csv", "ax,ay,az\nm/s2,m/s2,m/s2\n", "{},{},{}"),
        ("remarks.csv", "# logger 1.2\n# rate, 50\n# ax, ay, az\n", "{},{},{}"),
        ("excel.csv", "sep=;\na;b;c\n", "{};{};{}"),
        ("marks.csv", "a,b,c\n", "{},{},{},"),
        ("tabs.TSV", "a\tb\tc\n", "{}\t{}\t{}"),
        ("spaces.txt", "", "  {}  {} {}"),
        ("pandas.csv", ",a,b,c\n", "{n},{},{},{}"),
        ("shuffled.csv", ",a,b,c,label\n", "7{n}5,{},{},{},walk"),
        ("numbered.csv", "0,1,2\n", "{},{},{}"),
        ("times.csv", "time,seconds_elapsed,z,y,x\n", "{n},.5,{},{},{}"),
        ("day.csv", "Date Time (UTC),a,b,c\n", "2026-01-01 00:00,{},{},{}"),
        ("unnamed.csv", "", "{n},{},{},{}"),
        ("axes.csv", "x,y,z\n", "{},{},{}"),
    ],
)
def test_tables_as_loggers_write_them(tmp_path: Path, name: str, head: str, row: str) -> None:
    rows = [row.format(*values, n=number) for number, values in enumerate(recording())]
    (tmp_path / name).write_text(head + "\n".join(rows))
    assert np.array_equal(datasets.read(tmp_path / name, ["a"], [(5, 3)])[0].inputs[0], WINDOWS)


def test_words_are_numbered_by_the_alphabet_of_all_files(tmp_path: Path) -> None:
    """A file a recording has one word each, its last: all were class 0. Fewer words than classes are no numbers."""
    graph = load(keras1_lstm(tmp_path / "net.h5"), Settings()).graph
    for word, labels in (("walk", ["walk"]), ("run", [0, 1])):
        rows = [[*row, label] for row, label in zip(recording(), ["sit"] * 4 + [word], strict=False)]
        lines(tmp_path / "words" / f"{len(word)}{word}.csv", rows, "ax,ay,az,label")
        (batch,) = datasets.samples_of(tmp_path / "words", graph)
        assert batch.labels is not None and batch.labels.tolist() == labels
    assert batch.classes == ("run", "walk")
    for head, what in (("ax,ay,az,label", "4walk.csv has numbers"), ("ax,ay,az,time", "4walk.csv has none")):
        lines(tmp_path / "words" / "4walk.csv", [[*row, 0] for row in recording()], head)
        with pytest.raises(DataError, match="the labels of the files differ") as refusal:
            datasets.samples_of(tmp_path / "words", graph)
        assert what in refusal.value.why


def test_a_folder_for_each_class_names_it(tmp_path: Path) -> None:
    graph = load(keras1_lstm(tmp_path / "net.h5"), Settings()).graph
    for name in ("run/a.csv", "idle/b.csv", "idle/c.csv"):
        lines(tmp_path / "in" / name, recording())
    (tmp_path / "in" / ".ipynb_checkpoints").mkdir()
    (batch,) = datasets.samples_of(tmp_path / "in", graph)
    assert batch.classes == ("idle", "run") and batch.labels is not None and batch.labels.tolist() == [0] * 8 + [1] * 4
    (tmp_path / "in" / "run").rename(tmp_path / "in" / "Test")
    with pytest.raises(DataError, match="file in the folder"):
        datasets.read(tmp_path / "in", ["a"])


@pytest.mark.parametrize("more", ["generate --output {0}/out", "report --input {0}/in.csv --output {0}/r.html"])
def test_model_and_data_are_read_once(more: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    for module, name in ((reading, "read"), (datasets, "read_csv")):
        whole = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, w=whole, n=name: (reads.append(n), w(*args))[1])
    rows = [[*row, "walk" if number < 10 else "run"] for number, row in enumerate(recording())]
    data = lines(tmp_path / "in.csv", rows, "ax,ay,az,label")
    command, *words = more.format(tmp_path).split()
    options = ["--numeric", "int8", "--calibration", str(data)]
    assert cli.main([command, str(keras1_lstm(tmp_path / "net.h5")), *options, *words]) == 0
    assert sorted(reads) == ["read", "read_csv"]


def test_words_are_numbered_by_the_names_of_the_classes(tmp_path: Path) -> None:
    """Of ``--classes``, or ``classes`` of the data; then some may be missing."""
    graph, data = load(keras1_lstm(tmp_path / "net.h5"), Settings()).graph, tmp_path / "in.npz"
    np.savez(data, x=WINDOWS, y=["sit"] * 4, classes=["walk", "sit"])
    for names, number in (((), 1), (("sit,walk",), 0)):
        (batch,) = datasets.samples_of(data, graph, Settings(classes=names))
        assert batch.labels is not None and batch.labels.tolist() == [number] * 4 and not batch.notes
    with pytest.raises(DataError, match="a label is 'sit', which is no name"):
        datasets.samples_of(data, graph, Settings(classes=("run,walk",)))


def test_rows_say_which_sample_they_are_of(tmp_path: Path) -> None:
    rows = [[index // 5, *row] for index, row in enumerate(recording())]
    for shape in ((5, 3), (None, 3)):
        assert np.array_equal(read_csv(lines(tmp_path / "r.csv", rows, "sample;a;b;c", ";"), shape)[0], WINDOWS)


def test_a_row_is_a_sample_where_there_are_no_steps(tmp_path: Path) -> None:
    x, labels = read_csv(lines(tmp_path / "r.csv", [[1, 2, 0], [3, 4, 1]], "a,b,y"), (2,))
    assert x.tolist() == [[1, 2], [3, 4]] and labels is not None and labels.tolist() == [0, 1]
    image, _ = read_csv(lines(tmp_path / "i.csv", [range(8)]), (2, 2, 2))
    assert image.shape == (1, 2, 2, 2) and image[0, 1, 0, 1] == 5


def test_a_row_as_long_as_a_window_is_one(tmp_path: Path) -> None:
    rows = [[*window.ravel(), number % 3] for number, window in enumerate(WINDOWS)]
    x, labels = read_csv(lines(tmp_path / "r.csv", rows, ",".join([*(f"s{k}" for k in range(15)), "label"])), (5, 3))
    assert np.array_equal(x, WINDOWS) and labels is not None and labels.tolist() == [0, 1, 2, 0]
    turned = [window.T.ravel() for window in WINDOWS]
    with pytest.raises(DataError, match="all steps of a feature before the next"):
        read_csv(lines(tmp_path / "t.csv", turned, ",".join(f"{c}{k}" for c in "xyz" for k in range(5))), (5, 3))
    x, _ = read_csv(lines(tmp_path / "time.csv", [[k, 10 * k] for k in range(6)]), (2, 1))
    assert x.ravel().tolist() == [0, 10, 20, 30, 40, 50], "a column that only grows is time"


@pytest.mark.parametrize(
    ("rows", "head", "what"),
    [
        ([[1, 2, 0]], "a,b,label", "a row has 2 values"),
        ([[1, 2]], "a,b", "a row has 2 values, and the model takes 3 a step"),
        ([[1, 2, "x"]], "a,b,c", "line 2: 'x' of column \"c\" is no number"),
        ([[1, 2, 3], [1, 2]], "a,b,c", "line 3 has 2 cells, and others 3"),
        ([], "a,b,c", "no line of numbers"),
        ([[1, 2, 3]] * 4, "a,b,c", "the recording has 4 steps, and a sample 5"),
        ([[0, 1, 2, 3], [1, 1, 2, 3]], "id,a,b,c", "samples have 1 rows"),
        ([[k % 7, 1, 2, 3] for k in range(9)], "t,a,b,c", 'line 9: "t" goes back from 6 to 0'),
        ([[0, "walk"]], "time,label", "a row has 0 values"),
        ([[1, 2, 3, "walk"], [1, 2, 3, ""]], "a,b,c,label", "line 3 has no label"),
        ([["9:00", "", "", "", "walk"], [1, 2, 3, 4, "run"]], "time,a,b,c,label", "line 2: '' of column \"a\""),
    ],
)
def test_tables_that_are_not_the_model_s(tmp_path: Path, rows: Any, head: str, what: str) -> None:
    with pytest.raises(DataError) as caught:
        read_csv(lines(tmp_path / "r.csv", rows, head), (5, 3))
    assert what in caught.value.what and "r.csv" in caught.value.where


def test_a_table_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"\xff\xfe\x00,")
    with pytest.raises(DataError, match="cannot read the CSV"):
        read_csv(tmp_path / "r.csv", (5, 3))


def test_decimal_commas_of_a_spreadsheet(tmp_path: Path) -> None:
    """Semicolons between cells; numbers as 1,5, also in the first line."""
    rows = [[f"{value:.6f}".replace(".", ",") for value in row] for row in recording()]
    for head in ("", "a;b;c"):
        values, _ = read_csv(lines(tmp_path / "de.csv", rows, head, ";"), (5, 3))
        assert np.allclose(values, WINDOWS, atol=1e-6)
    with pytest.raises(DataError, match="is no number"):
        read_csv(lines(tmp_path / "bad.csv", [["1,5", "2", "1,2,3"]], "a;b;c", ";"), (3,))
