"""The judge of outputs: the Keras that reads the file faithfully, else the reference with the file's semantics.

Keras runs in a child process, which confines TensorFlow's messages, threads and memory:
``python -m gatesmith.oracle.judge``.
"""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import GatesmithError
from ..core.graph import Array, Graph
from ..files.scratch import scratch
from ..files.store import Store, digest
from ..importers.keras.containers import archive
from ..importers.keras.containers._wire import WEIGHTS, path_parts
from ..importers.keras.containers.stored import Archive
from ..importers.keras.dialect import generations
from ..importers.keras.dialect.config import Writer, parts
from ..importers.keras.dialect.interpret import interpret
from ..importers.keras.dialect.kinds import user_classes, user_modules
from ..importers.keras.dialect.spec import ModelOrigin, Reading
from ..importers.keras.importer import build
from ..importers.keras.live import process
from ..importers.keras.live.custom import load_model, module_of
from ..importers.keras.live.symbolic import flat
from .reference import answers

JUDGES = {"Keras 3": "keras", "tf.keras 2": "tf_keras", "Keras 2": "tf_keras"}
"""Generation of the file -> the installed package with the same semantics, at least for most of its files."""
NUDGES = 4
"""Number of runs that measure the effect of rounding on outputs."""
HALVES = {"float16": 2**-10, "bfloat16": 2**-7}
"""A unit in the last place, as a part of a value, of 16-bit types that layers compute in or casts name."""
NUDGED = "nudges"
"""Key of the number of these runs in the file of inputs."""


@dataclass(frozen=True)
class Judgement:
    """The right outputs, and the oracle that gave them.

    Args:
        outputs: (samples, ...) for each output.
        oracle: ``Keras 3.15.1``, or ``reference, float64, Keras 1 semantics (why not Keras)``.
    """

    outputs: list[Array]
    oracle: str

    @property
    def judge(self) -> str:
        """The oracle, for a sentence."""
        return "the reference" if self.oracle.startswith("reference") else "Keras"


def judge(
    reading: Reading, graph: Graph, inputs: Sequence[Array], path: Path | None, store: Store | None = None
) -> Judgement:
    """The right outputs for inputs, samples first, as of :func:`.reference.answers`.

    Args:
        store: cache of Keras's outputs for the same file and inputs.
    """
    judgement, reason = _keras_judgement(reading, graph, inputs, path, store)
    if judgement is not None:
        return judgement
    return Judgement(answers(graph, inputs), f"reference, float64, {reading.source.generation} semantics ({reason})")


def sensitivity(
    reading: Reading, graph: Graph, inputs: Sequence[Array], path: Path | None, store: Store | None = None
) -> list[Array]:
    """Largest changes of the outputs by rounding alone, (samples, ...) each; arguments as for :func:`judge`.

    If Keras judges: the largest change in :data:`NUDGES` runs, in which every weight and input moves up or down by one
    unit in the last place. Otherwise the difference of float32 from float64.
    """
    judgement, _ = _keras_judgement(reading, graph, inputs, path, store, NUDGES)
    if judgement is not None:
        return judgement.outputs
    pairs = zip(answers(graph, inputs, np.float32), answers(graph, inputs), strict=True)
    return [np.abs(single - double) for single, double in pairs]


def _keras_judgement(
    reading: Reading, graph: Graph, inputs: Sequence[Array], path: Path | None, store: Store | None, nudges: int = 0
) -> tuple[Judgement | None, str]:
    """Keras's outputs and an empty reason; or None and the reason why no Keras judges."""
    if reading.loaded is not None:
        path = reading.loaded.path
    if reason := _unfaithful(reading, graph, path):
        return None, reason
    assert path is not None
    try:
        package = JUDGES[reading.source.generation]
        return _cached(store, package, path, reading, inputs, len(graph.outputs), nudges), ""
    except _KerasError as failed:
        return None, str(failed)


class _KerasError(Exception):
    pass


def _unfaithful(reading: Reading, graph: Graph, path: Path | None) -> str:
    """The reason why no installed Keras can judge; empty if one can."""
    package = JUDGES.get(reading.source.generation)
    if path is None:
        return "no single file holds the model"
    if package is None or (reading.source.generation == "Keras 2" and reading.writer.backend != "tensorflow"):
        return "no Keras of today reads such files faithfully"
    if reading.source.format not in ("keras-zip", "hdf5"):
        return f"Keras does not load {reading.source.format}"
    if find_spec(package) is None or find_spec("tensorflow") is None:
        return f"{package} is not installed"
    content = archive.read(path)
    if foreign := foreign_part(content.config, user_classes()):
        return f"the file names {foreign}, which Keras would import"
    generation = "tf.keras 2" if package == "tf_keras" else reading.source.generation
    writer = Writer(generation, tuple(map(int, version(package).split(".")[:2])), reading.writer.backend)
    if generations.facts(writer) != generations.facts(reading.writer) and not _alike(reading, graph, content, writer):
        return f"{package} {version(package)} computes it otherwise than the release that wrote it"
    return ""


def _alike(reading: Reading, graph: Graph, content: Archive, writer: Writer) -> bool:
    """Whether the file has the same meaning in the release that wrote it and in ``writer``'s."""
    shapes = [graph.shape(port.tensor) for port in graph.inputs]
    try:
        reread = build(interpret(content, writer=writer), shapes)
    except GatesmithError:
        return False
    return _plan(build(reading, shapes)) == _plan(reread)


def _plan(graph: Graph) -> list[tuple[str, tuple[int, ...], tuple[int, ...], int]]:
    return [(node.op.key(), node.inputs, node.outputs, node.lead) for node in graph.nodes]


def foreign_part(config: Any, classes: Collection[str]) -> str:
    """A part of a configuration that Keras would look up outside itself and the user's ``classes``; empty if there is
    none."""
    for part in parts(config):
        module, name = part.get("module"), str(part.get("registered_name")).rpartition(">")[2]
        is_keras = str(module).partition(".")[0] in ("keras", "tf_keras", "builtins")
        if module is not None and not is_keras and name not in classes:
            return f"module {str(module)[:60]!r}"
        if part.get("class_name") in ("__lambda__", "Lambda"):
            return "a lambda"
    return ""


def _cached(
    store: Store | None, package: str, path: Path, reading: Reading, inputs: Sequence[Array], outputs: int, nudges: int
) -> Judgement:
    """Keras's judgement, from the cache if it has one for the same file, releases and inputs."""
    source = reading.source
    releases = [f"{name} {version(name)}" for name in (package, "tensorflow", "numpy")]
    model = [source.sha256, source.weights_id, source.format]  # what a user's module imports changes the second alone
    key = " ".join(["nudged" if nudges else "oracle", *model, *releases, str(outputs), digest(inputs)])
    if user_modules():  # cells run code that is in no key
        store = None
    entry = store.get(key) if store is not None else None
    if entry is not None:
        return Judgement(entry[0], str(entry[1]["oracle"]))
    if reading.loaded is not None:  # the file at hand, for the check that it has not changed
        source = replace(source, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    judgement = _ask(package, path, source, inputs, outputs, nudges)
    if store is not None:
        store.put(key, judgement.outputs, {"oracle": judgement.oracle})
    return judgement


def _ask(
    package: str, path: Path, source: ModelOrigin, inputs: Sequence[Array], outputs: int, nudges: int
) -> Judgement:
    with scratch() as folder:
        inputs_file, outputs_file = folder / "in.npz", folder / "out.npz"
        numbers: dict[str, Any] = {NUDGED: np.array(nudges)} if nudges else {}
        np.savez(inputs_file, *inputs, **numbers)
        # Keras goes by the extension; the copy is the very file that was checked.
        copy = folder / ("model.keras" if source.format == "keras-zip" else "model.h5")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != source.sha256:
            raise _KerasError("the file has changed since it was read")
        copy.write_bytes(content)
        _run(package, copy, inputs_file, outputs_file)
        with np.load(outputs_file) as data:
            arrays = [data[f"out_{index}"] for index in range(outputs)]
            name = str(data["name"])
    return Judgement(arrays, name)


def _run(package: str, model: Path, inputs: Path, outputs: Path) -> None:
    """Runs :func:`answer` in a child process."""
    if why := process.run("oracle.judge", outputs, package, *map(str, (model, inputs, outputs, *user_modules()))):
        raise _unable(package, why)


def _unable(package: str, message: str) -> _KerasError:
    return _KerasError(f"{package} cannot load or run it: {message[:160]}")


def _main(package: str, model: str, inputs: str, outputs: str, *modules: str) -> None:
    """The main function of Keras's process; ``modules`` are the user's, with custom cells."""
    keras = process.loaded(package)
    for module in modules:
        module_of(Path(module))
    answer(keras, package, Path(model), Path(inputs), Path(outputs))


def answer(keras: Any, package: str, model: Path, inputs_file: Path, outputs_file: Path) -> None:
    """Loads a model with the imported Keras, and writes its outputs for some inputs."""
    join_by_slashes(model)
    load = partial(load_model, keras, model, user_modules())
    with np.load(inputs_file) as data:
        inputs = [data[key] for key in data.files if key != NUDGED]
        nudges = int(data[NUDGED]) if NUDGED in data.files else 0
    results = _moved(load, inputs, nudges) if nudges else _predict(load(), inputs)
    label = "Keras" if package == "keras" else "tf_keras"
    arrays: dict[str, Any] = {f"out_{i}": y.astype(np.float64) for i, y in enumerate(results)}
    np.savez(outputs_file, name=np.array(f"{label} {keras.__version__}"), **arrays)


def join_by_slashes(model: Path) -> None:
    """Rewrites a ``.keras`` file from Windows, whose groups other systems do not find: ``layers\\lstm\\cell``."""
    if not zipfile.is_zipfile(model):
        return
    import h5py

    with zipfile.ZipFile(model) as archive:
        members = {"/".join(path_parts(name)): archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        names = sorted(name for name in file if "\\" in name)
        for name in names:
            file.move(name, "/".join(path_parts(name)))
    if names:
        with zipfile.ZipFile(model, "w") as archive:
            for name, data in (members | {WEIGHTS: weights.getvalue()}).items():
                archive.writestr(name, data)


def _moved(load: Callable[[], Any], inputs: Sequence[Array], runs: int) -> list[Array]:
    """The largest change of each output when weights and inputs are nudged; an output of 16 bits is itself rounded. A
    model that is loaded has zero states."""
    model = load()
    rounded, weights, rng = _predict(model, inputs), model.get_weights(), np.random.default_rng(0)
    outputs = [y.astype(np.float64) for y in rounded]
    moved = [HALVES.get(x.dtype.name, 0.0) * np.abs(y) for x, y in zip(rounded, outputs, strict=True)]
    config = str(model.get_config())
    part = max(unit * (name in config) for name, unit in HALVES.items())
    for _ in range(runs):
        model = load() if _has(model, "stateful") else model
        model.set_weights([_nudged(w, rng, part) for w in weights])
        moved_outputs = _predict(model, [_nudged(x, rng, part) for x in inputs])
        moved = [np.maximum(most, np.abs(y - z)) for most, y, z in zip(moved, moved_outputs, outputs, strict=True)]
    return moved


def _has(model: Any, *options: str) -> bool:
    """Whether a layer of a model has one of these options switched on."""
    layers: list[Any] = list(getattr(model, "_flatten_layers", list)())
    return any(getattr(layer, option, False) for layer in layers for option in options)


def _nudged(x: Array, rng: np.random.Generator, part: float) -> Array:
    """Values moved up or down by one unit in the last place, or by a part of the value if Keras computes in 16 bits.
    Integers stay unchanged: they may be indices, or mark masked steps."""
    if x.dtype.kind != "f":
        return x
    towards = np.where(rng.integers(0, 2, x.shape), np.inf, -np.inf).astype(x.dtype)
    nudged = x * (1 + part * np.sign(towards)) if part else np.nextafter(x, towards)
    return np.where(x == np.round(x), x, nudged)


def _predict(model: Any, inputs: Sequence[Array]) -> list[Array]:
    """The model's outputs, in batches of its fixed size if it has one. Sample by sample, repeated to that size, if the
    loudest sample of a batch limits decibels, or if states go on from each sample to the next. Does not use
    ``predict``, which fails on odd names."""
    fixed, single = model.inputs[0].shape[0], _has(model, "power_to_db", "stateful")
    size, call = (1 if single else fixed or 256), partial(model, training=False)
    if single:  # as ``predict``: a call of 200 steps takes 5 ms instead of 2 s
        call = import_module("tensorflow").function(call)
    total = len(inputs[0])
    chunks: list[list[Array]] = []
    for start in range(0, total, size):
        batch = [x[start : start + size] for x in inputs]
        missing = fixed - len(batch[0]) if fixed else 0
        padded = [np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) for x in batch]
        answer = call(_structured(padded, getattr(model, "input", None)))
        chunks.append([np.asarray(y)[: len(batch[0])] for y in flat(answer)])
    return [np.concatenate(parts) for parts in zip(*chunks, strict=True)]


def _structured(inputs: Sequence[Array], structure: Any) -> Any:
    """The inputs in the structure that the model was built with: one array, a list, or a mapping by name. A Sequential
    from a file may have no structure."""
    if isinstance(structure, dict):
        return dict(zip(sorted(structure), inputs, strict=True))
    return list(inputs) if len(inputs) > 1 or isinstance(structure, (list, tuple)) else inputs[0]


if __name__ == "__main__":
    _main(*sys.argv[1:])
