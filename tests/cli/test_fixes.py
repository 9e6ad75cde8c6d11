"""Mistakes that people make with files, data and boards, and the fix that each is told."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.data import datasets
from gatesmith.importers.reading import fitted, load

MODEL = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"


def fix_of(path: Path, weights: Path | None = None) -> str:
    with pytest.raises(GatesmithError) as refused:
        load(path, Settings(weights=weights))
    return f"{refused.value.what} | {' | '.join(refused.value.fix)}"


def test_folders_and_addresses(tmp_path: Path) -> None:
    shutil.copy(MODEL, tmp_path / "net.keras")
    assert f"name the model in it: {tmp_path / 'net.keras'}" in fix_of(tmp_path)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"")
    assert f"{tmp_path / 'net.keras'} or {tmp_path / 'saved'}" in fix_of(tmp_path)
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / "cp-0004.ckpt.index").write_bytes(b"")
    told = fix_of(tmp_path / "points")
    assert "a checkpoint of TensorFlow" in told and f"load_weights('{tmp_path / 'points' / 'cp-0004.ckpt'}')" in told
    for address in ("https://example.org/net.keras", "hf://me/net.keras"):
        assert "a web address: download the file" in fix_of(Path(address))
    with pytest.raises(GatesmithError, match="no such file") as refused:
        datasets.whole(Path("https://example.org/x.npz"), load(MODEL, Settings()).graph)
    assert "web address" in refused.value.fix[0]


def test_weights_are_named_as_the_option(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save_weights(tmp_path / "w.weights.h5")
    (tmp_path / "model.json").write_text(model.to_json())
    assert f"model.json --weights {tmp_path / 'w.weights.h5'}" in fix_of(tmp_path / "w.weights.h5")
    assert "--weights W.h5" in fix_of(tmp_path / "model.json")
    assert "leave out --weights" in fix_of(MODEL, tmp_path / "w.weights.h5")
    assert load(tmp_path / "model.json", Settings(weights=tmp_path / "w.weights.h5")).graph.outputs


def test_data_of_another_shape_or_with_gaps(tmp_path: Path) -> None:
    model = load(MODEL, Settings())
    steps, features = model.graph.shape(model.graph.inputs[0].tensor)
    assert features is not None
    for shape, words in (
        ((2, steps or 20, features - 1), f"axis 2 is the features: give the {features} of the training"),
        ((2, 3, 4, 5), f"bring it to the shape (samples, {steps or 'steps'}, {features})"),
    ):
        with pytest.raises(GatesmithError) as refused:
            fitted(model, [np.zeros(shape, np.float32)])
        assert words in " ".join(refused.value.fix)
    np.save(tmp_path / "x.npy", np.full((2, steps or 20, features), np.nan))
    with pytest.raises(GatesmithError, match="not finite") as gaps:
        datasets.whole(tmp_path / "x.npy", model.graph)
    line = gaps.value.fix[0].split("out: ")[1].split(", and")[0]
    x = np.ones((4, 3, 2))
    x[1, 2, 0] = np.nan
    assert len(eval(line, {"np": np, "x": x})) == 3, "the line of NumPy does what it says"
