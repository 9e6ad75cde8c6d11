"""``--lambda``: expressions against what Keras computes by the Lambda's own code; refusals; nothing of a file runs."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fuzz.here import commanded

import gatesmith
from gatesmith.core.errors import GatesmithError
from gatesmith.oracle.reference import Reference

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
