"""Budgets without tables' values: as those of the text that a compiler gets, and soon enough to refuse anything.
Pieces that code is estimated by: what a library says of itself, and what files of sizes know."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from workloads import read

from gatesmith.boards import cycles, target
from gatesmith.budget.budget import Budget, budget
from gatesmith.core.errors import BudgetError, DataError
from gatesmith.core.settings import Settings
from gatesmith.flow import budget as budgets
from gatesmith.flow import generate
from gatesmith.flow.plan import plan
from gatesmith.flow.program import buffers, program
from gatesmith.importers.reading import Model, load
from gatesmith.numerics import NUMERICS
from gatesmith.report.budget import budget_page
from gatesmith.report.generate import generate_page

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def sketched(path: Path, board: str, numeric: str) -> tuple[Budget, Budget]:
    """The table's budget, and the budget of the generated C."""
    settings, (model, seen) = Settings(target=board, numeric=numeric, calibration="synthetic"), read(path)
    chosen = plan(settings)
    sketches = budgets._Sketches(model, Settings(numeric=numeric))
    sketches._observed = seen
    pairs, _ = budgets._estimated(sketches, settings, [board], False)
    ((_, estimate),) = pairs
    generated = program(model, chosen, observed=seen)
    room, by_steps = buffers(generated, chosen.target.ram)
    return estimate, budget(generated, room, chosen.target, numeric, by_steps)


BOARDS = ("uno", "bluepill_f103c8", "nano33ble", "esp32s3", "virt_rv32imafc")


@pytest.mark.parametrize("numeric", NUMERICS)
@pytest.mark.parametrize("board", BOARDS)
def test_bytes_are_those_of_the_text(board: str, numeric: str) -> None:
    """The two examples take turns."""
    name = ("basic_motions", "japanese_vowels")[(BOARDS.index(board) + list(NUMERICS).index(numeric)) % 2]
    if numeric not in target.load(board).numerics:
        pytest.skip(f"{board} has no {numeric}")
    estimate, written = sketched(EXAMPLES / f"{name}.keras", board, numeric)
    assert estimate.tables == written.tables
    assert estimate.ram == written.ram
    assert estimate.flash.parts == written.flash.parts


@pytest.fixture
def curved(tmp_path: Path) -> Model:
    """A model with a table for each gelu, where ranges differ, and biases that only calibration shows."""
    keras.utils.set_random_seed(3)
    x = layers.GRU(3, "gelu", return_sequences=True)(start := keras.Input((4, 2)))
    keras.Model(start, layers.Dense(3)(layers.LSTM(10, "gelu")(x))).save(path := tmp_path / "curved.keras")
    return load(path, Settings())


def test_tables_of_functions_are_as_calibrated(curved: Model) -> None:
    estimate, written = sketched(curved.path, "microbit", "int8")
    assert estimate.flash.parts == written.flash.parts and estimate.flash.parts[0].sure == "exact"
    assert sum(table.name.startswith("gelu") for table in estimate.tables) > 1


def test_data_that_are_given_are_what_tables_follow(curved: Model, tmp_path: Path) -> None:
    """Inputs of 0 give every gelu the same arguments, the biases'; and a file that is missing is told."""
    np.savez(data := tmp_path / "zeros.npz", in_0=np.zeros((4, 4, 2), np.float32))
    (made_up,), (zeros,) = (
        budgets.table(curved.path, Settings(numeric="int8", calibration=calibration), ["microbit"]).budgets
        for calibration in (None, str(data))
    )
    tables = [sum(table.name.startswith("gelu") for table in estimate.tables) for estimate in (made_up, zeros)]
    assert tables[0] > tables[1] > 0
    with pytest.raises(DataError, match="no such file"):
        budgets.table(curved.path, Settings(numeric="int8", calibration=str(tmp_path / "none.npz")), ["microbit"])


def test_what_takes_long_to_calibrate_is_told_by_shapes(curved: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "LIGHT", 0)
    estimate, written = sketched(curved.path, "microbit", "int8")
    assert estimate.flash.parts[0].sure == "estimated"
    assert estimate.flash.parts[0].bytes == pytest.approx(written.flash.parts[0].bytes, abs=3 * 1026)
    assert sketched(curved.path, "microbit", "float32")[0].flash.parts[0].sure == "exact"


@pytest.mark.parametrize("numeric", ["float32", "int8"])
def test_a_model_that_is_far_too_large_is_refused_at_once(
    tmp_path: Path, numeric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is calibrated and written: of millions of weights, literals alone take minutes."""
    y = layers.LSTM(128)(layers.LSTM(128, return_sequences=True)(x := keras.Input((100, 9))))
    keras.Model(x, y).save(path := tmp_path / "large.keras")
    monkeypatch.setattr(generate, "program", lambda *_: pytest.fail("it is calibrated and written"))
    with pytest.raises(BudgetError) as refused:
        generate.generate(path, tmp_path / "out", Settings(target="uno", numeric=numeric, calibration="synthetic"))
    assert len(refused.value.fix) > 1 and "flash" in refused.value.why


@pytest.mark.parametrize(
    ("steps", "net", "macs", "per", "kept"),
    [
        (20, lambda: [layers.Bidirectional(layers.LSTM(8)), layers.Dense(2)], 20 * 2 * 32 * 11 + 32, "call", True),
        (None, lambda: [layers.Bidirectional(layers.LSTM(8)), layers.Dense(2)], 2 * 32 * 11 + 32, "step", True),
        (20, lambda: [layers.LSTM(4), layers.RepeatVector(5), layers.LSTM(2)], 20 * 16 * 7 + 5 * 8 * 6, "call", True),
        (20, lambda: [layers.LSTM(4), layers.Dense(2)], 16 * 7 + 8, "step", True),
        (0, lambda: [layers.RepeatVector(5), layers.LSTM(4), layers.Dense(2)], 5 * 16 * 7 + 8, "call", False),
    ],
)
def test_every_page_has_the_work_of_what_its_time_is_of(
    steps: int | None, net: Callable[[], list[layers.Layer]], macs: int, per: str, kept: bool, tmp_path: Path
) -> None:
    """All of a call, where nothing goes by steps; of a call of open length one step, and no time."""
    keras.Sequential([keras.Input((3,) if steps == 0 else (steps, 3)), *net()]).save(path := tmp_path / "net.keras")
    table = budgets.table(path, Settings(), ["uno"])
    c = generate.generate(path, tmp_path / "c99", Settings(format="library"))
    python = generate.generate(path, tmp_path / "micropython", Settings(backend="micropython"))
    texts = [budget_page(table).plain(), *(generate_page(done).plain() for done in (c, python))]
    pages = [(tmp_path / name).read_text("utf-8") for name in ("c99/README.md", "c99/src/net.h", "micropython/net.py")]
    texts += [*pages, readme := (tmp_path / "micropython/README.md").read_text("utf-8")]
    assert [text for text in texts if f" {macs:,} multiply-adds a {per}" not in " ".join(text.split())] == []
    assert {(report.macs, report.macs_per) for report in (table.report, c.report, python.report)} == {(macs, per)}
    assert (time := cycles.average(target.load("uno"), "float32", macs)) is not None
    times = [one.milliseconds for one in table.budgets_of("uno") if one.numeric == "float32"]
    assert times == [float(f"{time[0]:.3g}") if steps is not None else None]
    assert f"| heap a {per} | about {60 * macs:,} bytes" in readme
    assert all(("for each independent sequence" in text) is kept for text in (texts[1], *pages[:2]))


EXAMPLE, SIZES = EXAMPLES / "basic_motions.keras", EXAMPLES.parent / "targets" / "budget"


def pieces_of(path: Path, board: str) -> tuple[str, ...]:
    settings = Settings(target=board, numeric="float32")
    generated = program(load(path, settings), plan(settings))
    return generated.pieces


def test_a_library_names_its_pieces_without_numbers(tmp_path: Path) -> None:
    """A helper is named once as a function, and once for each place in a layer that calls it."""
    import keras
    from keras import layers

    x = layers.LSTM(4)(start := keras.Input((4, 3)))
    keras.Model(start, layers.Dense(3, "tanh")(x)).save(path := tmp_path / "called.keras")
    pieces = pieces_of(path, "microbit")
    assert {"layer lstm", "layer dense", "helper tanh", "helper expm1", "product gemv_#", "frame float"} <= set(pieces)
    assert pieces.count("in helper tanh") == 3 and pieces.count("helper tanh") == 1
    assert pieces.count("call") == 2


@pytest.mark.parametrize("family", sorted(path.stem for path in SIZES.glob("*.toml")))
def test_the_pieces_of_the_usual_layers_are_known_by_name(family: str) -> None:
    """A file of sizes that was written under other names would estimate them by anything."""
    name = next(name for name in target.names() if target.load(name).family == family)
    costs = target.load(name).costs
    assert costs is not None and not costs.like
    assert set(pieces_of(EXAMPLE, name)) <= costs.code.keys()


def test_sizes_stay_small() -> None:
    """At most 300 pieces a family; no more is worth its reading."""
    for path in SIZES.glob("*.toml"):
        assert len(tomllib.loads(path.read_text("utf-8"))["code"]) <= 300, path.name
