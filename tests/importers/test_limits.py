"""Limits that hold: small files that ask for a whole computer are refused before they get it."""

import ctypes
import itertools
import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_files import hdf5, store, whole
from dialect_files import functional, layer, source
from test_archive_sandbox import CHILD_MODULE, child, possible

from gatesmith.core import limits
from gatesmith.core.errors import DataError, UnsupportedError
from gatesmith.core.graph import Graph, Node, Port, Tensor
from gatesmith.data import samples
from gatesmith.importers import keras
from gatesmith.importers.keras.importer import build
from gatesmith.layers.dense import Dense
from gatesmith.layers.normalize import Normalize
from gatesmith.layers.repeat import Repeat
from gatesmith.oracle import reference
from gatesmith.oracle.reference import Reference
from gatesmith.oracle.work import MAX_WORK, work

pytestmark = pytest.mark.usefixtures("apart")

CALL = [[["x", 0, 0, {}]]]
"""Of the input."""


def doubling(levels: int, innermost: str) -> dict[str, Any]:
    """A model that uses a model twice that uses a model twice ...: 2^levels uses of one layer in some kilobytes."""
    first = (source("x", 1), [])
    inner = functional([first, (layer(innermost, name="a", **OPTIONS[innermost]), CALL)], [["a", 0, 0]], name="m0")
    for level in range(1, levels + 1):
        name = inner["config"]["name"]
        nodes = [[["x", 0, 0, {}]], [[name, 1, 0, {}]]]
        inner = functional([first, (inner, nodes)], [[name, 2, 0]], name=f"m{level}")
    return inner


TANH = layer("Activation", name="a", activation="tanh")
OPTIONS: dict[str, dict[str, Any]] = {"Activation": {"activation": "tanh"}, "Dropout": {"rate": 0.5}}


def stored(
    folder: Path, config: dict[str, Any], arrays: dict[str, dict[str, Any]] | None = None, name: object = "m"
) -> Path:
    return store(folder, hdf5(lambda file: whole(file, arrays or {}, json.dumps(config))), str(name))


REFUSED = """
import sys
from gatesmith.core.errors import GatesmithError
from gatesmith.importers import keras
from gatesmith.importers.keras.importer import build
for path in sys.argv[1:]:
    try:
        build(keras.read(path))
    except GatesmithError as error:
        print(error.what, *error.fix)
    else:
        print("read")
"""


COSTS = """
import re
import resource

u, c = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
# Not ru_maxrss of this process: Linux hands on what the one that started it had taken, here a pytest with TensorFlow.
own = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
print(u.ru_utime + u.ru_stime + c.ru_utime + c.ru_stime, max(own, c.ru_maxrss) // 1024)
"""


def measured(*paths: Path) -> tuple[list[str], float, int]:
    """The errors of reading files in a separate process, its CPU seconds and its MiB."""
    command = [sys.executable, "-c", REFUSED + COSTS, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    *errors, facts = done.stdout.splitlines()
    seconds, megabytes = facts.split()
    return errors, float(seconds), int(megabytes)


def test_nested_models_that_double_are_refused(tmp_path: Path) -> None:
    """Also if the expanded model has no node at all."""
    cases = list(itertools.product((14, 40), OPTIONS))
    errors, seconds, megabytes = measured(*(stored(tmp_path, doubling(*case), name=case) for case in cases))
    assert all(what.startswith("the model uses more than 15,000 layers") for what in errors)
    assert seconds < 5 and megabytes < 500


def test_nested_models_within_the_bound_are_read(tmp_path: Path) -> None:
    graph = build(keras.read(stored(tmp_path, doubling(6, "Activation"))))
    assert len(graph.nodes) == 64


def test_tensors_that_this_machine_does_not_take_are_refused(tmp_path: Path) -> None:
    """They are refused before they take memory, with advice for the tensor's rank."""
    images, flat = source("x", 9_000, 9_000, 2), source("x", 1 << 19)
    cases: list[tuple[list[Any], str]] = [
        ([(source("x", limits.MAX_VALUES + 1), [])], "fewer features or units"),
        ([(source("x", 1), []), (layer("RepeatVector", name="a", n=2_000_000_000), CALL)], "shorter sequences"),
        (
            [
                *((source("x", 500_000, 1), []), (source("y", 1, 200), [])),
                (layer("Add", name="a"), [[["x", 0, 0, {}], ["y", 0, 0, {}]]]),
            ],
            "shorter sequences",
        ),
        ([(images, []), (TANH, CALL)], "smaller images, 4500 x 4500"),
        ([(flat, []), (TANH, [*CALL, *([["a", i, 0, {}]] for i in range(140))])], "fewer features or units"),
    ]
    lasts = [layers[-1] for layers, _ in cases]
    ends = [[[last["config"]["name"], max(0, len(nodes) - 1), 0]] for last, nodes in lasts]
    models = [functional(layers, end) for (layers, _), end in zip(cases, ends, strict=True)]
    paths = [stored(tmp_path, model, name=n) for n, model in enumerate(models)]
    errors, seconds, megabytes = measured(*paths)
    for (_, fix), what in zip(cases, errors, strict=True):
        assert re.search(r"makes a tensor of shape \(.*\): [\d,]+ (values up to it|steps or rows)", what)
        assert fix in what
    assert seconds < 5 and megabytes < 500


def test_shared_weights_count_at_each_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are hashed and looked at each time: a megabyte that is used ten thousand times takes minutes."""
    nodes = [*CALL, *([["d", i, 0, {}]] for i in range(9))]
    config = functional([(source("x", 4), []), (layer("Dense", name="d", units=4), nodes)], [["d", 9, 0]])
    path = stored(tmp_path, config, {"d": {"d/kernel:0": np.eye(4, dtype="f4"), "d/bias:0": np.zeros(4, "f4")}})
    reading = keras.read(path)
    monkeypatch.setattr("gatesmith.importers.keras.layers.base.MAX_ARRAY_BYTES", 10 * 80)
    assert len(build(reading).nodes) == 10
    monkeypatch.setattr("gatesmith.importers.keras.layers.base.MAX_ARRAY_BYTES", 10 * 80 - 1)
    with pytest.raises(UnsupportedError, match="weights"):
        build(reading)


def chain(count: int) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    names = ["x", *(f"d{i}" for i in range(count))]
    layers = [(layer("Dense", name=b, units=2), [[[a, 0, 0, {}]]]) for a, b in itertools.pairwise(names)]
    arrays = {n: {f"{n}/kernel:0": np.eye(2, dtype="f4"), f"{n}/bias:0": np.zeros(2, "f4")} for n in names[1:]}
    # The last layer first: each must wait for all that come later in the file.
    return functional([(source("x", 2), []), *reversed(layers)], [[names[-1], 0, 0]]), arrays


def test_a_model_of_1200_layers_is_read(tmp_path: Path) -> None:
    config, arrays = chain(1200)

    def fill(file: Any) -> None:
        base = whole(file, {}, json.dumps(config))
        del base.attrs["layer_names"]
        for part, names in enumerate((list(arrays)[:600], list(arrays)[600:])):
            base.attrs[f"layer_names{part}"] = [name.encode() for name in names]
        for name, weights in arrays.items():
            group = base.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in weights]
            for key, values in weights.items():
                group[key] = values

    what, seconds, megabytes = measured(store(tmp_path, hdf5(fill)))
    assert what == ["read"]
    assert seconds < 60 and megabytes < 500


def test_more_layers_than_a_model_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, arrays = chain(20)
    path = stored(tmp_path, config, arrays)
    monkeypatch.setattr("gatesmith.importers.keras.dialect.wiring.MAX_NODES", 20)
    with pytest.raises(UnsupportedError, match="has 21 layers"):
        keras.read(path)


# -- the reference's work ----------------------------------------------------------------------------------------------


def one(op: Any, before: tuple[int, ...], after: tuple[int, ...]) -> Graph:
    tensors = (Tensor(0, "x", before), Tensor(1, "y", after))
    return Graph("m", tensors, (Node("n", "n", op, (0,), (1,)),), (Port("x", 0),), (Port("y", 1),))


def test_work_follows_from_shapes() -> None:
    dense = one(Dense(np.zeros((1000, 50), np.float32), None), (1000,), (50,))
    cost = work(dense, [(1000,)])
    assert 50_000 <= cost.work < 60_000
    assert (cost.values, cost.live) == (1050, 1050)


def test_what_takes_the_reference_too_long_is_refused_before_it_begins() -> None:
    wide = np.broadcast_to(np.float32(0), (10**6, MAX_WORK // 10**6))
    graph = one(Dense(wide, None), (10**6,), (MAX_WORK // 10**6,))
    with pytest.raises(UnsupportedError, match="multiply-adds"):
        samples.choose(graph, 3)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (one(Repeat(1 << 19), (64,), (1 << 19, 64)), "takes 256 MiB of tensors"),
        (one(Repeat(1 << 23), (1,), (1 << 23, 1)), "has shape (8388608, 1)"),
        (one(Normalize(None, None, None), (2049, 2048, 1), (2049, 2048, 1)), "has shape (2049, 2048, 1)"),
    ],
    ids=["together", "output", "image"],
)
def test_what_takes_the_reference_too_much_memory_is_refused_before_it_begins(graph: Graph, message: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        samples.choose(graph, 3)
    assert message in refused.value.what
    assert ("smaller images" in refused.value.fix[0]) == ("2049" in message)


def test_many_samples_are_computed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = one(Dense(np.arange(12, dtype=np.float32).reshape(3, 4), None), (3,), (4,))
    x = np.random.default_rng(0).normal(size=(10, 3))
    monkeypatch.setattr(reference, "PART_VALUES", 3 * (3 + 4))
    assert [len(part) for (part,) in reference.parts(graph, [x])] == [3, 3, 3, 1]
    (y,) = reference.answers(graph, [x])
    assert np.array_equal(y, x @ np.arange(12).reshape(3, 4))


def test_large_models_get_fewer_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = one(Repeat(100), (10,), (100, 10))
    assert len(samples.choose(graph, 8)[0]) == 8
    monkeypatch.setattr(samples, "CHOSEN_VALUES", 3 * 1010)
    assert len(samples.choose(graph, 8)[0]) == 3


def test_samples_that_do_not_fit_the_memory_are_refused() -> None:
    graph = one(Repeat(1 << 19), (1,), (1 << 19, 1))
    many = np.broadcast_to(np.float32(0), (1 << 20, 1))
    with pytest.raises(DataError, match="MiB"):
        Reference(graph).run([many])


# -- the reader process ------------------------------------------------------------------------------------------------


def test_the_reader_asks_nothing_else_of_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not installed")
    actions = {
        "open": "os.open('/etc/hostname', os.O_RDONLY)",
        "write": f"os.open({str(tmp_path / 'made')!r}, os.O_WRONLY | os.O_CREAT)",
        "socket": "socket.socket()",
        "fork": "os.fork() or os._exit(0)",
        "exec": "os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
        "kill": "os.kill(os.getpid(), 0)",
        "unlink": "os.unlink('nothing')",
    }
    filtered = "from containers import _child_confine as f\nassert f.enter(f.rules())"
    assert possible(monkeypatch, filtered, "PermissionError", **actions) == "nothing"


def test_time_is_cpu_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that the system lets wait is not cut off: this one sleeps longer than it may compute."""
    code = CHILD_MODULE + "c.CPU_SECONDS = 1\nc.limit(1000)\nimport time\ntime.sleep(2.5)\nraise SystemExit(9)"
    assert "exit code 9" in child(monkeypatch, code).why
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > 0
