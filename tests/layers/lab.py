"""Where cases become results: built and run by their Keras, read by Gatesmith, computed by the reference and by C.

Models are worked on by the batch, so that one compiler call serves many; a test only looks at the finished result.
"""

import hashlib
import os
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import import_module
from itertools import combinations
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import Generated
from gatesmith.core.graph import Graph
from gatesmith.core.settings import MATHS, Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import Model, load
from gatesmith.oracle.reference import Reference

from . import cases
from .building import eagerly, quickly
from .cases import FUNCTIONS, Case, Layer
from .compiled import Instance, compile_all
from .feeds import ROWS, feed
from .session import once

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

Array = npt.NDArray[Any]
Calls = list[list[Array]]
"""One list of arrays (rows first) a call of the model."""
PACKAGES = {"keras": ".keras", "tf_keras": ".h5"}
"""Each Keras and the format its models are saved in."""
OLDER_NAMES = {("LeakyReLU", "negative_slope"): "alpha"}
"""Options that tf_keras has under another name."""
TURNS = {"activation": ("GRU", "LSTM", "SimpleRNN"), "recurrent_activation": ("GRU", "LSTM")}
"""Cells that take turns at functions: each function is in one of them, by each option; relu is in all."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A model to be built with one Keras, and how it is looked at."""

    id: str
    package: str
    build: Callable[[Any], Any]
    feeds: tuple[str, ...]
    """One for all inputs, or one an input."""
    marker: float = 0.0
    refused: str = ""
    tolerance: float = 5e-6
    suffix: str = ""
    quantize: str = ""
    """What Keras 3 quantises the model as, once it has its weights."""


@dataclass
class Result:
    """A subject's results; ``error`` is the exception that stopped it, if any."""

    inputs: Calls = field(default_factory=list)
    wanted: Calls = field(default_factory=list)
    graph: Graph | None = None
    code: Generated | None = None
    library: Callable[[], Any] | None = None
    """The compiled C, or what stopped the compiler."""
    error: Exception | None = None

    def reference(self) -> Calls:
        assert self.graph is not None
        reference = Reference(self.graph)
        return [reference.run(inputs) for inputs in self.inputs]

    def instance(self) -> Instance:
        assert self.code is not None and self.library is not None
        library = self.library()
        if isinstance(library, Exception):
            raise library
        return Instance(self.code, library)

    @cached_property
    def compiled(self) -> Calls:
        """What the C answers: each row by an instance of its own, the calls one after the other."""
        rows = []
        for row in range(ROWS):
            one = self.instance()
            rows.append([one.run([x[row] for x in inputs]) for inputs in self.inputs])
        return [[np.stack(list(parts)) for parts in zip(*call, strict=True)] for call in zip(*rows, strict=True)]


def subjects_of(case: Case, kind: str) -> Iterable[Subject]:
    """The case with each Keras that has the layer."""
    marker = float(case.layer.config.get("mask_value", 0.0))
    for package in PACKAGES:
        if case.only in ("", package):
            build = _Alone(case)
            yield Subject(f"{kind}: {case}", package, build, (case.feed,), marker, case.refused, case.tolerance)


def cases_of_layers() -> Iterator[tuple[str, Case]]:
    """The name of every file of cases, and its cases."""
    for entry in iter_modules(cases.__path__):
        module = import_module(f"{cases.__name__}.{entry.name}")
        for case in module.CASES:
            yield entry.name, case


@dataclass(frozen=True)
class _Alone:
    """Builds a model of one layer."""

    case: Case

    def __call__(self, keras: Any) -> Any:
        stateful = "'stateful': True" in repr(self.case.layer)
        options: dict[str, Any] = {"batch_size": ROWS} if stateful else {}
        if self.case.feed == "tokens":
            options["dtype"] = "int32"
        inputs = [keras.Input(shape, **options) for shape in self.case.shapes]
        values = [keras.layers.Masking()(x) for x in inputs] if self.case.feed == "masked" else inputs
        layer = make(keras, self.case.layer)
        outputs = layer(*values) if self.case.apart else layer(values if len(values) > 1 else values[0])
        return keras.Model(inputs, outputs)


def distinct(subjects: Iterable[Subject]) -> list[Subject]:
    """Those of Keras 3, and those that only tf_keras has."""
    unique: dict[str, Subject] = {}
    for subject in sorted(subjects, key=lambda subject: subject.package != "keras"):
        unique.setdefault(subject.id, subject)
    return list(unique.values())


def fewest(subjects: Iterable[Subject], together: int = 1, shapes: bool = True) -> list[Subject]:
    """All wirings, and of layers' cases as few as show what all of them show: so many facts together."""
    facts: dict[Subject, set[object]] = {}
    for subject in subjects:
        facts[subject] = {subject}
        if isinstance(subject.build, _Alone):
            alone = sorted(set(_facts(subject.build.case, shapes)), key=repr)
            facts[subject] = {few for count in range(1, together + 1) for few in combinations(alone, count)}
    times = Counter(fact for shown in facts.values() for fact in shown)
    for subject, shown in sorted(facts.items(), key=lambda item: len(item[1])):
        if all(times[fact] > 1 for fact in shown):
            times.subtract(shown)
            del facts[subject]
    return list(facts)


def _facts(case: Case, shapes: bool) -> Iterator[tuple[object, ...]]:
    """Its feed, its inputs' ranks if these count, and each option's value, also of layers inside; a function of a
    cell's where it is that cell's turn."""
    name = case.layer.class_name
    yield name, case.feed, tuple((len(shape), None in shape) for shape in case.shapes if shapes)
    inside = [case.layer]
    for layer in inside:
        for key, value in layer.config.items():
            within = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Layer)]
            inside += within
            cells = TURNS.get(key, ()) if value in FUNCTIONS and value != "relu" else ()
            if name in cells and name != cells[FUNCTIONS.index(value) % len(cells)]:
                continue
            yield name, layer.class_name, key, "" if within else repr(value)


def by_kind(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    """By the layer file that a case is of, or "wiring"."""
    groups: dict[str, list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(subject.id.split(":")[0], []).append(subject)
    return groups


def chunks(subjects: Sequence[Subject], size: int) -> dict[str, Sequence[Subject]]:
    """So many subjects at once, by the number of the first: ids of tests."""
    return {str(first): subjects[first : first + size] for first in range(0, len(subjects), size)}


def share(subjects: Iterable[Subject], count: int, **others: int) -> list[Subject]:
    """About so many of each kind, evenly over its list; of some kinds another number."""
    return [
        subject
        for kind, members in by_kind(subjects).items()
        for subject in members[:: max(1, len(members) // others.get(kind, count))]
    ]


def read_case(subject: Subject, path: Path) -> tuple[Graph, Calls]:
    """A subject's graph as Gatesmith reads it, and its inputs; the path's suffix is added."""
    path = path.with_name(f"{path.name}{subject.suffix or PACKAGES[subject.package]}")
    result = written(subject, path)
    if result.error is not None:
        raise result.error
    return load(path, Settings()).graph, result.inputs


def make(keras: Any, layer: Layer) -> Any:
    """The layer itself."""
    older = keras.__name__ == "tf_keras"
    config = {
        (OLDER_NAMES.get((layer.class_name, key), key) if older else key): value_of(keras, value)
        for key, value in layer.config.items()
    }
    if layer.class_name == "Sequential":
        return keras.Sequential(**config)
    return getattr(keras.layers, layer.class_name)(**config)


def value_of(keras: Any, value: Any) -> Any:
    """An option's value, layers in it made."""
    if isinstance(value, Layer):
        return make(keras, value)
    if isinstance(value, list) and any(isinstance(item, Layer) for item in value):
        return [make(keras, item) for item in value]
    return value


def lively(model: Any, rng: np.random.Generator) -> None:
    """Every weight random and of a size that lets every gate matter: none dead, none saturated, no bias zero."""
    for array in model.weights:
        shape = tuple(array.shape)
        if "count" in array.name or "seed" in array.name:
            continue
        if "variance" in array.name:
            values = rng.uniform(0.5, 1.5, shape)
        elif len(shape) == 2 and "bias" not in array.name:
            values = rng.uniform(-1.6, 1.6, shape) / np.sqrt(shape[0])
        else:
            values = rng.uniform(-0.8, 0.8, shape)
        array.assign(values.astype(np.float32))


class Lab:
    """Results by subject, made a batch at a time when the first of the batch is asked for."""

    BATCH = 32

    def __init__(self, folder: Path, subjects: Sequence[Subject]) -> None:
        self.folder = folder
        self.subjects = list(dict.fromkeys(subjects))
        self.results: dict[Subject, Result] = {}
        self.models: dict[Subject, tuple[str, Model]] = {}
        """The models that were read, with the names for their C, of subjects without C so far."""
        self.code: dict[str, Generated] = {}
        """By model id: the first."""
        self.libraries: dict[str, Any] = {}

    def result(self, subject: Subject) -> Result:
        """What Keras computed, and the graph as Gatesmith reads it; ``error`` is what stopped it on the way."""
        if subject not in self.results:
            first = self._first(subject)
            self.work(first, self.subjects[first : first + self.BATCH])
        return self.results[subject]

    def built(self, subject: Subject) -> Result:
        """The same with its C."""
        result = self.result(subject)
        if subject in self.models:
            first = self._first(subject)
            batch = [each for each in self.subjects[first : first + self.BATCH] if each in self.models]
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(self._generate, batch))
            for each in batch:
                del self.models[each]
                self._share(self.results[each])
        return result

    def _first(self, subject: Subject) -> int:
        """Of its batch."""
        return self.subjects.index(subject) // self.BATCH * self.BATCH

    def work(self, number: int, batch: Sequence[Subject]) -> None:
        names = [f"m{number + index}" for index in range(len(batch))]
        paths = [
            self.folder / f"{name}{subject.suffix or PACKAGES[subject.package]}"
            for name, subject in zip(names, batch, strict=True)
        ]
        results = [written(subject, path) for subject, path in zip(batch, paths, strict=True)]
        with ThreadPoolExecutor(2) as pool:
            models = list(pool.map(_read, results, paths))
        for subject, result, name, model in zip(batch, results, names, models, strict=True):
            self.results[subject] = result
            if model is not None:
                self.models[subject] = name, model

    def _generate(self, subject: Subject) -> None:
        """Wirings take turns at --math: their layers' own cases are in the default."""
        name, model = self.models[subject]
        result = self.results[subject]
        math = MATHS[zlib.crc32(subject.id.encode()) % 3 if subject.id.startswith("wiring") else 0]
        try:
            result.code = program(model, plan(Settings(name=name, math=math)))
        except Exception as error:
            result.error = error

    def _share(self, result: Result) -> None:
        """One id, one meaning: what two Kerases agree upon is compiled once."""
        if result.code is not None:
            first = self.code.setdefault(result.code.model_id, result.code)
            result.code = replace(result.code, name=first.name)
            result.library = partial(self.library, first.name)

    def library(self, name: str) -> Any:
        """A model's C, compiled with all that was read and is not yet compiled."""
        if name not in self.libraries:
            fresh = [code for code in self.code.values() if code.name not in self.libraries]
            self.libraries |= compile_all(fresh, self.folder)
        return self.libraries[name]


def written(subject: Subject, path: Path) -> Result:
    """Build, save, and compute the outputs with Keras itself; once a session, for whichever process asks first."""
    build = getattr(subject.build, "__qualname__", None) or repr(subject.build)
    parts = (subject.id, subject.package, subject.feeds, subject.marker, subject.suffix, subject.quantize, build)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    try:
        inputs, wanted, content = once(key, partial(_written, subject, path))
    except Exception as error:
        return Result(error=error)
    path.write_bytes(content)
    return Result(inputs, wanted)


def quantize(model: Any, mode: str) -> None:
    """By Keras, without its collection of garbage at each array: in a session of tests that goes through a million
    objects."""
    with patch("gc.collect"):
        model.quantize(mode)


def _written(subject: Subject, path: Path) -> tuple[Calls, Calls, bytes]:
    """Inputs, the Keras's answers, and the file."""
    keras = import_module(subject.package)
    rng = np.random.default_rng(zlib.crc32(subject.id.encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with quickly():
            model = subject.build(keras)
        lively(model, rng)
        if subject.quantize:
            quantize(model, subject.quantize)
        shapes = [tuple(x.shape)[1:] for x in model.inputs]
        kinds = subject.feeds * len(shapes) if len(subject.feeds) == 1 else subject.feeds
        calls = 2 if "stateful': True" in str(model.get_config()) else 1
        inputs = [
            [feed(kind, shape, rng, subject.marker) for kind, shape in zip(kinds, shapes, strict=True)]
            for _ in range(calls)
        ]
        with eagerly():
            wanted = [outputs_of(model(named(model, x), training=False)) for x in inputs]
        model.save(str(path))
    return inputs, wanted, path.read_bytes()


def named(model: Any, inputs: list[Array]) -> Any:
    """Inputs as the model was built to take them; a Sequential, whose ``input`` Keras may not know, takes one."""
    wanted = getattr(model, "input", None)
    if isinstance(wanted, dict):
        return dict(zip(sorted(wanted), inputs, strict=True))
    return inputs if len(inputs) > 1 else inputs[0]


def outputs_of(value: Any) -> list[Array]:
    """All arrays of what a model answers."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in outputs_of(item)]
    return [np.asarray(value)]


def _read(result: Result, path: Path) -> Model | None:
    """The graph that ``gatesmith generate`` begins with."""
    if result.error:
        return None
    try:
        model = load(path, Settings())
    except Exception as error:
        result.error = error
        return None
    result.graph = model.graph
    return model
