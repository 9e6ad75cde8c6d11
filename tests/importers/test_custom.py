"""``--custom FILE.py``: files with custom classes, compared with Keras; what of a file is never run.

``--lambda``: expressions against what Keras computes by the Lambda's own code; refusals; nothing of a file runs.
"""

import json
import re
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from archive_files import edited
from fuzz.here import commanded

import gatesmith
from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.live import custom
from gatesmith.oracle.reference import Reference

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

class Distilled(keras.Model):
    def train_step(self, data):
        raise NotImplementedError

class Chain(keras.Sequential):
    train_step = Distilled.train_step

def leak(x):
    return x * 0.5 + abs(x) * 0.5

custom_objects = {"Block": Block, "Scale": Scale, "leak": leak, "Distilled": Distilled, "Chain": Chain}
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
    model.compile(loss=k.losses.BinaryCrossentropy(from_logits=True))
    file = tmp_path / f"m{suffix}"
    model.save(str(file))
    with pytest.raises(GatesmithError, match=r"(?s)layer .*Python code is not in the file.*custom=\"FILE.py\""):
        gatesmith.convert(file)
    artifact = gatesmith.convert(file, custom=path)
    assert np.abs(np.asarray(artifact.predict(X)) - np.asarray(model(X))).max() < 1e-5
    done = artifact.validate(X, np.ones((5, 2)), measure=False)
    assert done.accuracy is not None, "the file that Keras saves says as this one that outputs are logits"
    assert done.passed and "keras" in done.result.report.oracle.lower() and "reference" not in done.result.report.oracle
    broken = tmp_path / "broken.py"
    broken.write_text(path.read_text("utf-8").replace("return self.norm(", "raise ValueError('no norm')  # "), "utf-8")
    with pytest.raises(GatesmithError, match=r"(?s)cannot load this file.*no norm") as caught:
        gatesmith.convert(file, custom=broken)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("package, suffix", [("keras", ".keras"), ("keras", ".h5"), ("tf_keras", ".h5")])
def test_models_of_the_users_class_that_only_train_in_their_own_way(tmp_path: Path, package: str, suffix: str) -> None:
    path, mine = written(tmp_path, package)
    layers, x = mine.keras.layers, mine.keras.Input((6, 4))
    inner = mine.Chain([mine.keras.Input((6, 4)), layers.Masking(), layers.LSTM(5, return_sequences=True)])
    model = mine.Distilled(x, layers.Dense(2)(layers.GRU(3)(inner(x))))
    right, file = np.asarray(model(X)), tmp_path / f"m{suffix}"
    model.save(str(file))
    assert np.abs(np.asarray(gatesmith.convert(model).predict(X)) - right).max() < 1e-5
    with pytest.raises(GatesmithError, match=r"(?s)'Distilled': a subclassed model.*custom=\"FILE.py\""):
        gatesmith.convert(file)
    assert np.abs(np.asarray(gatesmith.convert(file, custom=path).predict(X)) - right).max() < 1e-5


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


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_class_of_a_script_is_not_keras_s_of_the_same_name(package: str, tmp_path: Path) -> None:
    """Keras writes no module for ``__main__``. Keras's StochasticDepth has no other option than its rate."""
    k = import_module(package)
    words = {"__module__": "__main__", "get_config": lambda self: {"name": self.name, "survival": 0.5}}
    scale = type("StochasticDepth", (k.layers.Layer,), {**words, "call": lambda self, x: x * 0.5})
    for file, message in ("m.keras", "is custom code"), ("m.h5", "has survival=0.5"):
        k.Sequential([k.Input((3,)), scale()]).save(tmp_path / file)
        with pytest.raises(GatesmithError, match=message):
            gatesmith.convert(tmp_path / file)


def test_what_a_file_names_is_never_imported(tmp_path: Path) -> None:
    """A module that the file names beside that of ``--custom``, and a Lambda: refused before Keras sees the file."""
    path, mine = written(tmp_path, "keras")
    k, mark = mine.keras, tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')", "utf-8")
    file = tmp_path / "m.keras"
    k.Sequential([k.Input((6, 4)), mine.Scale()]).save(str(file))
    for registered in (None, "Evil", "mine>Evil"):
        evil = {"module": "evil", "class_name": "Evil", "registered_name": registered}
        with edited(file, bad := tmp_path / "bad.keras") as parts:
            parts["config.json"]["config"]["layers"][1] |= evil
        custom._load.cache_clear()
        code, _, err = commanded(["inspect", str(bad), "--custom", str(path)])
        assert code == 3 and "the file names" in err and "'evil'" in err and not mark.exists(), err
    k.Sequential([k.Input((6, 4)), k.layers.Lambda(lambda x: x, name="run"), mine.Scale()]).save(str(file))
    custom._load.cache_clear()
    code, _, err = commanded(["inspect", str(file), "--custom", str(path)])
    assert code == 3 and 'layer "run" is a Lambda: its code in the file is not run' in err


def test_a_project_file_needs_trust_to_name_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
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


RNG = np.random.default_rng(5)
K = SimpleNamespace()
"""Operations of the Keras at hand. Global: a Lambda's code is saved with its closure."""
SHAPE = (6, 4)


def kerases() -> list[tuple[Any, Any]]:
    import keras
    import tf_keras

    return [(keras, keras.ops), (tf_keras, tf_keras.backend)]


def functions() -> dict[str, tuple[Any, str]]:
    """Lambdas as people write them, and what is said of each."""
    return {
        "double": (lambda x: x * 2 - 1, "x*2-1"),
        "image": (lambda x: x / 255 - 0.5, "lambda x: x/255-.5"),
        "squeeze": (lambda y: K.squeeze(y[:, :, :1], 2), "squeeze(y[:, :, :1], 2)"),
        "last": (lambda q: q[:, -1], "q[:, -1]"),
        "mean": (lambda x: K.expand_dims(K.mean(x, axis=1), -1), "K.expand_dims(K.mean(x, axis=1), -1)"),
        "clip": (lambda x: K.clip(K.abs(x), 0.1, 0.5) ** 2, "K.clip(tf.abs(x), 0.1, 0.5)**2"),
        "cast": (lambda x: K.cast(x > 0.2, "float32") * 3, 'cast(x > 0.2, "float32") * 3'),
        "odd": (lambda x: 1 / (2 + x[:, ::2, 1:3] ** 2), "1 / (2 + x[:, ::2, 1:3] ** 2)"),
        "norm": (lambda x: x - K.max(x, axis=-1, keepdims=True), "x - tf.reduce_max(x, -1, keepdims=True)"),
    }


def saved(k: Any, path: Path, name: str, function: Any, **options: Any) -> Any:
    model = k.Sequential([k.Input(SHAPE), k.layers.Lambda(function, name=name, **options)])
    model.save(str(path))
    return model


def computed(path: Path, x: Any, **lambdas: str) -> Any:
    """The reference's answer, with expressions by the names of their layers."""
    return Reference(gatesmith.load(path, lambdas=tuple(map("=".join, lambdas.items())))).run([x])[0]


def test_expressions_compute_what_the_lambda_does(tmp_path: Path) -> None:
    x = RNG.normal(size=(5, *SHAPE)).astype(np.float32)
    for k, operations in kerases():
        K.__dict__.update(
            {name: getattr(operations, name) for name in "squeeze mean expand_dims clip abs cast max".split()}
        )
        for name, (function, text) in functions().items():
            path = tmp_path / f"{name}{'.keras' if k.__name__ == 'keras' else '.h5'}"
            right = np.asarray(saved(k, path, name, function)(x))
            answer = computed(path, x, **{name: text})
            assert answer.shape == right.shape and np.abs(answer - right).max() < 1e-6, (k.__name__, path.name)
        path = tmp_path / "arguments.keras"
        right = np.asarray(saved(k, path, "scale", lambda x, by: x * by, arguments={"by": 3.0})(x))
        assert np.abs(computed(path, x, scale="x * by") - right).max() < 1e-6
        gelu = {"gelu(x)": False, "keras.activations.gelu(x)": False, "ops.gelu(x)": True, "jax.nn.gelu(x)": True}
        for text, approximate in {**gelu, "ops.gelu(x, False)": False, "tf.nn.gelu(x, True)": True}.items():
            right = np.asarray(kerases()[0][1].gelu(x, approximate=approximate))
            assert np.abs(computed(path, x, scale=text) - right).max() < 1e-6, text
        a = k.Input((4,))
        sampling = k.layers.Lambda(lambda z: z[0] + 0 * z[1], name="z")([k.layers.Dense(2)(a), k.layers.Dense(2)(a)])
        model = k.Model(a, sampling)
        model.save(str(tmp_path / "vae.keras"))
        answer = gatesmith.convert(tmp_path / "vae.keras", lambdas={"z": "x[0]"}).predict(x[:, 0])
        assert np.abs(np.asarray(answer) - np.asarray(model(x[:, 0]))).max() < 1e-6
        both = computed(tmp_path / "vae.keras", x[:, 0], z="concatenate([x[0], x[1]])")
        assert np.abs(both[:, :2] - np.asarray(answer)).max() < 1e-6


def test_what_is_no_expression_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    k, _ = kerases()[0]
    saved(k, path, "scale", lambda x: x / 127.5 - 1)
    for text, words in {
        "x +": "is no expression",
        "foo(x)": "calls foo, which is not in the grammar",
        "x * y": "has the names x, y",
        "__import__('os').system('true')": "has no name for the input",
        "x.__class__.__base__": "no name for the input",
        "[y for y in x]": "not in the grammar|has the names",
        "x if x > 0 else -x": "not in the grammar",
        "K.random_normal(x)": r'draws random numbers.*lambdas=\{"scale": "x\[0\]"\}',
        "mean(x, 1, False, 3)": "other arguments than x, axis, keepdims",
        "x[0]": "across the samples",
        "x[:, 9]": "position 9",
        "x[:, 0.5:]": "takes the slice 0.5:, whose ends are not whole numbers",
        "x[:, x:]": "whose ends are not whole numbers",
        "x * -'a'": "holds -'a', which is not in the grammar",
        f"x + {10**400}": "which no float32 can hold",
        "expand_dim(x, 1)": "did you mean expand_dims",
        "K.hard_sigmoid(x)": "calls hard_sigmoid, which is not in the grammar",
        "cast(x, 'text')": "is cast to 'text'.*float32, int32 or bool",
        "(" * 300 + "x" + ")" * 300: "is no expression",
    }.items():
        with pytest.raises(GatesmithError) as caught:
            gatesmith.convert(path, lambdas={"scale": text})
        assert re.search(words, str(caught.value), re.DOTALL), caught.value
    for option, words in (("scala=x", "did you mean scale"), ("scale", "is not NAME=EXPRESSION")):
        code, _, err = commanded(["inspect", str(path), "--lambda", option])
        assert code == 2 and words in err
    code, _, err = commanded(["inspect", str(path)])
    assert code == 3 and '--lambda scale="x / 127.5 - 1"' in err and re.search(r"mentions\s[^;]*127\.5", err), err
    code, out, _ = commanded(["inspect", str(path), "--lambda", "scale=x / 127.5 - 1"])
    note = r'layer "scale" is x / 127.5 - 1, as --lambda says; its code in the file mentions [^;]*127\.5'
    assert code == 0 and re.search(note, " ".join(out.split())), out


def test_code_in_the_file_never_runs(tmp_path: Path) -> None:
    """The Lambda's own code would write a file; a file cannot bring an expression of its own either."""
    mark = tmp_path / "ran"

    k, _ = kerases()[1]
    path = tmp_path / "m.h5"
    saved(k, path, "evil", lambda x, mark=str(mark): (Path(mark).touch(), x)[1])
    assert mark.exists()  # Keras calls it when the model is built
    mark.unlink()
    gatesmith.convert(path, lambdas={"evil": "x"}).validate(measure=False)
    assert not mark.exists()
    config = {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "i"}},
                {
                    "class_name": "Expression",
                    "config": {"name": "e", "expression": "x * 2", "told": "", "arguments": None},
                },
            ]
        },
        "keras_version": "3.15.1",
    }
    (tmp_path / "m.json").write_text(json.dumps(config))
    saved(k, path, "plain", lambda x: x)
    with pytest.raises(GatesmithError, match="not a layer that Gatesmith reads"):
        gatesmith.convert(tmp_path / "m.json", weights=path)
