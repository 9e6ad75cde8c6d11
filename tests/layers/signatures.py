"""Arguments of layers and operators set to what changes Keras's result: the harness, and which arguments move none."""

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

from .building import eagerly, quickly
from .feeds import DTYPES, ROWS, feed
from .lab import lively, outputs_of, value_of

Array = npt.NDArray[Any]
OF_TRAINING = "it acts in training alone"
OF_FIRST_VALUES = "it makes first values, which the saved arrays replace"
SAME = "it chooses a way to compute the same"
NAMES = "a name"
UNMOVING: Mapping[str, str] = {
    **dict.fromkeys(("name", "trainable"), NAMES),
    **dict.fromkeys(("seed", "dropout", "recurrent_dropout", "momentum", "synchronized"), OF_TRAINING),
    **dict.fromkeys(("renorm", "renorm_clipping", "renorm_momentum", "power_iterations"), OF_TRAINING),
    **dict.fromkeys(("unit_forget_bias", "weights", "lora_rank", "lora_alpha"), OF_FIRST_VALUES),
    **dict.fromkeys(("use_cudnn", "flash_attention", "unroll", "implementation"), SAME),
    **dict.fromkeys(("quantization_config", "gptq_unpacked_column_size"), "it takes effect by model.quantize() alone"),
}
"""Arguments that cannot change what ``predict`` gives, each with its reason."""
ENDS = {"_initializer": OF_FIRST_VALUES, "_regularizer": OF_TRAINING, "_constraint": OF_TRAINING}


@dataclass(frozen=True)
class In:
    """Stands for an input of the model: a sample's shape, and what it is fed."""

    shape: tuple[int, ...]
    feed: str = "float32"


X = In((4, 6))


@dataclass(frozen=True)
class Subject:
    """A layer or an operator.

    Args:
        name: of ``keras.layers`` or ``keras.ops``.
        base: arguments of the call that others are compared with; of a layer, its constructor's and its call's.
        values: argument -> the values that it is set to, each with what else it needs set with it.
        unmoving: further arguments that change nothing, with their reasons.
    """

    name: str
    base: Mapping[str, Any]
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    unmoving: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class With:
    """A value, and other arguments that it needs."""

    value: Any
    others: Mapping[str, Any] = field(default_factory=dict)


class Alone(With):
    """A value of an operator that is refused, or whose numbers are coarse: it has a model of its own."""


def with_others(value: Any) -> With:
    return value if isinstance(value, With) else With(value)


class Either(list[With]):
    """Values of which one must change the result: they are tried up to that one. They are a layer's own cases, which
    ``test_layers`` holds to Keras."""


@dataclass
class Verdict:
    """The outcome of one value of one argument: ``right``, ``refused`` or what is wrong."""

    subject: str
    argument: str
    value: Any
    verdict: str = ""
    moves: bool = False


Apply = Callable[[Any, Mapping[str, Any]], tuple[Any, list[Any]]]
"""Keras and arguments with tensors -> the layer, if it is one, and the outputs, which may be in lists."""


def as_operator(name: str) -> Apply:
    """A function of ``keras.ops``."""

    def apply(keras: Any, arguments: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        named, function = dict(arguments), getattr(keras.ops, name)
        row = named.pop("operands", ())
        result = function(*named.values(), *row) if row else function(**named)
        return None, list(result) if isinstance(result, (list, tuple)) else [result]

    return apply


def as_layer(name: str) -> Apply:
    """A class of ``keras.layers``: arguments that its constructor does not name are its call's."""

    def apply(keras: Any, arguments: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        kind = getattr(keras.layers, name)
        options = {*constructed(kind), "dtype"}
        layer = kind(**{key: value_of(keras, value) for key, value in arguments.items() if key in options})
        called = {key: value for key, value in arguments.items() if key not in options}
        named = {key: value for key, value in called.items() if key != "data"}
        result = layer(*[called[key] for key in called if key == "data"], **named)
        return layer, result

    return apply


def constructed(kind: Any) -> list[str]:
    """The arguments that a class's own constructor names."""
    args = inspect.signature(kind.__init__).parameters.values()
    return [one.name for one in args if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL) and one.name != "self"]


def filled(value: Any, build: Callable[[In], Any]) -> Any:
    """Arguments with each input replaced by what ``build`` makes of it."""
    if isinstance(value, In):
        return build(value)
    if isinstance(value, dict):
        return {key: filled(item, build) for key, item in value.items()}
    return type(value)(filled(item, build) for item in value) if isinstance(value, (list, tuple)) else value


def reason(subject: Subject, argument: str) -> str:
    """Why an argument cannot change the result; empty where it can."""
    ends = next((why for end, why in ENDS.items() if argument.endswith(end)), "")
    return subject.unmoving.get(argument) or UNMOVING.get(argument, "") or ends


class Bench:
    """Builds models of one layer or operator and compares them.

    Args:
        keras: the module.
        folder: where models are saved.
    """

    def __init__(self, keras: Any, folder: Path) -> None:
        self.keras, self.path = keras, folder / "model.keras"

    def verdicts(self, subject: Subject, apply: Apply) -> Iterator[Verdict]:
        """The verdict of the base, then of every value of every argument."""
        base = self.computed(subject, apply, {})
        yield Verdict(subject.name, "", None, self.judged(*base), True)
        for argument, values in subject.values.items():
            for item in map(with_others, values):
                changes = {**item.others, argument: item.value}
                model, feeds, wanted = self.computed(subject, apply, changes)
                verdict = "right" if isinstance(values, Either) else self.judged(model, feeds, wanted)
                without = unless_refused(partial(self.computed, subject, apply, item.others)) if item.others else base
                moves = without is None or _apart(without[2], wanted)
                yield Verdict(subject.name, argument, item.value, verdict, moves)
                if moves and isinstance(values, Either):
                    break

    def of_operator(self, subject: Subject) -> Iterator[Verdict]:
        """Of the values of every argument: those that are alone by models of their own, others by their numbers. That
        these are right is seen by the models of ``operators``."""
        yield Verdict(subject.name, "", None, "right", True)
        base = self._eager(subject, {})
        for argument, values in subject.values.items():
            for item in map(with_others, values):
                changes, verdict = {**item.others, argument: item.value}, "right"
                if isinstance(item, Alone):
                    verdict = self.judged(*self.computed(subject, as_operator(subject.name), changes))
                before = unless_refused(partial(self._eager, subject, item.others)) if item.others else base
                moves = before is None or _apart(before, self._eager(subject, changes))
                yield Verdict(subject.name, argument, item.value, verdict, moves)

    def _eager(self, subject: Subject, changes: Mapping[str, Any]) -> list[Array]:
        """An operator's results for tensors with values."""
        rng, tensor = np.random.default_rng(7), self.keras.ops.convert_to_tensor
        arguments = filled({**subject.base, **changes}, lambda kind: tensor(feed(kind.feed, kind.shape, rng)))
        result = as_operator(subject.name)(self.keras, arguments)[1]
        return [y.astype(np.float64) for y in outputs_of(result)]

    def computed(
        self, subject: Subject, apply: Apply, changes: Mapping[str, Any]
    ) -> tuple[Any, list[Array], list[Array]]:
        """A model, its inputs, and Keras's answers: of a stateful model, those of the second call."""
        keras, inputs, feeds = self.keras, [], []
        rng = np.random.default_rng(7)
        stateful = {"batch_size": ROWS} if "'stateful': True" in repr(changes) else {}

        def entry(kind: In) -> Any:
            inputs.append(keras.Input(kind.shape, dtype=DTYPES.get(kind.feed, "float32"), **stateful))
            feeds.append(feed(kind.feed, kind.shape, rng))
            return inputs[-1]

        arguments = filled({**subject.base, **changes}, entry)
        with warnings.catch_warnings(), quickly():
            warnings.simplefilter("ignore")
            layer, outputs = apply(keras, arguments)
            model = keras.Model(inputs, outputs)
            if layer is not None:
                lively(layer, np.random.default_rng(3))
        wanted = self._called(model, feeds)
        if stateful:
            wanted = self._called(model, feeds)
            self._reset(model)
        return model, feeds, wanted

    def _called(self, model: Any, feeds: list[Array]) -> list[Array]:
        """By XLA where TensorFlow has no kernel for this machine: channels first, dilated transposes, halves."""
        import tensorflow as tf

        try:
            with eagerly():
                result = model(feeds, training=False)
        except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError):
            result = tf.function(model, jit_compile=True)(feeds, training=False)
        return [y.astype(np.float64) for y in outputs_of(result)]

    def _reset(self, model: Any) -> None:
        for layer in model.layers:
            if hasattr(layer, "reset_states"):
                layer.reset_states()

    def judged(self, model: Any, feeds: list[Array], wanted: list[Array]) -> str:
        """``right``, ``refused``, or what is wrong."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(str(self.path))
        try:
            reference = Reference(load(self.path, Settings()).graph)
        except GatesmithError as error:
            return f"refused: {error.what}"
        calls = 2 if any(getattr(layer, "stateful", False) for layer in model.layers) else 1
        for _ in range(calls):
            got = reference.run(feeds)
        half = any("16" in str(x.dtype) for x in model.outputs)
        return disagreement(got, wanted, 2e-2 if half else 1e-5)


def unless_refused(compute: Callable[[], Any]) -> Any:
    """What Keras makes of what a value needs; None where that is nothing without the value, which moves it then."""
    import tensorflow as tf

    with suppress(ValueError, tf.errors.InvalidArgumentError):
        return compute()
    return None


def disagreement(got: Sequence[Array], wanted: Sequence[Array], tolerance: float) -> str:
    """``right``, or how two lists of arrays differ."""
    if [x.shape for x in got] != [x.shape for x in wanted]:
        return f"wrong: shapes {[x.shape for x in got]}, Keras has {[x.shape for x in wanted]}"
    for ours, other in zip(got, wanted, strict=True):
        with np.errstate(invalid="ignore"):
            apart = np.abs(np.asarray(ours, np.float64) - other)
        bound = tolerance * max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0)))
        same = (apart <= bound) | (np.isnan(ours) & np.isnan(other)) | (ours == other)
        if not same.all():
            return f"wrong: by {np.max(apart[~same]):.3g} where Keras gives {other[~same][0]:.3g}"
    return "right"


def _apart(base: Sequence[Array], other: Sequence[Array]) -> bool:
    return disagreement(base, other, 1e-6) != "right"
