"""The lines of docs/gates.md that take gates out of a file of each version, against what Gatesmith reads."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doc_blocks import DOCS, furnish, program
from report_models import keras1_lstm, keras2_fused

import gatesmith


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("gates") / "place"
    furnish(place)
    keras1_lstm(place / "keras1_lstm.h5")
    keras2_fused(place / "keras2_lstm.h5", "LSTM")
    keras2_fused(place / "keras2_gru.h5", "GRU")
    keras2_fused(place / "cudnn_lstm.h5", "CuDNNLSTM")
    names: dict[str, Any] = {"place": place}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        exec(compile(program(DOCS / "gates.md"), "gates.md", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("name", "file", "layer"),
    [
        ("keras3", "model.keras", "lstm"),
        ("keras2", "keras2_lstm.h5", "rnn_1"),
        ("gru", "keras2_gru.h5", "rnn_1"),
        ("cudnn", "cudnn_lstm.h5", "rnn_1"),
        ("keras1", "keras1_lstm.h5", "lstm_1"),
    ],
)
def test_the_lines_of_the_page_give_the_gates(name: str, file: str, layer: str, printed: dict[str, Any]) -> None:
    place: Path = printed["place"]
    right = gatesmith.inspect(place / file).gates[layer]
    assert set(printed[name]) == set(right)
    for gate, (W, U, b) in printed[name].items():
        wanted = right[gate]
        np.testing.assert_array_equal(W, wanted.W)
        np.testing.assert_array_equal(U, wanted.U)
        if b.ndim == 2:
            np.testing.assert_array_equal(b[0], wanted.b_in)
            np.testing.assert_array_equal(b[1], wanted.b_rec)
        elif wanted.b is not None:
            np.testing.assert_array_equal(b, wanted.b)
        else:
            np.testing.assert_array_equal(b, wanted.b_in + wanted.b_rec)
