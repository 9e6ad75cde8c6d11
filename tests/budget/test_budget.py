"""Budgets without a compiler: exact counts, what is refused and what would fit, the page and its JSON."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import msgspec
import numpy as np
import pytest
from keras import layers
from workloads import read

from gatesmith import cli
from gatesmith.backends.base import Generated
from gatesmith.boards import costs, target
from gatesmith.boards.tables import struct_of
from gatesmith.budget import budget
from gatesmith.core.errors import BudgetError, ExitCode, UnsupportedError, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow import budget as budgeting
from gatesmith.flow.generate import generate as generate_model
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.report.budget import budget_page
from gatesmith.run.toolchain import chart, host

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
DATA = EXAMPLE.with_name("basic_motions_calibration.npz")
SMALL = """
extends = "{family}"
summary = "a board that is too small"
flash = {flash}
ram = {ram}
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A board whose flash holds no model."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL.format(family="cortex-m4f", flash=6_144, ram=65_536), "utf-8")
    return str(path)


def library_for(path: Path, board: str, **options: object) -> tuple[Generated, target.Target, tuple[int, ...]]:
    settings = Settings(target=board, **options)  # type: ignore[arg-type]
    chosen = plan(settings)
    model, seen = read(path)
    library = program(model, chosen, observed=seen)
    return library, chosen.target, library.lengths


@pytest.mark.parametrize("name", [name for name in target.names() if target.load(name).flash])
def test_tables_are_exact_on_every_board(name: str) -> None:
    """Every table of the source is counted; together, without padding, they are the weights."""
    library, board, _ = library_for(EXAMPLE, name)
    assert sum(table.bytes for table in library.tables) >= library.weight_bytes
    assert library.files[f"{library.name}.c"].count("static const") == len(library.tables)
    assert board.costs is not None, "no family has boards whose code nobody can estimate"


@pytest.mark.parametrize("numeric", list(NUMERICS))
@pytest.mark.parametrize("name", ["uno", "mps3_an547", "esp32c3"])
def test_tables_are_what_the_compiler_sees(name: str, numeric: str, tmp_path: Path) -> None:
    """The expected sizes are those of this machine's compiler."""
    library, _, _ = library_for(EXAMPLE, name, numeric=numeric, calibration="synthetic")
    for path, text in library.files.items():
        (tmp_path / path).write_text(text, "utf-8")
    sizes = "".join(
        f'    printf("%s %d %d\\n", "{t.name}", (int)sizeof {t.name}, (int)({library.name}_state_bytes));\n'.replace(
            f"{library.name}_state_bytes", f"sizeof({library.name}_t)"
        )
        for t in library.tables
    )
    main = f'#include <stdio.h>\n#include "{library.name}.c"\nint main(void) {{\n{sizes}    return 0;\n}}\n'
    (tmp_path / "sizes.c").write_text(main, "utf-8")
    host.run_tool([host.find_compiler(), "-w", str(tmp_path / "sizes.c"), "-o", str(tmp_path / "sizes"), "-lm"], 60.0)
    by_c = {line.split()[0]: line.split()[1:] for line in host.run_tool([str(tmp_path / "sizes")], 10.0).splitlines()}
    assert by_c == {t.name: [str(t.bytes), str(library.state_bytes)] for t in library.tables}
    assert {t.owner for t in library.tables if "_kernel" in t.name} >= {"lstm", "activity"}


def test_buffers_hold_the_ports_and_the_steps() -> None:
    library, _, lengths = library_for(EXAMPLE, "nucleo_f446re", numeric="int8", calibration="synthetic")
    (steps,), (port,) = lengths, library.inputs
    size = steps * port.frame * port.format.size
    assert budget.buffers(library, lengths, 32) == (size + -size % 4, 4, 4)
    assert budget.buffers(library, lengths, 8) == (size, 4, 2)


SIZES = """
measured = "a compiler"

[firmware.one]
ram = 100
link = { float32 = 1000 }
port = { float32 = [500, 30], int8 = [300, 0] }

[firmware.two]
ram = 200
link = { float32 = 2000 }
port = { float32 = [600, 0] }

[stack]
float32 = 64

[code]
"frame float" = [10, 0]
"layer dense" = [50, 20]
"layer lstm" = [160, 0]
"in helper tanh" = [7, 0]
call = [3, 0]
"""


def test_an_estimate_is_the_sum_of_its_pieces() -> None:
    sizes = struct_of(costs.Costs, tomllib.loads(SIZES), "sizes")
    pieces = ("layer dense", "in helper tanh", "in helper tanh", "call", "frame float")
    assert sizes.estimate(pieces) == 10 + 50 + 14 + 3
    assert sizes.estimate(["layer gru"]) == 105, "the mean of all layers, of one that nobody compiled"
    assert sizes.estimate(["layer dense_2"]) == 50, "of those whose names begin most like its own"
    assert sizes.estimate(["product gemv_#"]) == 0
    assert sizes.firmware_of("two").ram == 200 and sizes.firmware_of("three").ram == 100
    one = sizes.firmware_of("one")
    assert one.port_of("int8").bytes == 300
    assert one.port_of("int16").bytes == 500, "the most, where a type was never compiled"


def test_an_estimate_s_error_is_that_of_its_pieces() -> None:
    """Deviations of pieces add up as squares, those of one piece as they are; what was not measured is half wrong."""
    sizes = struct_of(costs.Costs, tomllib.loads(SIZES), "sizes")
    port = sizes.firmware_of("one").port_of("float32")
    assert sizes.error(["layer dense", "layer dense", "call"], "float32", port, 1000) == 50 * costs.DEVIATIONS
    assert sizes.error(["call"], "int8", port, 1000) == sizes.error(["layer gru"], "float32", port, 1000) == 500
    assert msgspec.structs.replace(sizes, like="other").error(["call"], "float32", port, 1000) == 500


CHART = """Discarded input sections

 .text.unused   0x0000000000000000       0x40 model.o

Linker script and memory map

.text           0x0000000008000000      0x120
 .text.a_step   0x0000000008000000       0x20 model.o
                0x0000000008000000                a_step
 .text.a_very_long_name
                0x0000000008000020       0x10 model.o
 .rodata.kernel
                0x0000000008000030        0x8 model.o
                                          0xc (size before relaxing)
 .text.send     0x0000000008000040       0x30 link.o
 *fill*         0x0000000008000070        0x4
.data           0x0000000020000000        0x4
 .data.kept     0x0000000020000000        0x4 link.o
 .bss.state     0x0000000020000004       0x50 glue.o
 .debug_info    0x0000000000000000     0x1000 model.o
 .text          0x0000000008000078        0x6 /lib/libc.a(memcpy.o)
"""


def test_a_map_file_says_whose_bytes_are_whose(tmp_path: Path) -> None:
    """What was left out of the program, debug lines and fillings are nobody's."""
    (tmp_path / "device.map").write_text(CHART, "utf-8")
    assert chart.by_object(tmp_path / "device.map") == {
        "model.o": host.Sections(0x38, 0),
        "link.o": host.Sections(0x34, 4),
        "glue.o": host.Sections(0, 0x50),
        "/lib/libc.a(memcpy.o)": host.Sections(6, 0),
    }


def test_sizes_of_another_kind_are_refused() -> None:
    for wrong, message in (
        (SIZES.replace("ram = 100", 'ram = "x"'), r"firmware\]: ram must be a whole number"),
        (SIZES.replace('float" = [10, 0]', 'float" = 10'), "code must be a list"),
        (SIZES.replace("[300, 0]", "[300, 0.5]"), r"firmware\]: port must be a whole number"),
        (SIZES.replace('measured = "a compiler"', ""), "measured"),
    ):
        with pytest.raises(UsageError, match=message):
            struct_of(costs.Costs, tomllib.loads(wrong), "sizes")


def test_a_board_s_budget_does_not_depend_on_the_boards_beside_it() -> None:
    """Boards of the same block shape whose integer products are written for other instructions."""
    integers = Settings(numeric="int8")
    alone = budgeting.table(EXAMPLE, integers, ["esp32"]).budgets_of("esp32")
    together = budgeting.table(EXAMPLE, integers, ["nucleo_f446re", "esp32"]).budgets_of("esp32")
    assert alone and alone == together


def test_a_family_that_was_not_measured_says_whose_sizes_it_has() -> None:
    like = target.load("esp32s3").costs
    assert like is not None and like.like == "rv32imafc's compiler"
    measured = target.load("nucleo_f446re").costs
    assert measured is not None and not measured.like and "gcc" in measured.measured


def test_a_family_that_is_like_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        SMALL.format(family="cortex-m4f", flash=6_144, ram=65_536) + '[budget]\nlike = "cortex-m99"\n', "utf-8"
    )
    with pytest.raises(UsageError, match='no family "cortex-m99"'):
        target.load(str(path))


def test_what_does_not_fit_is_refused_before_a_compiler_is_looked_for(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    board = Path(small).rename(tmp_path / "nano.toml")  # which hides no board of that name from advice
    with pytest.raises(BudgetError) as refused:
        generate_model(EXAMPLE, tmp_path / "out", Settings(target=str(board), calibration=str(DATA)))
    assert refused.value.exit_code == ExitCode.BUDGET == 5 and not (tmp_path / "out").exists()
    assert "flash: " in refused.value.why and "of 6,144 B, over by " in refused.value.why
    assert any(line.startswith("--target nano --numeric float32 ") for line in refused.value.fix), refused.value.fix
    assert sum(f"--calibration {DATA} " in line for line in refused.value.fix) == 3, "a type, a board, and tune"


def test_the_commands_that_follow_name_the_file_that_calibrates(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--target", "zero", "--numeric", "int8w4", "--calibration", str(DATA), "--estimate"]
    assert cli.main(["budget", str(EXAMPLE), *words]) == ExitCode.OK
    assert " ".join(capsys.readouterr().out.replace("\\\n", " ").split()).count(f"--calibration {DATA} -") == 2


def test_no_budget_writes_it_all_the_same(small: str, tmp_path: Path) -> None:
    done = generate_model(EXAMPLE, tmp_path / "out", Settings(target=small, budget=False))
    assert [one.fits for one in done.budgets] == ["no"]
    assert (tmp_path / "out" / "basic_motions.c").is_file()


def test_generate_refuses_for_the_library_alone(tmp_path: Path) -> None:
    """A program of the user's own may be smaller than ours: firmware that does not fit is no reason."""
    path = tmp_path / "tight.toml"
    path.write_text(SMALL.format(family="cortex-m4f", flash=18_000, ram=65_536), "utf-8")
    done = generate_model(EXAMPLE, tmp_path / "out", Settings(target=str(path)))
    assert done.budgets[0].fits != "yes" and done.budgets[0].flash.used > 18_000


def test_a_shorter_sequence_that_fits_is_found_and_does_fit(tmp_path: Path) -> None:
    x = keras.Input((None, 4))
    layer = layers.Bidirectional(layers.LSTM(4, return_sequences=True))
    keras.Model(x, layer(x)).save(tmp_path / "open.keras")
    settings = Settings(target="mega2560", max_steps=2000)
    model = load(tmp_path / "open.keras", settings)
    with pytest.raises(BudgetError) as refused, budgeting.advised(model, plan(settings)):
        budget.require_fit(budgeting.table(tmp_path / "open.keras", settings, ["mega2560"]).budgets[0])
    line = next(line for line in refused.value.fix if line.startswith("--max-steps"))
    steps = int(line.split()[1])
    assert 1 < steps < 2000
    again = budgeting.table(tmp_path / "open.keras", replace(settings, max_steps=steps), ["mega2560"])
    assert again.budgets[0].fits == "yes"


def test_other_memory_of_the_same_board_is_named(tmp_path: Path) -> None:
    for board, steps, units, other in (("esp32s3", 8_000, 16, "r2"), ("esp32s3-n8r2", 30_000, 8, "n8r8")):
        x, layer = keras.Input((steps, 8)), layers.Bidirectional(layers.LSTM(units, return_sequences=True))
        keras.Model(x, layer(x)).save(path := tmp_path / "long.keras")
        with pytest.raises(BudgetError) as refused:
            generate_model(path, tmp_path / "out", Settings(target=board))
        fixes = [line.partition(": ")[0] for line in refused.value.fix if line.startswith("--target ")]
        assert fixes[0] == f"--target esp32s3-{other} --numeric float32 fits, if yours has it"
        assert len({line.split()[1].partition("-")[0] for line in fixes}) == len(fixes) == budgeting.BEST + 1
        tuned = any("int8w4 loses accuracy unless tuned: gatesmith tune" in line for line in refused.value.fix)
        assert tuned == any("int8w4 --" in line for line in refused.value.fix) == (steps == 30_000)


def test_an_array_that_its_compiler_refuses_is_counted(tmp_path: Path) -> None:
    x = keras.Input((4, 3))
    keras.Model(x, layers.LSTM(48, name="lstm")(x)).save(tmp_path / "wide.keras")
    estimate = budgeting.table(tmp_path / "wide.keras", Settings(), ["mega2560"]).budgets[0]
    assert estimate.fits == "no" and estimate.flash.fits == "yes"
    assert estimate.limits == ("array lstm_recurrent: 36,864 B of 32,767 B",)
    keras.Model(x, layers.LSTM(45)(layers.LSTM(44, return_sequences=True)(x))).save(tmp_path / "far.keras")
    estimate = budgeting.table(tmp_path / "far.keras", Settings(), ["mega2560"]).budgets[0]
    assert estimate.fits == "no" and "16-bit pointer" in estimate.limits[-1]


def test_buffers_are_those_of_a_build() -> None:
    budgets = budgeting.table(EXAMPLE, Settings(), ["uno", "nucleo_f446re"]).budgets
    assert {b.target: b.by_steps for b in budgets} == {"uno": True, "nucleo_f446re": False}
    wide = next(b for b in budgets if b.target == "nucleo_f446re" and b.numeric == "float32")
    parts = {part.name: part.bytes for part in wide.ram.parts}
    with np.load(EXAMPLE.with_name("basic_motions_test.npz")) as arrays:
        frames = arrays["in_0"][0].size
    assert parts["input and output buffers"] == 4 * (frames + 4) + 4


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.main(["budget", str(EXAMPLE), *arguments])
    return code, capsys.readouterr().out


def test_the_page_of_all_boards(capsys: pytest.CaptureFixture[str]) -> None:
    code, page = run(capsys)
    assert code == 0
    assert max(map(len, page.splitlines())) <= 100 and page.isascii()
    boards = [name for name in target.names() if target.load(name).flash]
    rows = {name: [line for line in page.splitlines() if line.startswith(f"{name} ")] for name in boards}
    assert {len(listed) for listed in rows.values()} == {1} and len(page.splitlines()) < len(boards) + 42
    assert rows["uno"][0].endswith("  all") and " int16w8," in rows["ch32v003"][0]
    count = sum(len(set(target.load(name).numerics) & set(NUMERICS)) for name in boards)
    result = re.search(r"result: (\d+) of (\d+) combinations fit", page)
    assert result is not None and int(result[2]) == count
    assert 0.98 * count < int(result[1]) < count, "but floats on the smallest boards, all fit"
    assert "gatesmith generate" in page and "an Arduino core or an SDK comes on top" in " ".join(page.split())


def test_a_board_whose_type_is_close_is_told() -> None:
    table = budgeting.table(EXAMPLE, Settings(numeric="int8"), ["uno"])
    two = replace(table.budgets[0], target="two", milliseconds=2.9e-5)
    one = replace(two, target="one", flash=replace(two.flash, most=two.flash.limit + 1))
    text = budget_page(replace(table, targets=(), budgets=(one, two))).plain(120)
    assert re.search(r"^one .* <0.001  int8 \(close\)$", text, re.M) and re.search(r"^two .* <0.001  int8$", text, re.M)
    assert "--target two --numeric int8" in text.split("where its bytes go")[1]


def test_the_page_of_one_board_says_where_the_bytes_go(capsys: pytest.CaptureFixture[str]) -> None:
    code, page = run(capsys, "--target", "uno", "--numeric", "float32", "--estimate")
    assert code == 0
    rows = [line.split() for line in page.splitlines()]
    order = [row[0] for row in rows if len(row) > 2 and row[0] in ("lstm", "activity", "standardise")]
    assert order == ["lstm", "activity", "standardise"]
    assert "exact" in page and "estimated" in page and "compiled " not in page


def test_one_that_does_not_fit_ends_with_5(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, page = run(capsys, "--target", small)
    assert code == ExitCode.BUDGET and "over by" in page and "result: 0 of " in page
    assert run(capsys, "--target", "host")[0] == ExitCode.USAGE
    assert run(capsys, "--target", "uno", "--numeric", "int3")[0] == ExitCode.USAGE


def test_the_same_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, "--target", "uno", "--target", "pico", "--numeric", "float32", "--json", "--estimate")
    data = json.loads(text)
    assert code == 0 and data["schema"] == "gatesmith/budget/1"
    assert [b["target"] for b in data["budgets"]] == ["uno", "pico"]
    first = data["budgets"][0]
    assert first["fits"] == "yes" and first["flash"]["free"] == first["flash"]["limit"] - first["flash"]["used"]
    assert sum(part["bytes"] for part in first["flash"]["parts"]) == first["flash"]["used"]
    assert sum(first["layers"].values()) == first["flash"]["parts"][0]["bytes"]


def joined(folder: Path) -> Path:
    """A model in which the states of two layers lie side by side, and in 16 bits."""
    keras.utils.set_random_seed(5)
    x = layers.Bidirectional(layers.SimpleRNN(14))(start := keras.Input((4, 3)))
    keras.Model(start, layers.Dense(2)(layers.Rescaling(0.5, 0.25)(x))).save(path := folder / "joined.keras")
    return path


def turned(folder: Path) -> Path:
    """A model in which sequences of both directions lie side by side, in 16 bits, before a layer that takes 8."""
    keras.utils.set_random_seed(5)
    x = layers.Bidirectional(layers.GRU(11, return_sequences=True))(start := keras.Input((20, 3)))
    keras.Model(start, layers.Dense(2)(layers.SimpleRNN(16)(x))).save(path := folder / "turned.keras")
    return path


@pytest.mark.parametrize("model", [joined, turned])
def test_ram_is_not_under_whatever_the_ranges(model: Callable[[Path], Path], tmp_path: Path) -> None:
    """Values of other ranges are brought to one format before they lie side by side, in memory of their own; those of
    one format become narrower behind that."""
    path = model(tmp_path)
    library, board, lengths = library_for(path, "uno", numeric="int8", calibration="synthetic")
    (estimate,) = budgeting.table(path, Settings(numeric="int8"), ["uno"]).budgets
    assert estimate.ram.used == budget.budget(library, lengths, board, "int8").ram.used


def test_what_ranges_may_add_alone_refuses_nothing(tmp_path: Path) -> None:
    """If the model fits with equal ranges, the verdict is "close", not "no"."""
    path, board = joined(tmp_path), tmp_path / "small.toml"
    sketches = budgeting._Sketches(load(path, Settings()), Settings(numeric="int8"))
    free = sketches.plan(target.load("nucleo_f446re"), "int8")
    budgets = [sketches._budget(free, True, basis) for basis in budgeting.SHAPED]
    alike, apart = sorted(one.ram.least for one in budgets if one is not None)
    board.write_text(SMALL.format(family="cortex-m4f", flash=65_536, ram=apart - 1), "utf-8")
    (estimate,) = budgeting.table(path, Settings(numeric="int8"), [str(board)]).budgets
    assert alike < apart and estimate.ram.fits == "close" and estimate.ram.least == alike


def test_a_model_without_the_type_keeps_its_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it has no such form may only show on data: the page says so of that type, and has the others."""

    def refused(*_: object) -> None:
        raise UnsupportedError("its values leave 16 bits")

    monkeypatch.setattr(budgeting.firmware, "require_compiler", lambda *_: None)
    monkeypatch.setattr(budgeting, "in_numbers", refused)
    (estimate,) = budgeting.table(EXAMPLE, Settings(numeric="int8"), ["uno"], compiling=True).budgets
    assert not estimate.compiled and estimate.not_compiled == "its values leave 16 bits"
