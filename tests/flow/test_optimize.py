"""What code is optimised for: the same C, other flags, and nothing estimated of what nobody measured."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from stand_ins import emulated

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.boards.optimized import LEVEL, LEVELS, optimized
from gatesmith.core.errors import ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.budget import table
from gatesmith.flow.plan import plan
from gatesmith.flow.validate import validate

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
    assert (
        cli.main(["budget", str(EXAMPLE), "--target", "esp32c3", "--optimize", "balanced", "--estimate"]) == ExitCode.OK
    )


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
