"""Several targets: what a script is told, the page, and JUnit's XML. Which cores compute what is tests/hil's."""

import io
import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from report_models import keras1_lstm

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import BudgetError, DeviceError, ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow import measure
from gatesmith.flow import validate_many as many
from gatesmith.flow.facts import Facts, ManyFacts
from gatesmith.flow.results import ManyResult, TargetResult
from gatesmith.importers.reading import load
from gatesmith.report.many import many_page
from gatesmith.report.progress import Progress
from gatesmith.run.toolchain import board as firmware

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"
NOBODY = str(Path(__file__).parent.parent / "nobody.toml")
"""A board that nothing stands in for."""
STANDS_IN = next(name for name in target.names() if target.load(name).emulator)


FACTS = Facts(
    schema="gatesmith/validate/1", model="m.h5", weights_id="w", model_id="i", target="t", numeric="float32",
    math="fast", samples=2, steps=5, oracle="Keras", max_abs_error=1e-7, tolerance=1e-5, files_sha256="", macs=1,
    weight_bytes=1, state_bytes=1, verdict="far off",
)  # fmt: skip


def row(result: str, code: int, how: str = "emulator") -> TargetResult:
    facts = FACTS if result in ("pass", "fail") else None
    return TargetResult(f"a {result}", how, result, code, "" if facts else "because", facts)


HOST = row("pass", 0, "host")
PASS = row("pass", 0)
FAIL = row("fail", 4)
UNFIT = row("does not fit", 5)
SKIPPED = row("skipped", 7)
ERROR = row("error", 6)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([HOST, PASS], 0),
        ([HOST], 0),
        ([HOST, PASS, SKIPPED, UNFIT], 0),
        ([HOST, PASS, FAIL, ERROR], 4),
        ([row("fail", 4, "host"), PASS], 4),
        ([HOST, PASS, ERROR], 6),
        ([HOST, SKIPPED, UNFIT], 7),
        ([HOST, UNFIT, SKIPPED], 5),
        ([HOST, row("skipped", 6, "")], 6),
    ],
)
def test_exit_codes(rows: list[TargetResult], code: int) -> None:
    assert many.exit_code(rows) == code


def test_names_are_taken_once_and_this_machine_comes_first() -> None:
    assert many.names_of(["pico", "pico", "host"]) == ["host", "pico"]
    everything = many.names_of(["pico", many.ALL_EMULATED])
    assert everything[:2] == ["host", "pico"] and NOBODY not in everything
    assert {"uno", "nucleo_f446re"} <= set(everything) and len(set(everything)) == len(everything)


def test_ports_name_their_target() -> None:
    assert many.ports_of(["uno=/dev/ttyACM0"], ["host", "uno"]) == {"uno": "/dev/ttyACM0"}
    for word in ("/dev/ttyACM0", "pico=/dev/ttyACM0"):
        with pytest.raises(UsageError, match="which one it reaches"):
            many.ports_of([word], ["host", "uno"])


def command(tmp_path: Path, *names: str, **more: Path) -> list[str]:
    np.savez(tmp_path / "in.npz", in_0=np.random.default_rng(0).normal(size=(2, 5, 6)).astype(np.float32))
    words = [word for name in names for word in ("--target", name)]
    return ["validate", str(EXAMPLE), "--input", str(tmp_path / "in.npz"), *words]


def test_what_cannot_run_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(firmware, "missing_software", lambda *_: "a-compiler is not installed (apt-get install it)")
    files = ["--report", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml")]
    assert cli.main([*command(tmp_path, STANDS_IN, NOBODY), *files]) == ExitCode.BUILD
    out = capsys.readouterr().out
    assert "a-compiler is not installed" in out and "no emulator stands in for" in out
    assert "FAIL  1 pass, 2 skipped" in out and max(map(len, out.splitlines())) <= 100
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["schema"] == "gatesmith/validate-many/1" and report["exit_code"] == 7
    assert [(r["target"], r["how"], r["result"]) for r in report["targets"]] == [
        ("host", "host", "pass"),
        (STANDS_IN, "emulator", "skipped"),
        (NOBODY, None, "skipped"),
    ]
    assert report["targets"][0]["max_abs_error"] < 1e-6 and report["targets"][0]["flash"] > 0
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("skipped"), suite.get("failures")) == ("3", "2", "0")


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        (BudgetError("too large", why="flash: 9 B of 8 B"), "does not fit", 5),
        (DeviceError("it fell silent"), "error", 6),
    ],
)
def test_what_befalls_one_target_leaves_the_others(
    error: Exception, result: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = measure.run

    def runs(ready: Any, plan: Any, *rest: Any, **more: Any) -> Any:
        if plan.settings.target != "host":
            raise error
        return run(ready, plan, *rest, **more)

    monkeypatch.setattr(firmware, "missing_software", lambda *_: "")
    monkeypatch.setattr(measure, "run", runs)
    assert cli.main([*command(tmp_path, "host", STANDS_IN), "--report", str(tmp_path / "r.json")]) == code
    rows = json.loads((tmp_path / "r.json").read_text())["targets"]
    assert [(r["result"], r["exit_code"]) for r in rows] == [("pass", 0), (result, code)]


def test_a_tolerance_that_nothing_meets_is_4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firmware, "missing_software", lambda *_: "away")
    xml = tmp_path / "r.xml"
    words = [*command(tmp_path, "host", STANDS_IN), "--tolerance", "0", "--junit", str(xml)]
    assert cli.main(words) == ExitCode.VALIDATION
    assert ElementTree.parse(xml).getroot()[0].get("failures") == "1"


def test_junit_of_one_target(tmp_path: Path) -> None:
    assert cli.main([*command(tmp_path), "--junit", str(tmp_path / "r.xml")]) == 0
    case = ElementTree.parse(tmp_path / "r.xml").getroot()[0][0]
    assert case.get("name") == "host" and "max_abs_error" in (case.findtext("system-out") or "")


def test_a_bad_model_ends_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.h5").write_bytes(b"no model")
    assert cli.main(["validate", str(tmp_path / "bad.h5"), "--target", "host", "--target", STANDS_IN]) == 3
    assert capsys.readouterr().out == ""


def test_a_build_that_fails_is_in_junit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "false")
    assert cli.main([*command(tmp_path), "--junit", str(tmp_path / "r.xml")]) == ExitCode.BUILD
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("errors"), suite[0].get("name")) == ("1", "1", "host")
    assert suite[0][0].get("message", "").removeprefix("error: ") in capsys.readouterr().err


@pytest.mark.parametrize("names", [("host",), ("host", STANDS_IN)])
def test_data_that_are_not_the_model_s_are_in_junit_for_every_target(names: tuple[str, ...], tmp_path: Path) -> None:
    words = command(tmp_path, *names)
    np.savez(tmp_path / "none.npz", other=np.zeros(3))
    words[words.index("--input") + 1] = str(tmp_path / "none.npz")
    assert cli.main([*words, "--junit", str(tmp_path / "r.xml")]) == ExitCode.INPUT
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert [case.get("name") for case in suite] == list(names) and suite.get("errors") == str(len(names))


def test_the_page_says_all_ends(tmp_path: Path) -> None:
    reading = load(keras1_lstm(tmp_path / "m.h5"), Settings()).reading
    report = ManyFacts(
        schema="s", gatesmith="0", model="m.h5", weights_id="w", math="fast", oracle="Keras", input="in.npz", samples=2,
        steps=5, exit_code=4, targets=[],
    )  # fmt: skip
    rows = (HOST, PASS, FAIL, UNFIT, SKIPPED, ERROR)
    text = many_page(ManyResult(rows, 4, reading, report)).plain(ascii=True)
    assert "2 pass, 1 fail, 1 error, 1 does not fit, 1 skipped" in text and text.count("because") == 3
    assert "a fail: far off" in text and max(map(len, text.splitlines())) <= 100
    facts = FACTS.but(backend="micropython", device="MicroPython somewhere")
    row = TargetResult("host", "host", "pass", 0, "", facts)
    text = many_page(ManyResult((row,), 4, reading, report)).plain(ascii=True)
    assert "host  MicroPython somewhere" in text and "compiled" not in text


def test_progress_does_not_call_ok_what_did_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firmware, "missing_software", lambda *_: "a tool is away")
    stream = io.StringIO()
    shown = Progress(None, stream)
    shown.began = -math.inf
    many.validate(EXAMPLE, ["host", STANDS_IN], Settings(), progress=shown)
    assert " host ok " in stream.getvalue() and f" {STANDS_IN} skipped " in stream.getvalue()
