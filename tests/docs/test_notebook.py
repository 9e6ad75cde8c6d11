"""The example notebook runs as it stands, its results look in a notebook as they should, and the pictures are there."""

import ast
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import DOCS, EXAMPLES

NOTEBOOK = EXAMPLES / "basic_motions.ipynb"
TUNING = EXAMPLES / "tune.ipynb"


def read(path: Path = NOTEBOOK) -> Any:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (pip install '.[dev]')")
    return nbformat.read(path, as_version=4)


def outputs(notebook: Any) -> list[dict[str, Any]]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def furnish(place: Path) -> None:
    """The example's data."""
    for file in EXAMPLES.glob("basic_motions*"):
        (place / file.name).symlink_to(file)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (pip install '.[dev]')")
    furnish(place := tmp_path_factory.mktemp("notebook"))
    notebook = read()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(place)}}).execute()
    assert (place / "firmware" / "src" / "basic_motions.c").is_file()
    return notebook


def test_it_runs_and_gives_what_it_shows(executed: Any) -> None:
    """Text and tables are compared; pictures and compiler-dependent numbers are not."""
    printed = [output.get("data", {}).get("text/plain", "") for output in outputs(executed)]
    assert "'accuracy 100.0%'" in printed
    assert any(text.startswith("<Validation PASS: 40 of 40 classes as Keras") for text in printed)
    shown = [output.get("data", {}).get("text/plain", "") for output in outputs(read())]
    assert [text.split(",")[0] for text in shown] == [text.split(",")[0] for text in printed]


def test_results_are_pages_in_a_notebook(executed: Any) -> None:
    pages = [output["data"]["text/html"] for output in outputs(executed) if "text/html" in output.get("data", {})]
    assert len(pages) == 4, "the inspection, the code, the budget, the validation"
    for page in pages:
        assert page.startswith("<pre ") and "monospace" in page and "</pre>" in page
    assert "weights id" in pages[0] and "model id" in pages[1] and "fits" in pages[2] and "PASS" in pages[3]
    assert re.search(r'<span style="[^"]*bold[^"]*">PASS</span>', pages[3]) and "<svg" in pages[3].split("</pre>")[1]


def test_two_bits_are_trained_tuned_and_validated_on_an_emulated_board(tmp_path: Path, monkeypatch: Any) -> None:
    """In this process, which has TensorFlow. Accuracies move by a window or two with the machine that trains."""
    furnish(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # which the notebook sets too: so it is set back
    printed, names = [], dict[str, Any]()
    for cell in (cell for cell in read(TUNING).cells if cell.cell_type == "code"):
        *statements, last = ast.parse(cell.source).body
        assert isinstance(last, ast.Expr), "each cell shows something"
        exec(compile(ast.Module(statements, []), TUNING, "exec"), names)
        printed.append(repr(eval(compile(ast.Expression(last.value), TUNING, "eval"), names)))
    whole, _, trained, check, report, tuned = printed
    for text in (whole, trained, tuned):
        assert float(re.findall(r"accuracy ([\d.]+)%", text)[0]) >= 90
    assert check.startswith("<Validation PASS: 8 of 8 classes as Keras") and "nucleo_f446re, int8w2" in check
    before, after = map(float, re.findall(r"([\d.]+) dB", report))
    assert after > before and (tmp_path / "tuned.keras").is_file()


@pytest.mark.parametrize("name", ["report", "notebook"])
def test_the_pictures_are_small_and_shown(name: str) -> None:
    path = DOCS / "images" / f"{name}.png"
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    assert data.startswith(b"\x89PNG") and width >= 800 and height >= 600 and len(data) < 150_000
    shown = "".join(page.read_text("utf-8") for page in Path(DOCS).rglob("*.md"))
    assert f"images/{name}.png" in shown
