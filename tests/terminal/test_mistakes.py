"""A hundred mistakes that people make, each told in one message that names what is wrong and how to mend it.

``pytest -s`` prints the table: mistake, exit code, message, fix.
"""

import ast
import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_models import dense, keras1_lstm, numbers
from told import without_progress

import gatesmith
from gatesmith import cli
from gatesmith.core.errors import ExitCode, GatesmithError

PACKAGE = Path(__file__).resolve().parents[2] / "gen"
NOBODY = Path(__file__).resolve().parents[1] / "nobody.toml"
OUT = "generate m.h5 -o out"
USAGE, INPUT, DEVICE, BUDGET = ExitCode.USAGE, ExitCode.INPUT, ExitCode.DEVICE, ExitCode.BUDGET
INT8, CHOSEN = "--numeric int8 --calibration good.npz", "--calibration good.npz --numeric"
MODULES = "--target zero --backend micropython"
MINE = b'extends = "cortex-m4f"\nsummary = "x"\nflash = 131072\nram = 20480\n'
BOARDS = {"mine": b"", "floats": b'numerics = ["float32"]\n', "odd": b'numerics = ["float99"]\n'}
COMMAND_LINE: dict[str, tuple[str, ExitCode, str]] = {
    # commands and options
    "misspelled command": ("generat m.h5 -o out", USAGE, "generate"),
    "command of another tool": ("compile m.h5", USAGE, "compile"),
    "model before the command": ("m.h5 generate -o out", USAGE, "m.h5"),
    "misspelled option": ("generate m.h5 --taget uno -o out", USAGE, "--target"),
    "option of another command": ("inspect m.h5 --port COM3", USAGE, "--port"),
    "option without its value": ("generate m.h5 -o", USAGE, "-o"),
    "no output folder": ("generate m.h5", USAGE, "--output"),
    "no model": ("inspect", USAGE, "MODEL"),
    "no model and no project": ("validate", USAGE, "no MODEL is named"),
    "two models": ("generate m.h5 other.h5 -o out", USAGE, "other.h5"),
    "option of no such value": ("generate m.h5 -o out --math quick", USAGE, "--math"),
    "misspelled backend": ("generate m.h5 -o out --backend python", USAGE, "--backend"),
    "misspelled format": ("generate m.h5 -o out --format ardiuno", USAGE, "arduino"),
    "format of the other backend": ("generate m.h5 -o out --format micropython", USAGE, "--backend micropython"),
    "backend of another format": ("generate m.h5 -o out --format cmake --backend micropython", USAGE, "--backend c99"),
    "several boards in no project": (f"{OUT} --format idf --target uno --also mega2560", USAGE, "--also is for"),
    "color that is none": ("--color pink inspect m.h5", USAGE, "--color"),
    "number that is a word": ("run m.h5 --input good.npz --max-steps many", USAGE, "--max-steps"),
    "number below the least": ("run m.h5 --input good.npz --max-steps 0", USAGE, "--max-steps"),
    "two answers at once": ("inspect m.h5 --gates --code", USAGE, "--gates"),
    "memory and gates at once": ("inspect m.h5 --memory --gates", USAGE, "another answer than --gates"),
    "type of a plan that is not asked for": ("inspect m.h5 --numeric int8", USAGE, "--memory is planned"),
    "class names of another count": ("generate m.h5 -o out --classes a,b,c", USAGE, "--classes"),
    "units of another count": ("generate m.h5 -o out --units m", USAGE, "--units: 1 units fit no output"),
    "class without a name": ("generate m.h5 -o out --classes a,", USAGE, "'' is no name"),
    "class named twice": ("generate m.h5 -o out --classes a,a", USAGE, "a class is named twice"),
    "file of classes that is not there": (f"{OUT} --classes nowhere.txt", USAGE, "nowhere.txt cannot be read"),
    "limit in wrong units": ("generate m.h5 -o out --max-flash 64kilo", USAGE, "--max-flash"),
    "rate in wrong units": ("choose m.h5 --data good.npz --rate 10kg", USAGE, "--rate"),
    "choose without data": ("choose m.h5", USAGE, "--data"),
    "data to choose by and others": ("choose m.h5 --data good.npz --calibration god.npz", USAGE, "--calibration"),
    "type that choose looks for": ("choose m.h5 --data good.npz --boards uno --numeric auto", USAGE, "leave it out"),
    "layers kept in floats": ("choose m.h5 --data good.npz --numeric float32 --keep lstm_1=int8", USAGE, "--keep"),
    "models of other inputs": ("diff m.h5 --against large.h5", INPUT, "--against"),
    "steps of a model that fixes them": ("validate m.h5 --steps 4", USAGE, "--steps"),
    "steps with input": ("validate m.h5 --input good.npz --steps 4", USAGE, "--steps"),
    "length without a number": ("inspect m.h5 --length long", USAGE, "--length"),
    "backend that never was": ("inspect m.h5 --keras-backend torhc", USAGE, "--keras-backend"),
    "backend that the file denies": ("inspect m.h5 --keras-backend theano", USAGE, "the file says tensorflow"),
    "release that the file denies": ("inspect m.h5 --written-by 'Keras 2.2'", USAGE, "the file says 1.2.2"),
    "type that tune does not choose": (f"tune m.h5 -o t.keras {CHOSEN} auto", USAGE, "--numeric int8"),
    "limit without data": (f"{OUT} --max-flash 64K", USAGE, "choosing among all types needs calibration data"),
    "variables that are not set": ("generate m.h5 -o '' --numeric=", USAGE, "'--numeric': it is empty"),
    "option given twice": ("generate m.h5 -o out --target uno --target zero", USAGE, "--target"),
    "type given twice": ("generate m.h5 -o out --numeric int8 --numeric int8", USAGE, "is given 2 times"),
    "flag given twice": ("generate m.h5 -o out --force --force", USAGE, "is given 2 times"),
    "window without a hop": ("generate m.h5 -o out --window 5", USAGE, "--hop"),
    "hop without a window": ("inspect m.h5 --hop 4", USAGE, "--window"),
    "window without a hop on a board": ("budget m.h5 --window 5", USAGE, "--hop"),
    "hop alone on a board": ("budget m.h5 --target uno --hop 4", USAGE, "--window"),
    "states to carry that are not there": ("budget m.h5 --window 5 --hop 1 --carry-state god.npz", INPUT, "good.npz"),
    "windows that cannot go along": ("budget m.h5 --target uno --estimate --window 5 --hop 1", INPUT, "--carry-state"),
    "type that budget does not choose": ("budget m.h5 --numeric auto", USAGE, "leave it out"),
    "data of no use that are not there": ("run m.h5 --calibration god.npz", INPUT, "good.npz"),
    "input for later that is not there": ("convert m.h5 --input god.npz", INPUT, "good.npz"),
    "stream and gates": ("inspect m.h5 --stream --gates", USAGE, "--gates"),
    "states to carry in no window": ("inspect m.h5 --carry-state x.npz", USAGE, "--carry-state"),
    "layer to stop at misspelled": ("inspect m.h5 --stop-before dense_2", USAGE, "dense_1"),
    "text for a module": ("inspect m.h5 --custom note.txt", USAGE, "--custom"),
    # boards
    "misspelled board": ("generate m.h5 --target unno -o out", USAGE, "uno"),
    "board by its shop's name": ("generate m.h5 --target 'Arduino Uno' -o out", USAGE, "uno"),
    "several names misspelled": ("generate m.h5 -o out --target unno --numeric int7", USAGE, "int8"),
    "name misspelled beside a wrong choice": ("generate m.h5 -o out --math quick --numeric int9", USAGE, "int8"),
    "board and type misspelled": ("choose m.h5 --data good.npz --boards zeor --numeric int9", USAGE, "int8"),
    "several values of another kind": ("generate m.h5 -o out --hop x --max-error y", USAGE, "is not a valid number"),
    "misspelled board of a list": ("choose m.h5 --data good.npz --boards uno,zeor", USAGE, "zero"),
    "board file that is not there": ("generate m.h5 --target my/board.toml -o out", USAGE, "board.toml"),
    "board file that is no TOML": ("generate m.h5 --target broken.toml -o out", USAGE, "broken.toml"),
    "board that nothing emulates": (f"run m.h5 --input good.npz --target {NOBODY} --emulate", USAGE, "nobody"),
    "board with neither port nor emulator": ("run m.h5 --input good.npz --target uno", USAGE, "--port"),
    "chip that nothing emulates": ("run m.h5 --target nucleo_f446re --emulate --chip", USAGE, "pico2"),
    "chip without an emulator": ("run m.h5 --target pico2 --chip", USAGE, "--chip chooses among emulators"),
    "project of two kinds of boards": (f"{OUT} --target nucleo_f446re --also uno", USAGE, "cannot share a project"),
    "project of a board twice": (f"{OUT} --target uno --also uno", USAGE, "given twice"),
    "project of this machine too": (f"{OUT} --target uno --also host", USAGE, "no board of PlatformIO"),
    "project of a board of floats": (
        f"{OUT} --target nucleo_f446re --numeric float32w8 --also floats.toml", USAGE, 'no numeric type "float32w8"',
    ),
    "type in a board's file that is none": (f"{OUT} --target odd.toml", USAGE, "there is no numeric type float99"),
    "budget of such a board": ("budget m.h5 --target odd.toml", USAGE, "there is no numeric type float99"),
    "this machine emulated": ("run m.h5 --input good.npz --emulate", USAGE, "--emulate"),
    "port that is not there": ("run m.h5 --input god.npz --target uno --port /dev/ttyNONE", DEVICE, "/dev/ttyNONE"),
    "several targets, one port": ("validate m.h5 --target uno --target zero --port COM3", USAGE, "--port"),
    "two ports, one target": ("validate m.h5 --port a --port b", USAGE, "one target is reached over one port"),
    "tuned model without a name": ("tune m.h5", USAGE, "the .keras file to write"),
    "flash without a board": ("flash m.h5 --port COM3", USAGE, "--target"),
    "key of a board's file misspelled": ("generate m.h5 --target key.toml -o out", USAGE, "flsh"),
    "memories in a board's own file": ("generate m.h5 --target own.toml -o out", USAGE, "[variants]"),
    "port for this machine": ("run m.h5 --input good.npz --port /dev/ttyNONE", DEVICE, "/dev/ttyNONE"),
    "port that is not there to flash": ("flash m.h5 --target uno --port /dev/ttyNONE0", DEVICE, "there is no port"),
    "build of a board unknown to PlatformIO": ("build m.h5 -o out --target mine.toml", USAGE, "does not know target"),
    "board unknown to PlatformIO": ("flash m.h5 --target mine.toml", USAGE, "gatesmith generate MODEL --target"),
    "monitor without a port": ("monitor", USAGE, "--port"),
    "monitor without a terminal": ("monitor --port loop://", USAGE, "needs a terminal"),
    "model too large for its board": ("generate large.h5 --target uno -o out", BUDGET, "uno"),
    # numeric types
    "misspelled numeric type": ("generate m.h5 -o out --numeric int9", USAGE, "int8"),
    "integers without calibration": ("generate m.h5 -o out --numeric int8", USAGE, "--calibration"),
    "misspelled layer to keep": (f"generate m.h5 -o out {INT8} --keep dense_2=int16", USAGE, "dense_1"),
    "misspelled type to keep": (f"generate m.h5 -o out {INT8} --keep dense_1=int17", USAGE, "int16"),
    "layer to keep in floats": (f"{OUT} {INT8} --keep dense_1=float32", USAGE, "can be kept in"),
    "layer to keep without a type": (f"{OUT} {INT8} --keep dense_1", USAGE, "is not LAYER=TYPE"),
    "automatic type without a limit": ("generate m.h5 -o out --numeric auto --calibration good.npz", USAGE, "auto"),
    "mixed types without a limit": (f"{OUT} {CHOSEN} mixed --max-ms 10", USAGE, "mixed"),
    "automatic type without data": ("generate m.h5 -o out --numeric auto --max-error 0.1", USAGE, "--calibration"),
    "time on this machine": (f"{OUT} {CHOSEN} auto --max-flash 10", USAGE, "this machine"),
    "time of MicroPython": (f"{OUT} {CHOSEN} auto --max-ms 1 {MODULES}", USAGE, "MicroPython"),
    "type to be chosen in a command that does not": ("validate m.h5 --numeric auto", USAGE, "for commands that choose"),
    "accuracy of made-up data": (
        "run m.h5 --numeric int8 --calibration synthetic --max-accuracy-drop 1", USAGE, "no accuracy to lose",
    ),
    "a mix that cannot be": (f"generate m.h5 -o out {INT8} --max-error 1e-9", ExitCode.VALIDATION, "int16w8"),
    "calibration of another model": ("calibrate large.h5 --numeric int8 --calibration good.npz", INPUT, "good.npz"),
    "type of a layer of floats": ("generate m.h5 -o out --numeric float32w8 --keep d=int16", USAGE, "one type"),
    "data of other features": ("run large.h5 --input features.npy", INPUT, "as in training: in_0 (200,)"),
    "calibration file that is not there": ("calibrate m.h5 --numeric int8 --calibration god.npz", INPUT, "god.npz"),
    # model files
    "misspelled model": ("inspect mm.h5", USAGE, "m.h5"),
    "folder of several models": ("inspect both", INPUT, "both/m.h5 or both/saved"),
    "folder without a model": ("inspect folder", INPUT, "folder"),
    "folder that holds one model": ("inspect box", INPUT, "name the model in it: box/m.h5"),
    "file of a checkpoint": ("inspect points/cp-0004.ckpt.index", INPUT, "load_weights('points/cp-0004.ckpt')"),
    "name of a checkpoint": ("inspect points/cp-0004.ckpt", INPUT, "load_weights('points/cp-0004.ckpt')"),
    "result of get_config": ("inspect config.json", INPUT, "keras.Sequential.from_config(it)"),
    "HDF5 copied as text": ("inspect copied.h5", INPUT, "in binary mode"),
    "checkpoint folder": ("inspect points", INPUT, "restore('points/cp-0004.ckpt')"),
    "web address": ("inspect https://example.org/net.keras", USAGE, "a web address: download the file"),
    "address of a hub": ("inspect hf://me/net.keras", USAGE, "a web address: download the file"),
    "weights without an architecture": ("inspect alone.weights.h5", INPUT, "model.json --weights alone.weights.h5"),
    "architecture without weights": ("inspect arch.json", INPUT, "--weights W.h5"),
    "data in the model's place": ("inspect good.npz", INPUT, "good.npz"),
    "weights of a model that has them": ("inspect m.h5 --weights alone.weights.h5", USAGE, "leave out --weights"),
    # data
    "data file that is not there": ("run m.h5 --input god.npz", INPUT, "good.npz"),
    "data file that is like none": ("run m.h5 --input zzzzzz", INPUT, "spelling"),
    "data of another kind": ("run m.h5 --input data.xlsx", INPUT, "data.xlsx"),
    "too few features": ("run m.h5 --input narrow.npy", INPUT, "3"),
    "axes swapped": ("run m.h5 --input swapped.npy", INPUT, "swapped.npy"),
    "steps first": ("run m.h5 --input first.npy", INPUT, "np.swapaxes(x, 0, 1)"),
    "steps first, some of them": ("validate m.h5 --input first.npy --samples 2", INPUT, "np.swapaxes(x, 0, 1)"),
    "axes of calibration data swapped": ("run m.h5 --numeric int8 --calibration swapped.npy", INPUT, "swapped.npy"),
    "samples of two shapes": ("run m.h5 --input turned", INPUT, "different shapes"),
    "data of one axis": ("run m.h5 --input flat.npy", INPUT, "shape"),
    "NaN": ("run m.h5 --input gaps.npy", INPUT, "finite"),
    "words for numbers": ("run m.h5 --input words.csv", INPUT, "words.csv"),
    "decimal comma": ("run m.h5 --input comma.csv", INPUT, "comma.csv"),
    "rows of different lengths": ("run m.h5 --input ragged.csv", INPUT, "ragged.csv"),
    "empty table": ("run m.h5 --input empty.csv", INPUT, "empty.csv"),
    "other array names": ("run m.h5 --input names.npz", INPUT, "names.npz"),
    "labels beyond the classes": ("validate m.h5 --input beyond.npz", INPUT, "classes"),
    "labels beyond, of int8": ("calibrate m.h5 --numeric int8 --calibration beyond.npz", INPUT, "in   beyond.npz"),
    "labels beyond: mix": ("run m.h5 --numeric int8 --max-error 1 --calibration beyond.npz", INPUT, "in   beyond.npz"),
    "labels of another count": ("validate m.h5 --input labels.npz --samples 2", INPUT, "1 labels for 4 samples"),
    "objects in an array": ("run m.h5 --input objects.npy", INPUT, "objects.npy"),
    "model for data": ("run m.h5 --input m.h5", INPUT, "m.h5"),
    # output
    "file in the output folder's place": ("generate m.h5 -o note.txt", USAGE, "note.txt"),
    "folder of somebody else's files": ("generate m.h5 -o folder", USAGE, "--force"),
    "folder for an output file": ("run m.h5 --input good.npz --output folder", USAGE, "folder"),
    "output of another kind": ("run m.h5 --input good.npz --output out.xlsx", USAGE, ".csv"),
    "picture of another kind": ("inspect m.h5 --plot net.docx", USAGE, "--plot"),
    "picture in a folder that is not there": ("inspect m.h5 --plot no/p.png", USAGE, "no/p.png"),
    "no layers of gates": ("layouts transformer", USAGE, "transformer"),
    "gates to save of no recurrent layer": ("inspect large.h5 --save g.npz", USAGE, "recurrent"),
    "gates as another kind of file": ("inspect m.h5 --save m.keras", USAGE, "--save m.npz"),
    "report as another kind of file": ("report m.h5 -o m.keras", USAGE, "--output m.html"),
    "diff of one": ("diff m.h5", USAGE, "--against"),
    "answers of no samples": ("run m.h5 --output out.npz", USAGE, "--input"),
    "more steps than are stored": ("run m.h5 --max-steps 4 --input good.npz", INPUT, "--max-steps 5"),
    # before a model is read, which text.h5 is not
    "report in a folder that is not there": ("validate text.h5 --report no/r.json", USAGE, "there is no folder"),
    "folder in a report's place": ("validate text.h5 --report folder", USAGE, "it is a folder"),
    "JUnit's XML in no folder": ("validate text.h5 --junit no/r.xml", USAGE, "there is no folder"),
    "report of two in no folder": ("validate text.h5 --target host --target zero --report no/r", USAGE, "no folder"),
    "JUnit's XML of two in a folder": ("validate text.h5 --target host --target zero --junit box", USAGE, "a folder"),
    "proofs in somebody's folder": (f"prove text.h5 {INT8} -o folder", USAGE, "holds files that Gatesmith"),
    "proofs in a file's place": (f"prove text.h5 {INT8} -o note.txt", USAGE, "note.txt is a file, not a folder"),
    "proofs below a file": (f"prove text.h5 {INT8} -o note.txt/in", USAGE, "note.txt is a file, not a folder"),
    "proofs where nobody writes": (f"prove text.h5 {INT8} -o /proc/evidence", USAGE, "cannot write /proc/evidence"),
    "module that is not there": ("inspect m.h5 --custom mine.py", USAGE, "--custom"),
    "folder without data": ("run m.h5 --input folder", INPUT, "folder"),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models and data, good and bad."""
    import h5py

    folder = tmp_path_factory.mktemp("mistakes")
    keras1_lstm(folder / "m.h5")
    keras1_lstm(folder / "other.h5")
    dense(folder / "large.h5", numbers(200, 200), numbers(200))
    for name in ("folder", "box", "points", "both", "both/saved", "turned"):
        (folder / name).mkdir()
    (folder / "both" / "saved" / "saved_model.pb").write_bytes(b"")
    (folder / "folder" / "mine.txt").write_text("mine\n")
    for name in ("box", "both"):
        keras1_lstm(folder / name / "m.h5")
    (folder / "points" / "cp-0004.ckpt.index").write_bytes(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb")
    with h5py.File(folder / "alone.weights.h5", "w") as file:
        file["layers/dense/vars/0"] = numbers(3, 2)
    config = {"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": {"name": "d", "batch_input_shape": [None, 3], "units": 2}}
    ], "keras_version": "2.2.4", "backend": "tensorflow"}  # fmt: skip
    (folder / "arch.json").write_text(json.dumps(config))
    files = {
        "text.h5": b"hello\n", "data.xlsx": b"PK\x03\x04",
        "broken.toml": b"flash = \n", "key.toml": b'extends = "avr"\nsummary = "x"\nflsh = 3\n',
        "note.txt": b"mine\n", "config.json": b'{"name": "m", "layers": []}', "copied.h5": b"\x89HDF\r\r\n",
        "own.toml": b'extends = "cortex-m4f"\nsummary = "x"\nclock = 1_000_000\n[variants.r4]\nflash = 1\n',
        **{f"{name}.toml": MINE + more for name, more in BOARDS.items()},
        "words.csv": b"a,b,c\n1,2,three\n", "empty.csv": b"",
        "comma.csv": b"a;b;c\n1,5;2,5;3,5\n" * 1, "ragged.csv": b"1,2,3\n1,2\n",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_bytes(content)
    x = numbers(4, 5, 3)
    gaps = x.copy()
    gaps[1, 2, 0] = np.nan
    arrays: dict[str, Any] = {
        "narrow": x[..., :2], "swapped": x.transpose(0, 2, 1), "flat": x[:, 0, 0], "gaps": gaps,
        "first": numbers(5, 7, 3), "features": numbers(4, 7), "objects": np.array([{"x": 1}], object),
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "turned" / "a.npy", x)
    np.save(folder / "turned" / "b.npy", x[:, :3])
    np.savez(folder / "good.npz", in_0=x)
    np.savez(folder / "names.npz", first=x, second=x)
    np.savez(folder / "labels.npz", in_0=x, labels=0)
    np.savez(folder / "beyond.npz", in_0=x, labels=np.arange(4))
    return folder


def test_mistakes_of_the_command_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("GATESMITH_DEBUG", "")
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    wrong, table = [], []
    for mistake, (line, code, names) in COMMAND_LINE.items():
        answer = cli.main(shlex.split(line))
        out, err = capsys.readouterr()
        message = without_progress(err)
        table.append(f"{mistake}: gatesmith {line}\n  exit {int(answer)}\n{message}")
        faults = [
            answer != code and f"exit {int(answer)}, not {int(code)}",
            "Traceback" in message and "a traceback",
            not (message.startswith("error: ") and message.count("error: ") == 1) and "not one message",
            "\n  fix" not in message and "no fix",
            out and "a page besides the error",
            names not in message and f"{names} is not named",
        ]
        wrong += [f"{mistake}: {', '.join(filter(None, faults))}"] if any(faults) else []
    print("\n" + "\n".join(table))
    assert not wrong, "\n".join(wrong)


def test_every_refusal_of_usage_or_data_has_a_fix() -> None:
    """``gen/boards`` refuses keys of a target's file, and ``describe`` adds the fix; ``gen/run/link`` refuses arrays
    that the model's reading has let through."""
    bare = [
        f"{path.name}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "boards" not in path.parts and "link" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if getattr(node.exc.func, "id", "") in ("UsageError", "DataError")
        if not any(keyword.arg == "fix" for keyword in node.exc.keywords)
    ]
    assert not bare, bare


def test_a_misspelled_argument_of_python_is_a_type_error(place: Path) -> None:
    with pytest.raises(TypeError, match=r"convert\(\) has no argument taget; did you mean target"):
        gatesmith.convert(str(place / "m.h5"), taget="uno")  # type: ignore[call-arg]


def test_mistakes_in_python(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The errors name Python arguments, not options."""
    monkeypatch.chdir(place)
    x = numbers(4, 5, 3)
    model = gatesmith.convert("m.h5")
    int8: dict[str, Any] = {"numeric": "int8", "calibration": x}
    mistakes: dict[str, tuple[Callable[[], Any], str]] = {
        "misspelled file": (lambda: gatesmith.convert("mm.h5"), "m.h5"),
        "no model": (lambda: gatesmith.convert(x), "model"),
        "None": (lambda: gatesmith.inspect(None), "model"),
        "misspelled board": (lambda: gatesmith.convert("m.h5", target="zeor"), "zero"),
        "misspelled type": (lambda: gatesmith.convert("m.h5", numeric="int9"), "int8"),
        "integers without calibration": (lambda: gatesmith.convert("m.h5", numeric="int8"), "calibration="),
        "misspelled math": (lambda: gatesmith.convert("m.h5", math="quick"), "math"),
        "misspelled observer": (lambda: gatesmith.convert("m.h5", **int8, observer="max"), "mse"),
        "misspelled layer": (lambda: gatesmith.convert("m.h5", **int8, keep=["d=int16"]), "keep"),
        "text for a list": (lambda: gatesmith.convert("m.h5", **int8, keep="d=int16"), "keep"),
        "limit in wrong units": (lambda: gatesmith.convert("m.h5", target="uno", max_flash="64kilo"), "max_flash"),
        "too few features": (lambda: model.predict(x[..., :2]), "features"),
        "axes swapped": (lambda: model.predict(x.transpose(0, 2, 1)), "transpose"),
        "one sample without its axis": (lambda: model.predict(x[0]), "samples"),
        "words": (lambda: model.predict(np.array(["a", "b"])), "numbers"),
        "NaN": (lambda: model.validate(np.full_like(x, np.nan)), "finite"),
        "ragged lists": (lambda: model.predict([[1.0, 2.0], [3.0]]), "samples"),
        "other input names": (lambda: model.predict({"first": x}), "lstm_1_input"),
        "labels of another count": (lambda: model.validate(x, np.zeros(3, int)), "labels"),
        "labels without inputs": (lambda: model.validate(y=np.zeros(3, int)), "give x"),
        "misspelled board of a budget": (lambda: model.budget("unno"), "uno"),
        "file for a folder": (lambda: model.save("note.txt"), "folder"),
        "somebody else's folder": (lambda: model.save("folder"), "force"),
        "misspelled format": (lambda: model.save("out", format="ardiuno"), "arduino"),
    }
    wrong = []
    for mistake, (call, names) in mistakes.items():
        try:
            call()
            wrong.append(f"{mistake}: no error")
            continue
        except Exception as error:
            message, mends = str(error), isinstance(error, GatesmithError) and bool(error.fix)
        print(f"{mistake}:\n{message}\n")
        if not mends or names not in message or " --" in message:
            wrong.append(f"{mistake}: {message}")
    assert not wrong, "\n".join(wrong)
