"""What code is optimised for: the same C, other flags, and nothing estimated of what nobody measured. Layers in
fewer bits under a limit of flash: which come first, what is chosen, and that a core computes it."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from stand_ins import emulated

import gatesmith
from gatesmith import cli
from gatesmith.boards import target
from gatesmith.boards.optimized import LEVEL, LEVELS, optimized
from gatesmith.core.errors import ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow import choose
from gatesmith.flow.budget import table
from gatesmith.flow.choose import NumericChoice, choose_numeric
from gatesmith.flow.plan import plan
from gatesmith.flow.validate import validate
from gatesmith.importers.reading import load
from gatesmith.quantization.observations import Observations
from gatesmith.quantization.prepare import slimmer

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
MOST = {"float32": 2560, "int8": 4096}
"""Bytes of code over the weights that small code of a recurrent model takes on a Cortex-M."""


@pytest.mark.parametrize("name", target.names())
def test_the_level_of_optimisation_changes_and_kernels_for_speed_come_in(name: str) -> None:
    board = target.load(name)
    assert optimized(board) == optimized(board, "balanced") == board
    tuned = board.compiler.tuned
    (default,) = (flag for flag in board.compiler.cflags if LEVEL.fullmatch(flag))
    for wanted in LEVELS:
        other, level = optimized(board, wanted), LEVELS[wanted]
        if wanted == "speed" and tuned:
            assert replace(other.compiler, optimize=board.compiler.optimize) == board.compiler
            level = default
        for before, after in (
            (board.compiler.cflags, other.compiler.cflags),
            (board.compiler.exact, other.compiler.exact),
        ):
            dropped = tuned if wanted == "size" else ()
            rest = [f for f in before if not LEVEL.fullmatch(f) and f not in dropped]
            assert [flag for flag in after if LEVEL.fullmatch(flag)] == [level]
            assert [f for f in after if not LEVEL.fullmatch(f)] == rest
        kernels = board.layout.speed if wanted == "speed" and board.layout.speed else board.layout.isa
        layout, compiler = replace(board.layout, isa=kernels), replace(other.compiler, optimize=board.compiler.optimize)
        costs = board.costs if (compiler, layout) == (board.compiler, board.layout) else None
        assert other == replace(board, compiler=replace(compiler, optimize=wanted), layout=layout, costs=costs)


def test_a_target_says_what_it_is_optimised_for(tmp_path: Path) -> None:
    text = '[compiler]\noptimize = "{}"\n'
    board = tmp_path / "mine.toml"
    board.write_text((target._folder("") / "nucleo_f446re.toml").read_text("utf-8") + text.format("size"), "utf-8")
    small = plan(Settings(target=str(board))).target.compiler
    assert "-Os" in small.cflags and "-fpeel-loops" not in small.cflags
    flags = plan(Settings(target=str(board), optimize="balanced")).target.compiler.cflags
    assert {"-O2", "-fpeel-loops"} <= set(flags)
    with pytest.raises(UsageError, match="small"):
        target.parse("mine", board.read_text("utf-8").replace('"size"', '"small"'))
    with pytest.raises(UsageError, match="small"):
        plan(Settings(optimize="small"))
    with pytest.raises(UsageError, match="MicroPython"):
        plan(Settings(target="pico", backend="micropython", optimize="size"))


def test_the_c_is_the_same(tmp_path: Path) -> None:
    for wanted in ("speed", "size", "balanced"):
        words = ["generate", str(EXAMPLE), "--target", "microbit", "--format", "make", "-o", str(tmp_path / wanted)]
        assert cli.main([*words, "--optimize", wanted]) == ExitCode.OK
    files = {name: [(tmp_path / name / f"basic_motions.{end}").read_bytes() for end in "ch"] for name in LEVELS}
    balanced = [(tmp_path / "balanced" / f"basic_motions.{end}").read_bytes() for end in "ch"]
    assert all(each == balanced for each in files.values())
    makefiles = {name: (tmp_path / name / "Makefile").read_text("utf-8") for name in ("speed", "size", "balanced")}
    assert " -Os " in makefiles["size"] and " -Os " not in makefiles["balanced"]
    assert " -O3 " in makefiles["speed"] and " -O3 " not in makefiles["balanced"]


def test_products_and_sums_go_apart_where_that_takes_fewer_cycles(tmp_path: Path) -> None:
    """On a Cortex-M4, by Arm's table of cycles, for more instructions; answers are Keras's in both."""
    board = emulated("nucleo_f446re")
    fused = tmp_path / "fused.toml"
    text = (target._folder("") / "nucleo_f446re.toml").read_text("utf-8")
    fused.write_text(f'{text}\n[layout]\nisa = "dsp vfp"\n', "utf-8")
    with np.load(EXAMPLE.with_name("basic_motions_test.npz")) as data:
        np.savez(tmp_path / "few.npz", in_0=data["in_0"][::10])
    cycles = []
    for name in (board.name, str(fused)):
        settings = Settings(target=name, emulate=True, cache=False)
        result = validate(EXAMPLE, settings, tmp_path / "few.npz", measured=True)
        assert result.passed and result.report.max_abs_error < 3e-7
        cycles.append(result.report.estimated_cycles or 0.0)
    assert 0 < cycles[0] < cycles[1] * 0.95


def test_nothing_is_estimated_of_other_code(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["budget", str(EXAMPLE), "--target", "microbit", "--numeric", "float32", "--estimate"]
    assert cli.main(words) == ExitCode.OK
    assert cli.main([*words, "--optimize", "size"]) == ExitCode.USAGE
    assert "nothing is estimated" in capsys.readouterr().err
    words = ["--target", "esp32c3", "--optimize", "balanced", "--estimate"]
    assert cli.main(["budget", str(EXAMPLE), *words]) == ExitCode.OK


@pytest.mark.parametrize("name", ["nucleo_f446re", "microbit"])
def test_small_code_is_small(name: str) -> None:
    emulated(name)
    codes = {}
    for wanted in ("size", "balanced"):
        for numeric, most in MOST.items():
            (budget,) = table(EXAMPLE, Settings(numeric=numeric, optimize=wanted), [name], compiling=True).budgets
            (code,) = (part for part in budget.flash.parts if part.name == "model code")
            assert code.sure == "compiled"
            codes[wanted, numeric] = code.bytes
            assert wanted == "balanced" or code.bytes <= most
    assert all(codes["size", numeric] < codes["balanced", numeric] for numeric in MOST)


VOWELS = Path(__file__).resolve().parents[2] / "examples" / "japanese_vowels.keras"
DATA = VOWELS.with_name("japanese_vowels_calibration.npz")
BOARD = "nucleo_f446re"


@pytest.fixture
def two_layers(tmp_path: Path) -> tuple[Path, Path]:
    """Branches of as many weights, whose sum is the output: one is worth a thousandth."""
    import keras

    keras.utils.set_random_seed(0)
    x = keras.Input((64,))
    much = keras.layers.Dense(160, name="much")(x)
    little = keras.layers.Dense(160, name="little")(x)
    keras.Model(x, keras.layers.Add()([much, keras.layers.Rescaling(1e-3)(little)])).save(tmp_path / "two.keras")
    np.savez(tmp_path / "two.npz", in_0=np.random.default_rng(1).normal(size=(60, 64)).astype(np.float32))
    return tmp_path / "two.keras", tmp_path / "two.npz"


def settled(model: Path, data: Path, flash: float, board: str = BOARD, keep: tuple[str, ...] = ()) -> NumericChoice:
    limit = max(1, int(flash))
    return choose_numeric(
        model, Settings(target=board, numeric="mixed", calibration=str(data), max_flash=limit, keep=keep)
    )


def test_the_layer_that_costs_least_for_its_bits_comes_first(two_layers: tuple[Path, Path]) -> None:
    model, data = two_layers
    settings = Settings(numeric="int8", calibration=str(data))
    steps = slimmer(load(model, settings), settings, Observations(held_out=True))
    assert steps == [
        ("little=int8w4",),
        ("little=int8w2",),
        ("little=int8w2", "much=int8w4"),
        ("little=int8w2", "much=int8w2"),
    ]


def test_of_what_fits_the_least_error(two_layers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Flash is estimated here. Limits just below int8 and int8w4 leave room for mixes that are better than the next
    type with one width everywhere; with room for int8 nothing is mixed."""
    monkeypatch.setattr(choose.firmware, "missing_software", lambda board, stand_in: "qemu is not here")
    choice = settled(*two_layers, 1e6)
    assert not any(row.keep for row in choice.rows)
    plain = {row.numeric: row.point for row in choice.rows}
    for numeric, next_one in (("int8", "int8w4"), ("int8w4", "int8w2")):
        choice = settled(*two_layers, plain[numeric][2] - 1)
        mix = min((row for row in choice.rows if row.keep and row.keeps), key=lambda row: row.point)
        assert mix.point[2] < plain[numeric][2] and mix.point[0] < plain[next_one][0]
        assert choice.best.point[0] <= mix.point[0] and all(word in choice.lines[0] for word in choice.best.keep)
    keep = ("little=int8w4",)
    choice = settled(*two_layers, plain["int8w4"][2] + 200, keep=keep)
    assert any(set(keep) < set(row.keep) and row.keeps for row in choice.rows), "the user's own layers stay as they are"


def test_mixes_are_tried_where_the_board_is_too_small_for_int8(two_layers: tuple[Path, Path], tmp_path: Path) -> None:
    board = emulated(BOARD)
    facts = f'summary = "small"\nclock = 80_000_000\nemulator = "{board.emulator}"\n'
    small = tmp_path / "small.toml"
    small.write_text(f'extends = "cortex-m4f"\n{facts}flash = 20_000\nram = 65_536\n')
    choice = settled(*two_layers, 19_000, str(small))
    results = {row.numeric: row.result for row in choice.rows if not row.keep}
    assert results["int8"] == "does not fit" and any(row.keep and row.keeps for row in choice.rows)


def test_a_core_and_this_machine_compute_a_mix_bit_for_bit() -> None:
    emulated(BOARD)
    plain = {row.numeric: row.point for row in settled(VOWELS, DATA, 1e6).rows}
    mixes = [row for row in settled(VOWELS, DATA, plain["int8"][2] - 1).rows if row.keep]
    assert mixes and all(row.result == "pass" for row in mixes), "one sample each, as the reference has it"
    best = min(mixes, key=lambda row: row.point)
    assert plain["int8w4"][2] < best.point[2] < plain["int8"][2] and best.point[0] < plain["int8w4"][0]
    artifact = gatesmith.convert(VOWELS, numeric="int8", keep=best.keep, calibration=DATA)
    test = np.load(VOWELS.with_name("japanese_vowels_test.npz"))
    assert artifact.validate(test["in_0"][::10]).facts["different_integers"] == 0
