"""Who judges: the Keras that reads the file faithfully, else the reference with the semantics of the file's version.

Keras runs in a process of its own: TensorFlow's messages, threads and memory stay there. ``python -m gatesmith.oracle``
is that process.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .graph import Array, Graph
from .keras import archive
from .keras.spec import LayerSpec, ModelSpec, Reading
from .reference import Reference

TIMEOUT = 300.0
JUDGES = {"Keras 3": "keras", "tf.keras 2": "tf_keras"}
"""Generation of the file -> the installed package that means the same by it."""


@dataclass(frozen=True)
class Judgement:
    """What the outputs must be.

    Args:
        outputs: (samples, ...) for each output.
        oracle: who said so: ``Keras 3.15.1``, or ``reference, float64, Keras 1 semantics (why not Keras)``.
    """

    outputs: list[Array]
    oracle: str


def judge(reading: Reading, graph: Graph, inputs: Sequence[Array], path: Path | None) -> Judgement:
    """The right outputs for inputs, samples first, states zero before each sample."""
    reason = _unfaithful(reading, path)
    if not reason:
        assert path is not None
        try:
            package = JUDGES[reading.source.generation]
            return _ask(package, path, reading.source.format, reading.source.sha256, inputs, len(graph.outputs))
        except _KerasError as failed:
            reason = str(failed)
    generation = reading.source.generation
    return Judgement(Reference(graph).run(inputs), f"reference, float64, {generation} semantics ({reason})")


class _KerasError(Exception):
    pass


def _unfaithful(reading: Reading, path: Path | None) -> str:
    """Why no installed Keras can judge; empty if one can."""
    package = JUDGES.get(reading.source.generation)
    if path is None:
        return "no single file holds the model"
    if package is None:
        return "no Keras of today reads such files faithfully"
    if reading.source.format not in ("keras-zip", "hdf5"):
        return f"Keras does not load {reading.source.format}"
    if find_spec(package) is None or find_spec("tensorflow") is None:
        return f"{package} is not installed"
    if any(spec.config.get("stateful") for spec in _specs(reading.model)):
        return "a stateful model keeps its batch size"
    if foreign := _foreign(archive.read(path).config):
        return f"the file names {foreign}, which Keras would import"
    return ""


def _foreign(config: Any) -> str:
    """Something in a configuration that Keras would look up outside itself; empty if there is nothing."""
    if isinstance(config, Mapping):
        module = config.get("module")
        if module is not None and str(module).partition(".")[0] not in ("keras", "tf_keras", "builtins"):
            return f"module {str(module)[:60]!r}"
        if config.get("class_name") in ("__lambda__", "Lambda"):
            return "a lambda"
        return next(filter(None, map(_foreign, config.values())), "")
    if isinstance(config, (list, tuple)):
        return next(filter(None, map(_foreign, config)), "")
    return ""


def _specs(model: ModelSpec) -> list[LayerSpec]:
    found: list[LayerSpec] = []
    pending: list[LayerSpec | ModelSpec] = list(model.layers.values())
    while pending:
        spec = pending.pop()
        if isinstance(spec, ModelSpec):
            pending += spec.layers.values()
        else:
            found.append(spec)
            pending += spec.inner
    return found


def _ask(package: str, path: Path, kind: str, sha256: str, inputs: Sequence[Array], outputs: int) -> Judgement:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory(prefix="gatesmith-") as folder:
        given, told = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, *inputs)
        # Keras goes by the extension; the copy is the very file that was checked.
        copy = Path(folder) / ("model.keras" if kind == "keras-zip" else "model.h5")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _KerasError("the file has changed since it was read")
        copy.write_bytes(content)
        command = [sys.executable, "-m", "gatesmith.oracle", package, str(copy), str(given), str(told)]
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _KerasError(f"{package} took longer than {TIMEOUT:g} s") from error
        if done.returncode or not told.is_file():
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise _KerasError(f"{package} cannot load or run it: {lines[-1][:160] if lines else 'no message'}")
        with np.load(told) as data:
            arrays = [data[f"out_{index}"] for index in range(outputs)]
            name = str(data["name"])
    return Judgement(arrays, name)


def _main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    for name in ("package", "model", "given", "told"):
        parser.add_argument(name)
    args = parser.parse_args(arguments)
    keras: Any = import_module(args.package)
    model = keras.models.load_model(args.model, compile=False)
    with np.load(args.given) as data:
        inputs = [data[key] for key in data.files]
    results = _predict(model, inputs)
    label = "Keras" if args.package == "keras" else "tf_keras"
    arrays: dict[str, Any] = {f"out_{i}": y for i, y in enumerate(results)}
    np.savez(args.told, name=np.array(f"{label} {keras.__version__}"), **arrays)


def _predict(model: Any, inputs: Sequence[Array]) -> list[Array]:
    """Call the model, in batches of its own size where it insists on one. Not ``predict``: it trips over odd names."""
    fixed = model.inputs[0].shape[0]
    size = int(fixed) if fixed else 256
    total = len(inputs[0])
    chunks: list[list[Array]] = []
    for start in range(0, total, size):
        batch = [x[start : start + size] for x in inputs]
        missing = size - len(batch[0]) if fixed else 0
        padded = [np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) for x in batch]
        answer = model(padded if len(padded) > 1 else padded[0], training=False)
        parts = (
            list(answer.values())
            if isinstance(answer, dict)
            else answer
            if isinstance(answer, (list, tuple))
            else [answer]
        )
        chunks.append([np.asarray(y)[: len(batch[0])] for y in parts])
    return [np.concatenate(parts) for parts in zip(*chunks, strict=True)]


if __name__ == "__main__":
    _main()
