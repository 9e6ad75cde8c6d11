"""Files whose meaning no file tells: refused with the option that tells it, and read as that says."""

from typing import Any

import numpy as np
import pytest
from dialect_files import archive, functional, layer, normal, recurrent, sequential, source

from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.importer import build
from gatesmith.oracle.reference import Reference

X = np.random.default_rng(5).normal(size=(2, 4, 3))
CELLS = [layer("SimpleRNNCell", units=units, name=name) for units, name in ((2, "a"), (3, "b"))]
STACK = layer("StackedRNNCells", cells=CELLS)
STACK_ARRAYS = [*recurrent("SimpleRNN", 3, 2, "r/a"), *recurrent("SimpleRNN", 2, 3, "r/b")]
GRU_ARRAYS = [("g/kernel:0", normal(3, 6)), ("g/recurrent_kernel:0", normal(2, 6))]


def graph(config: Any, version: str, by: str | None = None, **arrays: Any) -> Graph:
    return build(interpret(archive(config, arrays, version), Settings(written_by=by)))


def stacked(version: str, by: str | None = None) -> Graph:
    whole = functional(
        [(source("x", 4, 3), []), (layer("RNN", name="r", cell=STACK, return_state=True), [[["x", 0, 0, {}]]])],
        [["r", 0, output] for output in range(3)],
    )
    return graph(whole, version, by, r=STACK_ARRAYS)


def test_states_of_stacked_cells_whose_order_no_file_tells() -> None:
    with pytest.raises(UnsupportedError, match="does not tell in which order") as refusal:
        stacked("2.1.6-tf")
    assert "--written-by" in refusal.value.fix[0]
    last, first = (Reference(stacked("2.1.6-tf", by)).run([X]) for by in ("TensorFlow 1.10", "TensorFlow 1.12"))
    assert [y.shape[1] for y in last] == [3, 3, 2] and [y.shape[1] for y in first] == [3, 2, 3]
    for one, other in zip(last, (first[0], first[2], first[1]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_stacked_cells_under_a_mask_that_put_out_another_cell_s_state() -> None:
    whole = sequential(
        source("x", 4, 3), layer("Masking", name="m", mask_value=0.0), layer("RNN", name="r", cell=STACK)
    )
    with pytest.raises(UnsupportedError, match="first cell's state"):
        graph(whole, "2.2.4", r=STACK_ARRAYS)
    for version in ("2.2.2", "2.3.1", "2.15.0", "3.1.0"):
        graph(whole, version, r=STACK_ARRAYS)


def test_a_mask_inside_steps_whose_way_out_no_file_tells() -> None:
    words = layer("Embedding", input_dim=5, output_dim=3, mask_zero=True, name="words")
    whole = sequential(
        source("x", 4, 2),
        layer("TimeDistributed", name="t", layer=words),
        layer("TimeDistributed", name="u", layer=layer("GRU", units=2, use_bias=False, reset_after=False, name="g")),
    )
    arrays = {"t": [("t/embeddings:0", normal(5, 3))], "u": GRU_ARRAYS}
    with pytest.raises(UnsupportedError, match="does not tell what comes out"):
        graph(whole, "2.1.6-tf", **arrays)
    x = np.array([[[1, 2], [1, 0], [0, 0], [3, 4]]])
    unseen, through = (
        Reference(graph(whole, "2.1.6-tf", by, **arrays)).run([x])[0] for by in ("TensorFlow 1.9", "TensorFlow 1.12")
    )
    np.testing.assert_array_equal(unseen[:, [0, 3]], through[:, [0, 3]])
    assert (unseen[:, [1, 2]] != through[:, [1, 2]]).all()


@pytest.mark.parametrize("version", ["2.2.4", "2.2.4-tf", "2.15.0", "3.5.0"])
def test_a_gru_without_biases_that_does_not_say_its_form(version: str) -> None:
    whole = sequential(source("x", 4, 3), layer("GRU", name="g", units=2, use_bias=False))
    with pytest.raises(GatesmithError, match="does not say reset_after"):
        graph(whole, version, g=GRU_ARRAYS)


@pytest.mark.parametrize("version", ["1.2.2", "2.1.3", "2.1.3-tf"])
def test_a_gru_from_before_there_were_two_forms(version: str) -> None:
    config = {"output_dim": 2} if version.startswith("1") else {"units": 2, "use_bias": False}
    arrays = recurrent("GRU", 3, 2, "g") if version.startswith("1") else GRU_ARRAYS
    node = graph(sequential(source("x", 4, 3), layer("GRU", name="g", **config)), version, g=arrays).nodes[0]
    assert node.op.reset_after is False  # type: ignore[attr-defined]
