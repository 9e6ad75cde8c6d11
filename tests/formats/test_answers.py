"""What examples print of an answer: names or numbers of classes, values with their units, in C, in a sketch and in
MicroPython; and names that fit no output are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from report_models import dense
from test_formats import EXAMPLE, STANDINS, ran

from gatesmith.core.errors import UsageError
from gatesmith.core.settings import Settings
from gatesmith.data.words import words_of
from gatesmith.flow.generate import generate

STRICT = ("-Wall", "-Wextra", "-Werror", "-O1")
NASTY = 'of "us" 100%d\\n'
CASES = [
    ([21.5], "linear", (), ("degC",), "21.5 degC"),
    ([1.5, -2.0], "linear", (), ("m", "m/s"), "1.5 m, -2 m/s"),
    ([1.5, -2.0], "linear", (), ("m",), "1.5 -2 m"),
    ([1.5, -2.0], "linear", (), (), "1.5 -2"),
    ([1.0, 3.0, 2.0], "linear", ("a", "b", "c"), (), "b"),
    ([1.0, 3.0, 2.0], "softmax", ("a", NASTY, "c"), (), f"{NASTY} 0.67"),
    ([1.0, 3.0, 2.0], "softmax", (), (), "class 1 0.67"),
    ([3.0], "sigmoid", ("no", "yes"), (), "yes 0.95"),
    ([-3.0], "sigmoid", ("no", "yes"), (), "no 0.95"),
    ([3.0, -3.0], "sigmoid", ("a", "b"), (), "a 0.95, b 0.05"),
]


@pytest.mark.parametrize(("bias", "activation", "classes", "units", "line"), CASES)
def test_an_answer_in_words(
    bias: list[float], activation: str, classes: tuple[str, ...], units: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    """The model's answer is its activation of the bias, for any input."""
    model = dense(tmp_path / "net.h5", np.zeros((2, len(bias))), bias, activation)
    settings = Settings(classes=classes, units=units)
    folder, sketch = tmp_path / "c", tmp_path / "sketch"
    generate(model, folder, settings)
    ran("gcc", "-std=c99", *STRICT, "main.c", "net.c", "-o", "it", "-lm", cwd=folder)
    assert ran(folder / "it", cwd=folder, stdin="1,2\n3 4\n") == f"{line}\n" * 2
    generate(model, sketch, Settings(classes=classes, units=units, format="library"))
    text = (sketch / "examples/step/step.ino").read_text()
    (sketch / "it.cpp").write_text(text + "\nint main() { setup(); loop(); }\n")
    ran("gcc", "-std=c99", "-c", "src/net.c", cwd=sketch)
    board = ("-I", STANDINS / "headers", "-I", "src", "-include", "Arduino.h")
    ran("g++", *STRICT, *board, "it.cpp", "net.o", "-o", "it", cwd=sketch)
    digits = [f"{value:.6f}" for value in bias]
    shown = line if activation != "linear" or classes else ran_together(digits, units)
    assert ran(sketch / "it", cwd=sketch) == f"{shown}\n"
    if (micropython := shutil.which("micropython")) is None:
        pytest.skip("micropython is not installed (make tools)")
    generate(model, tmp_path / "py", Settings(classes=classes, units=units, backend="micropython"))
    assert ran(micropython, "main.py", cwd=tmp_path / "py") == f"{line}\n"


def ran_together(digits: list[str], units: tuple[str, ...]) -> str:
    """Values as a sketch prints them, with as many digits as Arduino is asked for."""
    if len(units) > 1:
        return ", ".join(f"{value} {unit}" for value, unit in zip(digits, units, strict=True))
    return " ".join([*digits, *units])


@pytest.mark.parametrize(
    "lines", ["one\ntwo\nthree\nfour\n", "0 one\n1 two\n2 three\n3 four\n\n", "1\tone\n2\ttwo\n3\tthree\n4\tfour"]
)
def test_classes_come_from_a_file_whose_lines_may_be_numbered(lines: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(lines)
    assert words_of(Settings(classes=(str(tmp_path / "names.txt"),))).classes == ("one", "two", "three", "four")


@pytest.mark.parametrize("lines", ["0 mm\n1 mm\n2 mm", "1 litre\n5 gallons\n9 pints", "0\n1\n2"])
def test_numbers_that_are_names_stay(lines: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(lines)
    assert words_of(Settings(classes=(str(tmp_path / "names.txt"),))).classes == tuple(lines.splitlines())


def test_classes_come_from_the_calibration_data(tmp_path: Path) -> None:
    data = str(EXAMPLE.with_name("basic_motions_calibration.npz"))
    generate(EXAMPLE, tmp_path / "b", Settings(numeric="int8", calibration=data))
    assert '{"badminton", "running", "standing", "walking"}' in (tmp_path / "b" / "main.c").read_text()
    with np.load(data) as old:
        np.savez(tmp_path / "c.npz", in_0=old["in_0"], classes=np.arange(4))
        np.savez(tmp_path / "d.npz", in_0=old["in_0"], classes=old["classes"][:3])
    for name in "cd":
        with pytest.raises(Exception, match="classes") as caught:
            generate(EXAMPLE, tmp_path / name, Settings(numeric="int8", calibration=str(tmp_path / f"{name}.npz")))
        assert isinstance(caught.value, UsageError) or "no list of names" in str(caught.value)
