"""``--custom FILE.py``: files with custom classes, compared with Keras; what of a file is never run."""

import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz.here import commanded

import gatesmith
from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.live import custom

MODULE = """
import PACKAGE as keras

class Block(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units, self.dense, self.norm = units, keras.layers.Dense(units), keras.layers.LayerNormalization()

    def call(self, x):
        return self.norm(x + self.dense(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}

@keras.saving.register_keras_serializable("mine")
class Scale(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="random_normal", name="scale")

    def call(self, x):
        return self.scale * x

def leak(x):
    return x * 0.5 + abs(x) * 0.5

custom_objects = {"Block": Block, "Scale": Scale, "leak": leak}
"""
X = np.random.default_rng(3).normal(size=(5, 6, 4)).astype(np.float32)


def written(folder: Path, package: str) -> Any:
    """The module's file, and the module."""
    path = folder / f"{package}_mine.py"
    path.write_text(MODULE.replace("PACKAGE", package), "utf-8")
    return path, custom.module_of(path)


@pytest.mark.parametrize("package, suffix", [("keras", ".keras"), ("keras", ".h5"), ("tf_keras", ".h5")])
def test_a_file_with_custom_classes(tmp_path: Path, package: str, suffix: str) -> None:
    path, mine = written(tmp_path, package)
    k = mine.keras
    last = k.layers.Dense(2, activation=mine.leak if package == "keras" else "tanh")
    model = k.Sequential([k.Input((6, 4)), mine.Block(4), mine.Scale(), k.layers.LSTM(3), last])
    file = tmp_path / f"m{suffix}"
    model.save(str(file))
    with pytest.raises(GatesmithError, match=r"(?s)layer .*custom=\"FILE.py\""):
        gatesmith.convert(file)
    artifact = gatesmith.convert(file, custom=path)
    assert np.abs(np.asarray(artifact.predict(X)) - np.asarray(model(X))).max() < 1e-5
    done = artifact.validate(X, measure=False)
    assert done.passed and "keras" in done.result.report.oracle.lower() and "reference" not in done.result.report.oracle
    broken = tmp_path / "broken.py"
    broken.write_text(path.read_text("utf-8").replace("return self.norm(", "raise ValueError('no norm')  # "), "utf-8")
    with pytest.raises(GatesmithError, match=r"(?s)cannot load this file.*no norm") as caught:
        gatesmith.convert(file, custom=broken)
    assert "\x1b" not in str(caught.value)


def test_a_module_beside_it_that_changes_asks_keras_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras said is kept by the model that it was asked, which follows from all code, not by two files."""
    mine, beside, words = tmp_path / "gains.py", tmp_path / "gain_of.py", ["--custom", str(tmp_path / "gains.py")]
    np.save(tmp_path / "x.npy", X[:, 0])
    mine.write_text(
        "import keras, gain_of\nclass Gain(keras.layers.Layer):\n    def call(self, x): return gain_of.G * x", "utf-8"
    )
    for gain in (2.0, 3.25):
        beside.write_text(f"G = {gain}", "utf-8")
        for cached in (custom._load, custom._module):
            cached.cache_clear()
        for name in ("gain_of", "gatesmith_custom_gains"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        gains = custom.module_of(mine)
        gains.keras.Sequential([gains.keras.Input((4,)), gains.Gain()]).save(str(tmp_path / "m.keras"))
        if gain == 2.0:
            first = (tmp_path / "m.keras").read_bytes()
        (tmp_path / "m.keras").write_bytes(first)
        code, out, err = commanded(["validate", str(tmp_path / "m.keras"), *words, "--input", str(tmp_path / "x.npy")])
        assert code == 0, out + err


WEIGHED = """
from PACKAGE.layers import Layer
from PACKAGE import backend as K
class Weighed(Layer):
    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], 1), initializer="random_normal")
    def call(self, x):
        y = K.sum(x * K.expand_dims(K.softmax(K.squeeze(K.tanh(K.dot(x, self.w)), axis=-1))), axis=1)
        spread = K.sqrt(K.mean(K.square(x), 1) - K.square(K.mean(x, 1)) - 0.01)  # 0 of what is below 0
        return K.concatenate([K.relu(y, alpha=0.1), K.hard_sigmoid(y), spread])
"""


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("wording", ["tensorflow.keras", "keras", ""])
def test_a_layer_in_words_of_the_backend(tmp_path: Path, wording: str) -> None:
    """No ``custom_objects``; in the process of a Keras 2 file, ``keras`` and ``tensorflow.keras`` are Keras 2 too."""
    usual, paths = "tf_keras" if wording else "tensorflow.keras", (tmp_path / "here.py", tmp_path / "there.py")
    for path, package in zip(paths, (usual, wording or usual), strict=True):
        path.write_text(WEIGHED.replace("PACKAGE", package), "utf-8")
    (weighed,) = custom.module_of(paths[0]).custom_objects.values()
    k = pytest.importorskip(usual.removeprefix("tensorflow."))
    model = k.Sequential([k.Input((6, 4)), k.layers.LSTM(3, return_sequences=True), weighed()])
    model.save(str(tmp_path / "m.h5"))
    artifact, wanted = gatesmith.convert(tmp_path / "m.h5", custom=paths[1]), np.asarray(model(X))
    assert (wanted[:, 6:] == 0).any() and (wanted[:, 6:] > 0).any()
    assert np.abs(np.asarray(artifact.predict(X)) - wanted).max() < 1e-5


def test_what_a_file_names_is_never_imported(tmp_path: Path) -> None:
    """A module that the file names beside that of ``--custom``, and a Lambda: refused before Keras sees the file."""
    path, mine = written(tmp_path, "keras")
    k, mark = mine.keras, tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')", "utf-8")
    file = tmp_path / "m.keras"
    k.Sequential([k.Input((6, 4)), mine.Scale()]).save(str(file))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for registered in (None, "Evil", "mine>Evil"):
        config = json.loads(parts["config.json"])
        config["config"]["layers"][1] |= {"module": "evil", "class_name": "Evil", "registered_name": registered}
        bad = tmp_path / "bad.keras"
        with zipfile.ZipFile(bad, "w") as archive:
            for name, data in {**parts, "config.json": json.dumps(config)}.items():
                archive.writestr(name, data)
        custom._load.cache_clear()
        code, _, err = commanded(["inspect", str(bad), "--custom", str(path)])
        assert code == 3 and "the file names" in err and "'evil'" in err and not mark.exists(), err
    k.Sequential([k.Input((6, 4)), k.layers.Lambda(lambda x: x, name="run"), mine.Scale()]).save(str(file))
    custom._load.cache_clear()
    code, _, err = commanded(["inspect", str(file), "--custom", str(path)])
    assert code == 3 and 'layer "run" is a Lambda: its code in the file is not run' in err


def test_a_project_file_needs_trust_to_name_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("open('ran', 'w')\ncustom_objects = {}", "utf-8")
    (tmp_path / "gatesmith.toml").write_text('model = "m.keras"\ncustom = "mine.py"\n', "utf-8")
    (tmp_path / "m.keras").write_bytes(Path(__file__).parents[2].joinpath("examples/motion_stream.keras").read_bytes())
    code, _, err = commanded(["generate", "-o", "out"])
    assert code != 0 and "runs the Python file" in err and not (tmp_path / "ran").exists(), err
    assert commanded(["trust", "--yes"])[0] == 0
    assert commanded(["generate", "-o", "out"])[0] == 0 and (tmp_path / "ran").exists()


def test_a_module_that_cannot_be_used(tmp_path: Path) -> None:
    for name, text, words in (
        ("empty", "", "has no custom_objects"),
        ("broken", "x = 1\nraise ValueError('no')", "broken.py, line 2.*ValueError: no"),
    ):
        path = tmp_path / f"{name}.py"
        path.write_text(text, "utf-8")
        with pytest.raises(GatesmithError) as caught:
            custom.module_of(path)
        assert re.search(words, str(caught.value), re.DOTALL)
    code, _, err = commanded(["inspect", "examples/japanese_vowels.keras", "--custom", str(tmp_path / "no.py")])
    assert code == 2 and "there is no such file" in " ".join(err.split())
