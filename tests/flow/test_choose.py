"""Choosing a board and a type: goals, the front, the least that keeps them, and the command."""

import dataclasses
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gatesmith
from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import DeviceError, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow import choose as flow
from gatesmith.flow import measure, search
from gatesmith.flow.measure import DeviceRun
from gatesmith.flow.results import Choice
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.limits import Limits
from gatesmith.report.choose import choose_page, choose_report

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "japanese_vowels.keras"
DATA = EXAMPLE.with_name("japanese_vowels_calibration.npz")
BOARDS = ("bluepill_f103c8", "microbit_v2", "nucleo_h743zi", "esp32c3")
CYCLES = {"cortex-m3": 720_000.0, "cortex-m4f": 64_000.0, "cortex-m7": 48_000.0}


def cost(chosen: Any) -> tuple[int, float]:
    """Every model takes 1,000 B, and as long as ``CYCLES`` says; float32 twice as long."""
    return 1000, CYCLES.get(chosen.target.family, 0.0) * (1 if chosen.numeric.integer else 2)


CHOSEN: list[Choice] = []


def run(boards: str = ",".join(BOARDS), numeric: str | None = None, **more: Any) -> Choice:
    return flow.choose(EXAMPLE, Settings(numeric=numeric), DATA, boards=[boards], limits=Limits(**more))


def chosen(**more: Any) -> Choice:
    """With these limits of time and flash: cores compute the same each time, and are asked once."""
    CHOSEN[:] = CHOSEN or [run()]
    rows, best = search.judge(CHOSEN[0].rows, Limits(**more))
    return dataclasses.replace(CHOSEN[0], rows=rows, best=best, limits=Limits(**more))


@pytest.mark.parametrize(
    ("text", "rate"), [("10Hz", 10.0), ("10", 10.0), (" 2.5 kHz", 2500.0), ("1e3hz", 1000.0), (None, None)]
)
def test_rates(text: str | None, rate: float | None) -> None:
    assert flow.rate_of(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "-3Hz", "0", "nan", "10 m", "inf"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UsageError, match="--rate"):
        flow.rate_of(text)


def test_boards_are_those_that_count() -> None:
    everything = flow.boards_of([])
    assert "host" not in everything and {"uno", "pico", "nucleo_f446re"} <= set(everything)
    assert flow.boards_of(["uno,pico", "uno"]) == ["uno", "pico"]
    with pytest.raises(UsageError, match="no target"):
        flow.boards_of(["nobody"])
    assert target.load("webassembly").backend == "micropython"
    for name in ("host", "webassembly"):
        with pytest.raises(UsageError, match=f"stands in for {name}"):
            flow.boards_of([name])


def test_the_smallest_board_that_keeps_the_rate(cores: list[str]) -> None:
    """Integers and floats take 10 and 20 ms on the M3, 1 and 2 ms on the M4F; the RISC-V's time is unknown."""
    choice = chosen(rate=60.0)
    assert choice.best is not None and (choice.best.target, choice.best.numeric) == ("bluepill_f103c8", "int16")
    rows, best = search.judge([row for row in choice.rows if row.target == "esp32c3"], choice.limits)
    text = choose_page(dataclasses.replace(choice, rows=rows, best=best)).plain()
    assert best is None and "not known\n" in text and "no time is known: leave out --rate" in text
    choice = chosen(rate=200.0)
    assert choice.best is not None and choice.best.target == "microbit_v2"
    cores.clear()
    choice = run("bluepill_f103c8,microbit_v2", rate=200.0, error=1e-5)
    assert choice.best is not None and (choice.best.target, choice.best.numeric) == ("microbit_v2", "float32")
    assert len(cores) == len(choice.rows)


def test_errors_are_those_of_the_type_on_all_of_the_data(cores: list[str]) -> None:
    choice = chosen()
    by: dict[str, set[float]] = {}
    for row in choice.rows:
        assert row.error is not None and row.result == "pass"
        by.setdefault(row.numeric, set()).add(row.error.max_abs)
    assert all(len(errors) == 1 for errors in by.values())
    assert min(by["float32"]) < min(by["int16"]) < min(by["int8"])


def test_nothing_is_better_than_what_is_on_the_front(cores: list[str]) -> None:
    rows = chosen().rows
    front = [row.point for row in rows if row.front]
    assert front
    for row in rows:
        beaten = any(all(a <= b for a, b in zip(p, row.point, strict=True)) and p != row.point for p in front)
        assert row.front != beaten


def test_a_core_that_computes_otherwise_is_not_chosen(cores: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    right = measure.run

    def wrong(ready: Any, plan: Any, inputs: Any, *rest: Any, **more: Any) -> DeviceRun:
        ran = right(ready, plan, inputs, *rest, **more)
        if plan.target.name == "bluepill_f103c8":
            return DeviceRun(ran.built, tuple(y + 1 for y in ran.raw), ran.costs, ran.memory)
        if plan.target.name == "esp32c3":
            raise DeviceError("it fell silent")
        return ran

    monkeypatch.setattr(measure, "run", wrong)
    choice = run(numeric="int16")
    results = {row.target: row.result for row in choice.rows}
    assert results["bluepill_f103c8"] == "differs" and results["esp32c3"] == "error"
    assert choice.best is not None and choice.best.target == "microbit_v2"
    text = choose_page(choice).plain()
    assert "computes otherwise" in text and "it fell silent" in text


def test_the_page_and_the_command(cores: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    choice = dataclasses.replace(chosen(rate=60.0), notes=("0 idle",))
    text = choose_page(choice).plain(ascii=True)
    assert "note  0 idle\n" in text
    assert max(map(len, text.splitlines())) <= 100 and "16.7 ms" in text
    facts = choose_report(choice).as_json()
    assert json.loads(json.dumps(facts, allow_nan=False))["choice"] == {
        "target": "bluepill_f103c8",
        "numeric": "int16",
        "keep": [],
    }
    assert len(facts["candidates"]) == len(BOARDS) * len(NUMERICS)
    words = shlex.split(facts["command"])
    words[words.index("--output") + 1] = str(tmp_path / "made")
    assert cli.main(words[1:]) == 0
    assert (tmp_path / "made" / "platformio.ini").is_file()


def test_a_choice_writes_only_where_it_is_to_and_is_the_same_again(
    cores: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not on what it has kept, nor on a type or a target that the file has; other lines and comments stay."""
    monkeypatch.chdir(tmp_path)
    words = ["choose", str(EXAMPLE), "--data", str(DATA), "--boards", "bluepill_f103c8", "--rate", "60"]
    assert cli.main(words) == 0
    page = capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    ours = f'# ours\nmodel = "{EXAMPLE}"\nnumeric = "float32"\nkeep = ["dense=int16"]  # why\nmath = "exact"\n'
    Path("gatesmith.toml").write_text(f'{ours}target = "uno"  # the first\nmax_steps = 9\n')
    written = False
    for more in ((), ("--save",), ()):
        assert cli.main([*words, *more]) == 0
        first, rest = capsys.readouterr().out.split("\n", 1)
        assert first == "gatesmith.toml: math exact, max_steps 9"
        assert rest.partition("next\n")[0] == page.partition("next\n")[0]
        assert "--math exact" in rest and "--max-steps 9" in rest, "typed as it is, it does the same elsewhere"
        written = written or bool(more)
        assert Path("gatesmith.toml").read_text().startswith(ours) != written
    assert Path("gatesmith.toml").read_text() == (
        f'# ours\nmodel = "{EXAMPLE}"\nnumeric = "int16"\nmath = "exact"\ntarget = "bluepill_f103c8"  # the first\n'
        f'max_steps = 9\ncalibration = "{DATA}"\nemulate = true\n'
    )
    assert cli.main([*words, "--math", "fast"]) == 0
    assert "--math fast" in capsys.readouterr().out, "without it, the file's would be taken"
    assert Settings().repeated() == "", "what was typed is that command's alone"


def test_a_rate_that_nothing_keeps_is_5(cores: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["choose", str(EXAMPLE), "--data", str(DATA), "--boards", "microbit_v2", "--rate", "5kHz"]
    assert cli.main(words) == 5
    out = capsys.readouterr().out
    assert "none" in out and "the quickest accurate one is microbit_v2" in out


def test_in_python(cores: list[str]) -> None:
    data = np.load(DATA)
    choice = gatesmith.choose(EXAMPLE, data["in_0"], x=data["in_0"], y=data["labels"], rate=60, boards=BOARDS[:2])
    assert choice and (choice.target, choice.numeric) == ("bluepill_f103c8", "int16")
    assert "bluepill_f103c8 in int16" in repr(choice) and "choice" in str(choice)
    assert choice.as_json()["candidates"][0]["accuracy"] is not None
    line = f"gatesmith.convert({str(EXAMPLE)!r}, target='bluepill_f103c8', numeric='int16', calibration=data)"
    assert choice.as_json()["command"] == f"{line}.save('bluepill_f103c8_model')"
    assert "gatesmith-" not in str(choice), "the folder of what is in memory is nobody's to type"
    artifact = choice.convert()
    assert (artifact.target, artifact.numeric) == ("bluepill_f103c8", "int16")
    nothing = gatesmith.choose(EXAMPLE, DATA, rate=1e6, boards=BOARDS[:2], numeric="int8")
    assert not nothing and nothing.target is None
    with pytest.raises(ValueError, match="nothing to convert"):
        nothing.convert()


def test_limits_of_flash_and_of_time(cores: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every model takes 1,000 B on the stand-in cores; only the M4F stays within 2 ms."""
    choice = chosen(ms=2.0, flash=1000)
    assert choice.best is not None and choice.best.target == "microbit_v2"
    assert choose_report(choice).as_json()["max_flash"] == 1000 and "1,000 B of flash" in choose_page(choice).plain()
    words = ["choose", str(EXAMPLE), "--data", str(DATA), "--boards", "microbit_v2", "--max-flash", "999"]
    assert cli.main([*words, "--max-ms", "100"]) == 5
    out = capsys.readouterr().out
    assert "999 B of flash" in out and "the smallest accurate one is microbit_v2" in out


def test_layers_that_need_it_are_in_wider_types(cores: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """int8 errs by 0.03 on samples held out and int8w4 by 0.08; types of single layers do better."""
    most = 0.02
    choice = run("microbit_v2", error=most)
    mixes = {row.numeric: row for row in choice.rows if row.keep}
    assert mixes and all(row.error is not None and row.error.max_abs <= most for row in mixes.values())
    plain = {row.numeric: row.error for row in choice.rows if not row.keep}
    assert all((error := plain[name]) is not None and error.max_abs > most for name in mixes)
    best = next(row for row in choice.rows if row.keep)
    words = shlex.split(flow.command_of(dataclasses.replace(choice, best=best)))
    assert [word for word in words if word in best.keep] == list(best.keep) and words.count("--keep") == len(best.keep)
    assert f"{best.numeric}, mixed" in choose_page(dataclasses.replace(choice, best=best)).plain()
