"""Budgets without a compiler: exact counts, what is refused and what would fit, the page and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from gatesmith import budget, budgeting, cli, pipeline, target
from gatesmith.backends.base import Generated
from gatesmith.backends.c99 import inventory
from gatesmith.errors import BudgetError, ExitCode, UsageError
from gatesmith.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.pipeline import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
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
    path.write_text(SMALL.format(family="cortex-m4f", flash=8_192, ram=65_536), "utf-8")
    return str(path)


def made(path: Path, board: str, **options: object) -> tuple[Generated, target.Target, tuple[int, ...]]:
    settings = Settings(target=board, **options)  # type: ignore[arg-type]
    return pipeline.program(pipeline.load(path, settings), settings)


LIBRARY = Generated(
    name="m",
    files={
        "m.h": """
enum { M_WIDE = 3 };
typedef struct {
    int8_t a[M_WIDE]; /* note */
    int32_t b[2];
    int16_t c[1];
} m_t;
""",
        "m.c": """
enum { DENSE_ROWS = 5 };

static const int8_t dense_kernel[M_WIDE][DENSE_ROWS] = {
    { 1, 2, 3, 4, 5 },
};

static const M_FLASH int32_t dense_bias[DENSE_ROWS] = {
    1, 2, 3, 4, 5,
};

static const int16_t lut[4] = { 1, 2, 3, 4 };

static inline float act_one(float x) { return x > 0.0f ? x * 2.0f : x; }

static void dense_forward(const int8_t *x, int8_t *y)
{
    int32_t sum[DENSE_ROWS];
    for (int k = 0; k < 4; k++) {
        y[k] = act_one(x[k]) + 1;
    }
}

void m_step(m_t *state)
{
    dense_forward(state->a, state->a);
}
""",
    },
    inputs=(), outputs=(), axes=(), causal=True, model_id="", weight_bytes=0, state_bytes=0, macs=0,
    integer=True, graph=cast(Graph, None),
)  # fmt: skip


def test_bytes_follow_the_types_that_the_text_says() -> None:
    """Whatever numeric type wrote it: 8-bit weights, 32-bit biases, gaps where the machine aligns."""
    wide, narrow = inventory.take(LIBRARY, 32), inventory.take(LIBRARY, 8)
    assert [(t.name, t.bytes, t.owner) for t in wide.tables] == [
        ("dense_kernel", 15, "dense"), ("dense_bias", 20, "dense"), ("lut", 8, ""),
    ]  # fmt: skip
    assert wide.state_bytes == 16 and narrow.state_bytes == 3 + 8 + 2
    assert inventory.buffers("static int8_t in[5];\nstatic size_t steps[1];\nstatic float out[2];", 32) == (8, 4, 8)
    assert inventory.buffers("static int8_t in[5];\nstatic size_t steps[1];\nstatic float out[2];", 8) == (5, 2, 8)


def test_a_type_that_nobody_knows_is_told() -> None:
    odd = replace(LIBRARY, files={**LIBRARY.files, "m.h": "typedef struct { } m_t;\ntypedef struct {\n} m_t;"})
    with pytest.raises(ValueError, match="M_WIDE"):
        inventory.take(odd, 32)


def test_functions_are_counted_and_their_stack_is_bounded() -> None:
    functions = {f.name: f for f in inventory.take(LIBRARY, 32).functions}
    assert set(functions) == {"act_one", "dense_forward", "m_step"}
    forward = functions["dense_forward"]
    assert forward.arrays == 20 and forward.code.loops == 1 and forward.code.calls == {"act_one": 1}
    assert [loop.turns for loop in forward.loops] == [4]
    depth = budget.deepest(inventory.take(LIBRARY, 32), {"base": 100.0, "call": 8.0, "value": 0.0})
    assert depth == 100 + 2 * 8 + 20


@pytest.mark.parametrize("name", [name for name in target.names() if target.load(name).flash])
def test_tables_and_state_are_exact_on_every_board(name: str) -> None:
    """Without padding, tables are the weights; the state struct is what the header says it is."""
    library, board, _ = made(EXAMPLE, name)
    held = inventory.take(library, board.word)
    assert held.state_bytes == library.state_bytes
    assert held.table_bytes >= library.weight_bytes
    assert library.files[f"{library.name}.c"].count("static const") == len(held.tables)
    assert board.costs is not None, "no family has boards whose code nobody can estimate"


def test_a_board_s_budget_does_not_depend_on_the_boards_beside_it() -> None:
    """Boards of the same block shape whose integer products are written for other instructions."""
    integers = Settings(numeric="int8")
    alone = budgeting.table(EXAMPLE, integers, ["esp32"]).of("esp32")
    beside = budgeting.table(EXAMPLE, integers, ["nucleo_f446re", "esp32"]).of("esp32")
    assert alone and alone == beside


def test_a_family_that_was_not_measured_says_whose_constants_it_has() -> None:
    costs = target.load("esp32").costs
    assert costs is not None and costs.like and costs.error >= target.UNLIKE
    measured = target.load("nucleo_f446re").costs
    assert measured is not None and not measured.like and "gcc" in measured.measured
    assert set(measured.code) == set(budget.FEATURES)


def test_wrong_constants_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        SMALL.format(family="cortex-m4f", flash=8_192, ram=65_536) + "[budget]\nfirmware_flash = 1.5\n", "utf-8"
    )
    with pytest.raises(UsageError, match="firmware_flash must be a whole number"):
        target.load(str(path))
    path.write_text(path.read_text("utf-8").replace("firmware_flash = 1.5", 'code = { one = "x" }'), "utf-8")
    with pytest.raises(UsageError, match=r"budget.code\]: one must be a number"):
        target.load(str(path))


def test_what_does_not_fit_is_refused_before_a_compiler_is_looked_for(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BudgetError) as refused:
        pipeline.generate(EXAMPLE, tmp_path / "out", Settings(target=small))
    assert refused.value.exit_code == ExitCode.BUDGET == 5
    assert "flash: " in refused.value.why and "of 8,192 B, over by " in refused.value.why
    assert any(line.startswith("--target uno --numeric float32") for line in refused.value.fix)
    assert not (tmp_path / "out").exists()


def test_no_budget_writes_it_all_the_same(small: str, tmp_path: Path) -> None:
    done = pipeline.generate(EXAMPLE, tmp_path / "out", Settings(target=small, budget=False))
    assert [found.fits for found in done.budgets] == ["no"]
    assert (tmp_path / "out" / "basic_motions.c").is_file()


def test_generate_refuses_for_the_library_alone(tmp_path: Path) -> None:
    """A program of the user's own may be smaller than ours: firmware that does not fit is no reason."""
    path = tmp_path / "tight.toml"
    path.write_text(SMALL.format(family="cortex-m4f", flash=18_000, ram=65_536), "utf-8")
    done = pipeline.generate(EXAMPLE, tmp_path / "out", Settings(target=str(path)))
    assert done.budgets[0].fits != "yes" and done.budgets[0].flash.used > 18_000


def test_a_shorter_sequence_that_fits_is_found_and_does_fit(tmp_path: Path) -> None:
    import keras

    x = keras.Input((None, 4))
    layer = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
    keras.Model(x, layer(x)).save(tmp_path / "open.keras")
    settings = Settings(target="mega2560", max_steps=2000)
    model = pipeline.load(tmp_path / "open.keras", settings)
    with pytest.raises(BudgetError) as refused, budgeting.advised(model, settings):
        budget.hold(budgeting.table(tmp_path / "open.keras", settings, ["mega2560"]).budgets[0])
    line = next(line for line in refused.value.fix if line.startswith("--max-steps"))
    steps = int(line.split()[1])
    assert 1 < steps < 2000
    again = budgeting.table(tmp_path / "open.keras", replace(settings, max_steps=steps), ["mega2560"])
    assert again.budgets[0].fits == "yes"


def test_an_array_that_its_compiler_refuses_is_counted(tmp_path: Path) -> None:
    import keras

    x = keras.Input((4, 3))
    keras.Model(x, keras.layers.LSTM(48, name="lstm")(x)).save(tmp_path / "wide.keras")
    found = budgeting.table(tmp_path / "wide.keras", Settings(), ["mega2560"]).budgets[0]
    assert found.fits == "no" and found.flash.fits == "yes"
    assert found.limits == ("array lstm_recurrent: 36,864 B of 32,767 B",)
    keras.Model(x, keras.layers.LSTM(45)(keras.layers.LSTM(44, return_sequences=True)(x))).save(tmp_path / "far.keras")
    found = budgeting.table(tmp_path / "far.keras", Settings(), ["mega2560"]).budgets[0]
    assert found.fits == "no" and "16-bit pointer" in found.limits[-1]


def test_buffers_are_those_of_a_build() -> None:
    found = budgeting.table(EXAMPLE, Settings(), ["uno", "nucleo_f446re"]).budgets
    assert {b.target: b.by_steps for b in found} == {"uno": True, "nucleo_f446re": False}
    wide = next(b for b in found if b.target == "nucleo_f446re" and b.numeric == "float32")
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
    assert all(f"\n{name} " in page for name in boards)
    count = sum(len(set(target.load(name).numerics) & set(NUMERICS)) for name in boards)
    assert f"result: {count} of {count} combinations fit" in page
    assert "gatesmith generate" in page and "an Arduino core or an SDK comes on top" in " ".join(page.split())


def test_the_page_of_one_board_says_where_the_bytes_go(capsys: pytest.CaptureFixture[str]) -> None:
    code, page = run(capsys, "--target", "uno", "--numeric", "float32")
    assert code == 0
    rows = [line.split() for line in page.splitlines()]
    order = [row[0] for row in rows if len(row) > 2 and row[0] in ("lstm", "activity", "standardise")]
    assert order == ["lstm", "activity", "standardise"]
    assert "exact" in page and "estimated" in page and "measured" in page


def test_one_that_does_not_fit_ends_with_5(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, page = run(capsys, "--target", small)
    assert code == ExitCode.BUDGET and "over by" in page and "result: 0 of " in page
    assert run(capsys, "--target", "host")[0] == ExitCode.USAGE
    assert run(capsys, "--target", "uno", "--numeric", "int3")[0] == ExitCode.USAGE


def test_the_same_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, "--target", "uno", "--target", "pico", "--numeric", "float32", "--json")
    data = json.loads(text)
    assert code == 0 and data["schema"] == "gatesmith/budget/1"
    assert [b["target"] for b in data["budgets"]] == ["uno", "pico"]
    first = data["budgets"][0]
    assert first["fits"] == "yes" and first["flash"]["free"] == first["flash"]["limit"] - first["flash"]["used"]
    assert sum(part["bytes"] for part in first["flash"]["parts"]) == first["flash"]["used"]
    assert sum(first["layers"].values()) == first["flash"]["parts"][0]["bytes"]
