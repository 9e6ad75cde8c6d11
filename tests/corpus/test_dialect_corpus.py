"""Other people's files of every generation: all are read or refused by name, and the weights mean what they should.

The meaning is checked with a forward pass written here from the formulas, apart from everything else in the project,
for the models that are a row of plain and recurrent layers.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz.here import parsed_here

from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.importers.keras import read
from gatesmith.importers.keras.dialect.spec import LayerSpec, ModelSpec

CORPUS = os.environ.get("GATESMITH_CORPUS", "")
NO_MODEL = (".tflite", ".rtneural.json")
LATER = ("onv", "ooling", "Padding1D", "LocallyConnected1D")
"""Parts of the class names that come with a later version."""
CHAOTIC = {"k2_textgenrnn_cudnn": 3}
"""Float32 noise grows from step to step (float32 and float64 of one formula differ by 1e-2): steps compared."""

RECURRENT = ("LSTM", "GRU", "SimpleRNN")
PLAIN = (
    "InputLayer",
    "Identity",
    "Activation",
    "Dense",
    "Embedding",
    "Bidirectional",
    "TimeDistributed",
    "RepeatVector",
)


def entries() -> list[Any]:
    if not CORPUS:
        reason = "GATESMITH_CORPUS is not set: no model files to read"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="no-corpus")]
    index = json.loads(Path(CORPUS, "INDEX.json").read_text(encoding="utf-8"))
    return [pytest.param(entry, id=entry["id"]) for entry in index["entries"]]


def read_entry(entry: dict[str, Any]) -> Any:
    files = [Path(CORPUS, file["path"]) for file in entry["files"] if not file["path"].endswith(NO_MODEL)]
    for architecture in files:
        if architecture.suffix == ".json":
            (weights,) = (file for file in files if file != architecture)
            return read(architecture, weights=weights)
    return read(files[0])


def cell(spec: LayerSpec, x: np.ndarray, state: list[np.ndarray]) -> list[np.ndarray]:
    w, u = spec.weights["kernel"], spec.weights["recurrent_kernel"]
    b = spec.weights.get("bias", np.zeros(w.shape[1]))
    f = spec.config["activation"]
    if spec.class_name == "SimpleRNN":
        return [f(x @ w + state[0] @ u + b)]
    s, h = spec.config["recurrent_activation"], state[0]
    if spec.class_name == "LSTM":
        i, forget, c, o = np.split(x @ w + h @ u + b, 4, axis=1)
        carry = s(forget) * state[1] + s(i) * f(c)
        return [s(o) * f(carry), carry]
    n = spec.config["units"]
    if spec.config["reset_after"]:
        b = b if b.ndim == 2 else np.zeros((2, 3 * n))
        given, kept = x @ w + b[0], h @ u + b[1]
        z, r = s(given[:, :n] + kept[:, :n]), s(given[:, n : 2 * n] + kept[:, n : 2 * n])
        new = f(given[:, 2 * n :] + r * kept[:, 2 * n :])
    else:
        given = x @ w + b
        z, r = s(given[:, :n] + h @ u[:, :n]), s(given[:, n : 2 * n] + h @ u[:, n : 2 * n])
        new = f(given[:, 2 * n :] + (r * h) @ u[:, 2 * n :])
    return [z * h + (1 - z) * new]


def run(spec: LayerSpec, x: np.ndarray, memory: dict[str, list[np.ndarray]]) -> np.ndarray:
    if spec.class_name in RECURRENT:
        zero = [np.zeros((len(x), spec.config["units"])) for _ in range(1 + (spec.class_name == "LSTM"))]
        state = memory.get(spec.name, zero) if spec.config["stateful"] else zero
        steps = []
        for t in range(x.shape[1])[:: -1 if spec.config["go_backwards"] else 1]:
            state = cell(spec, x[:, t], state)
            steps.append(state[0])
        memory[spec.name] = state
        return np.stack(steps, axis=1) if spec.config["return_sequences"] else steps[-1]
    if spec.class_name == "Bidirectional":
        ahead, back = (run(half, x, memory) for half in spec.inner if isinstance(half, LayerSpec))
        back = back[:, ::-1] if spec.config["return_sequences"] else back
        mode = spec.config["merge_mode"]
        if mode == "concat":
            return np.concatenate([ahead, back], axis=-1)
        return {"sum": ahead + back, "mul": ahead * back, "ave": (ahead + back) / 2}[mode]
    if spec.class_name == "TimeDistributed":
        (inner,) = spec.inner
        assert isinstance(inner, LayerSpec)
        return run(inner, x, memory)
    if spec.class_name == "Dense":
        return spec.config["activation"](x @ spec.weights["kernel"] + spec.weights.get("bias", 0.0))
    if spec.class_name == "Embedding":
        return spec.weights["embeddings"][x.astype(int)].astype(float)
    if spec.class_name == "RepeatVector":
        return np.repeat(x[:, None], spec.config["n"], axis=1)
    return spec.config["activation"](x) if spec.class_name == "Activation" else x


def _known(spec: LayerSpec | ModelSpec) -> bool:
    known = isinstance(spec, LayerSpec) and spec.class_name in RECURRENT + PLAIN
    return known and all(map(_known, spec.inner if isinstance(spec, LayerSpec) else ()))


def is_row(model: ModelSpec) -> bool:
    """A model whose every layer is one of the kinds above, called once, one after the other."""
    plain = all(_known(spec) for spec in model.layers.values())
    single = all(len(call.inputs) == 1 and not call.initial_state for call in model.calls)
    called = {call.inputs[0] for call in model.calls}
    return plain and single and len(model.inputs) == len(model.outputs) == 1 and len(called) == len(model.calls)


@pytest.mark.parametrize("entry", entries())
def test_read_or_refused_by_name(entry: dict[str, Any]) -> None:
    bad = entry["id"].startswith("bad_")
    try:
        with parsed_here(not bad):  # test_archive_corpus.py has the reader's process do it
            reading = read_entry(entry)
    except GatesmithError as error:
        assert error.what
        assert "m.h5" not in error.where
        if not bad and entry["expected"].startswith("import") and "reject" not in entry["expected"]:
            assert isinstance(error, UnsupportedError)
            assert any(word in error.what for word in LATER), error.what
            assert "later version" in error.what
        return
    assert not bad
    assert reading.source.weights_id
    for spec in reading.model.layers.values():
        for part in getattr(spec, "gates", ()):
            np.testing.assert_array_equal(eval(part.code, {"a": part.array.data}).astype("float32"), part.data)


@pytest.mark.parametrize("entry", entries())
def test_meaning(entry: dict[str, Any]) -> None:
    if "io" not in entry:
        pytest.skip("no vectors")
    try:
        with parsed_here(not entry["id"].startswith("bad_")):
            reading = read_entry(entry)
    except GatesmithError as error:
        pytest.skip(f"refused: {error.what}")
    model = reading.model
    vectors = np.load(Path(CORPUS, entry["io"]["npz"]))
    if entry["id"] in CHAOTIC:
        return check_steps(model, vectors["in_0"], vectors["out_0"], CHAOTIC[entry["id"]])
    if not is_row(model):
        pytest.skip("not a row of the layers that this test computes")
    memory: dict[str, list[np.ndarray]] = {}
    calls = entry["io"].get("stateful_calls")
    batches = list(vectors["in_0"]) if calls else [vectors["in_0"]]
    results = []
    for batch in batches:
        x = batch.astype(float)
        for call in model.calls:
            spec = model.layers[call.layer]
            assert isinstance(spec, LayerSpec)
            x = run(spec, x, memory)
        results.append(x)
    got, wanted = np.stack(results) if calls else results[0], vectors["out_0"]
    assert np.abs(got - wanted).max() <= entry["tolerance"]["tol"] * max(1, np.abs(wanted).max())
    return None


def check_steps(model: ModelSpec, x: np.ndarray, wanted: np.ndarray, steps: int) -> None:
    """textgenrnn: embedding, LSTM, LSTM, all three side by side."""
    parts: list[np.ndarray] = [x]
    for name in ("embedding", "rnn_1", "rnn_2"):
        spec = model.layers[name]
        assert isinstance(spec, LayerSpec)
        parts.append(run(spec, parts[-1], {}))
    got = np.concatenate(parts[1:], axis=-1)
    np.testing.assert_allclose(got[:, :steps], wanted[:, :steps], atol=2e-5)
