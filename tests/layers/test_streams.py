"""Models built with Keras, as causal streams and in windows, beside what Keras computes of the frames that came."""

from pathlib import Path

import pytest

from gatesmith import passes
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.passes.fuse import fuse

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")

WINDOW = 20


@pytest.mark.parametrize("carry", [False, True], ids=["frames", "cell"])
@pytest.mark.parametrize("hop", [1, 2, 4, 6])
def test_windows_begin_where_frames_do(hop: int, carry: bool, tmp_path: Path) -> None:
    """Frames of three steps are those of windows at every third step only: put out, or led through a cell."""
    given = keras.Input((WINDOW, 2))
    x = keras.layers.Conv1D(2, 3, 3)(given)
    model = keras.Model(given, keras.layers.LSTM(2)(x) if carry else x)
    model.save(tmp_path / "odd.keras")
    graph = fuse(load(tmp_path / "odd.keras", Settings()).graph)
    if hop % 3 == 0:
        passes.compile_graph(graph, None, stream=True, hop=hop, carry=carry)
        return
    with pytest.raises(passes.StreamError) as error:
        passes.compile_graph(graph, None, stream=True, hop=hop, carry=carry)
    assert error.value.why == "it has a frame for every 3 steps"


def test_a_sequence_of_open_length_beside_an_input_without_axes(tmp_path: Path) -> None:
    """Found by the fuzzer: an IndexError."""
    frames, word = keras.Input((None, 3)), keras.Input((), dtype="int32")
    outputs = [keras.layers.MaxPooling1D()(frames), keras.layers.Embedding(9, 5)(word)]
    keras.Model([frames, word], outputs).save(tmp_path / "m.keras")
    with pytest.raises(UnsupportedError, match="length is not fixed"):
        passes.compile_graph(fuse(load(tmp_path / "m.keras", Settings()).graph))
