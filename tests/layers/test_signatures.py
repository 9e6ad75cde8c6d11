"""Every argument of every layer and operator that is read, set to something that changes Keras's result: Gatesmith has
the same result, or refuses."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fuzz.operators import functions, snake

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.dialect.kinds import kind_of
from gatesmith.importers.keras.layers.operators import OPERATORS
from gatesmith.importers.keras.layers.spellings import OTHERS
from gatesmith.importers.reading import load

from .feeds import DTYPES
from .operators import NOT_SAID, changed, in_tensorflow
from .signatures import Bench, In, Subject, Verdict, as_layer, constructed, filled, reason
from .signatures_layers import OF_THEIR_OWN
from .signatures_layers import subject as of_cases
from .signatures_operators import SUBJECTS

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")


NEVER = {
    **dict.fromkeys(("ravel", "inner", "flipud", "vsplit", "vstack"), "samples of a batch meet in it"),
    "abs": "another name of absolute",
    "identity": "it makes a constant, and the operator of that name is TensorFlow's",
}
"""Functions that have no model that is right, with the reason."""
OF_OPERATORS = [subject for section in SUBJECTS.values() for subject in section]
NO_LAYERS = {"RandomCrop": "refused in Keras 3, whose releases differ in it"}


def test_every_operator_is_tried() -> None:
    read = {name for name in map(snake, OPERATORS) if hasattr(keras.ops, name) and name not in NEVER}
    assert sorted(read - {subject.name for subject in OF_OPERATORS}) == []


OTHERWISE = {
    *OTHERS,
    *("math.squared_difference", "identity", "stop_gradient", "split", "add_n", "math.add_n"),
    *("__operators__.eq", "__operators__.ne", "signal.stft"),
    *("quantization.fake_quant_with_min_max_args", "quantization.fake_quant_with_min_max_vars"),
}
"""TensorFlow's functions that no call of Keras 3 says: ``wirings_tensorflow``."""


def test_every_function_of_tensorflow_takes_a_call() -> None:
    tf_keras, seen = pytest.importorskip("tf_keras", reason="tf_keras is not installed"), set[str]()
    for subject in (one for section in SUBJECTS.keys() - {*NOT_SAID} for one in SUBJECTS[section]):
        for changes in changed(subject):
            arguments = filled(
                {**subject.base, **changes}, lambda kind: tf_keras.Input(kind.shape, dtype=DTYPES.get(kind.feed))
            )
            list(in_tensorflow(tf_keras, subject.name, arguments, seen))
    assert len(seen) > 150
    assert {one.path for one in functions("tf_keras")} - seen == OTHERWISE


@pytest.mark.parametrize("subject", OF_OPERATORS, ids=lambda subject: subject.name)
def test_operators(subject: Subject, tmp_path: Path) -> None:
    arguments = list(inspect.signature(getattr(keras.ops, subject.name)).parameters)
    held(subject, arguments, Bench(keras, tmp_path).of_operator(subject))


def classes() -> Iterator[str]:
    """Names in ``keras.layers`` of readable layers; one for each class, without layers that return their input."""
    seen = set()
    for name, entry in sorted(vars(keras.layers).items()):
        kind = kind_of(name) if inspect.isclass(entry) else None
        if kind is not None and not kind.inert and entry not in seen and name not in NO_LAYERS:
            seen.add(entry)
            yield name


def layers() -> Iterator[Subject]:
    """Every class; its cases are used if they cover all its arguments."""
    special = {subject.name: subject for subject in OF_THEIR_OWN}
    for name in classes():
        parameter = list(inspect.signature(getattr(keras.layers, name).call).parameters)[1]
        yield special.pop(name, None) or of_cases(name, parameter)
    assert not special, "layers that are not read"


@pytest.mark.parametrize("subject", layers(), ids=lambda subject: subject.name)
def test_layers(subject: Subject, tmp_path: Path) -> None:
    kind = getattr(keras.layers, subject.name)
    called = [name for name in inspect.signature(kind.call).parameters if name != "self"]
    arguments = list(dict.fromkeys([*constructed(kind), "dtype", *called]))
    held(subject, arguments, Bench(keras, tmp_path).verdicts(subject, as_layer(subject.name)))


def held(subject: Subject, arguments: Sequence[str], verdicts: Iterator[Verdict]) -> None:
    """Each argument has a value that moves Keras's result, or a reason; every value is right or refused."""
    untried = [name for name in arguments if name not in subject.values and not reason(subject, name)]
    assert not untried, f"{subject.name}: no value is tried of {', '.join(untried)}"
    listed = list(verdicts)
    wrong = [f"{one.argument}={one.value}: {one.verdict}" for one in listed if one.verdict.startswith("wrong")]
    assert not wrong, f"{subject.name}: {'; '.join(wrong)}"
    assert listed[0].verdict == "right", f"{subject.name}: {listed[0].verdict}"
    moving = {one.argument for one in listed if one.moves or one.verdict.startswith("refused")}
    still = [name for name in subject.values if name not in moving]
    assert not still, f"{subject.name}: nothing changes Keras's result of {', '.join(still)}"


@pytest.mark.parametrize("steps", [2, 3, 4])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "value_dim": 1}),
        ("MultiHeadAttention", {"num_heads": 3, "key_dim": 1, "value_dim": 2}),
        ("MultiHeadAttention", {"num_heads": 4, "key_dim": 1, "use_gate": True}),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 2, "output_shape": (3, 1)}),
        ("MultiHeadAttention", {"num_heads": 3, "key_dim": 1, "use_bias": False}),
        ("GroupQueryAttention", {"head_dim": 1, "num_query_heads": 4, "num_key_value_heads": 2}),
        ("GroupQueryAttention", {"head_dim": 1, "num_query_heads": 3, "num_key_value_heads": 3, "use_gate": True}),
    ],
    ids=str,
)
def test_biases_beside_as_many_steps(name: str, options: dict[str, Any], steps: int, tmp_path: Path) -> None:
    """Keras 3.7 on with TensorFlow adds a bias (heads, 1) along the steps, where these are as many as the heads."""
    bench, rows = Bench(keras, tmp_path), In((steps, 5))
    for others in ({"query": rows, "value": rows}, {"query": In((5, 5)), "value": rows}):
        verdict = bench.judged(*bench.computed(Subject(name, {**options, **others}), as_layer(name), {}))
        narrow = 1 in {options.get(key) for key in ("key_dim", "value_dim", "head_dim")} or "output_shape" in options
        mixed = narrow and options.get("use_bias", True)
        assert verdict == "right" or (mixed and "may take them for a bias" in verdict), verdict


@pytest.mark.parametrize("name", ["Conv1D", "Conv2D", "Conv1DTranspose", "SeparableConv2D", "Conv3D"])
def test_as_many_channels_as_columns(name: str, tmp_path: Path) -> None:
    """Two answers are Keras's where channels come first; the option says which."""
    rank = int(name.split("Conv")[1][0])
    entry = keras.Input((3, *(6,) * (rank - 1), 5))
    layer = getattr(keras.layers, name)(5, 1, data_format="channels_first")
    keras.Model(entry, layer(entry)).save(tmp_path / "model.keras")
    with pytest.raises(UnsupportedError, match=f"a bias along axis {rank + 1}"):
        load(tmp_path / "model.keras", Settings())
    model = load(tmp_path / "model.keras", Settings(written_by="Keras 3.6"))
    note = f"Keras 3.6, as given on the command line: the file says {keras.__version__}"
    assert note in str(model.reading.source.notes)
