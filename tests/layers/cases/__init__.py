"""Test cases of layers, as plain data: a layer with its options, and what it is fed. No Keras here.

Every file here has a tuple ``CASES``. ``tests/layers`` finds them all, builds each with the Kerases it names, and
holds the reference and the compiled C against what they compute. A new layer brings its cases and changes no test.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any


@dataclass(frozen=True)
class Layer:
    """A Keras layer, cell or Sequential. Values of ``config`` may hold layers, alone or in lists."""

    class_name: str
    config: Mapping[str, Any]

    def __str__(self) -> str:
        inner = ", ".join(_option(key, value) for key, value in self.config.items())
        return f"{self.class_name}({inner})"


@dataclass(frozen=True)
class Case:
    """One layer between the model's inputs and its outputs.

    Args:
        layer: the layer.
        shapes: per-sample shape of each input; None is a length left open.
        feed: ``floats`` (random, zero and saturating values), ``gentle`` (none that saturate), ``masked`` (as gentle,
            behind a Masking layer, steps masked at every place), ``marked`` (steps equal to the layer's own
            mask_value), ``edges`` (thresholds, signs and magnitudes of activations), ``tokens`` (whole numbers).
        refused: words of the refusal, where Gatesmith must not translate it.
        only: the one Keras that has it: ``keras`` or ``tf_keras``.
        tolerance: of the C against Keras, times max(1, largest output of the sample).
        note: why a tolerance or a feed is not the usual one.
        apart: whether the layer is called with each input as an argument of its own, not with a list of them.
    """

    layer: Layer
    shapes: tuple[tuple[int | None, ...], ...]
    feed: str = "floats"
    refused: str = ""
    only: str = ""
    tolerance: float = 5e-6
    note: str = ""
    apart: bool = False

    def __str__(self) -> str:
        shapes = " ".join("x".join(str(n or "?") for n in shape) or "scalar" for shape in self.shapes)
        return f"{self.layer} {shapes} {self.feed}"


def layer(class_name: str, **config: Any) -> Layer:
    """A layer inside another's options."""
    return Layer(class_name, config)


def case(
    class_name: str,
    *shapes: tuple[int | None, ...],
    feed: Any = "floats",
    refused: Any = "",
    only: Any = "",
    tolerance: Any = 5e-6,
    note: Any = "",
    apart: Any = False,
    **config: Any,
) -> Case:
    """A case; what is not an argument of :class:`Case` is an option of the layer (and may come from a dictionary of
    them, hence no narrower types here)."""
    return Case(Layer(class_name, config), shapes, feed, refused, only, tolerance, note, apart)


def each(**values: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination of some options' values; ``...`` leaves an option at its default."""
    return [
        {name: value for name, value in zip(values, combination, strict=True) if value is not ...}
        for combination in product(*values.values())
    ]


def cases(
    class_name: str,
    *inputs: tuple[Any, ...],
    options: Iterable[Mapping[str, Any]] = ({},),
    feeds: Sequence[str] = ("floats",),
    **always: Any,
) -> Iterator[Case]:
    """A case for each of some inputs, options and feeds together.

    Args:
        inputs: a shape each, or several where the layer takes several inputs.
        always: options of all, and arguments of :func:`case`; those in ``options`` come before them.
    """
    for shapes, some, feed in product(inputs, options, feeds):
        several = bool(shapes) and isinstance(shapes[0], tuple)
        yield case(class_name, *(shapes if several else (shapes,)), feed=feed, **{**always, **some})


def _option(key: str, value: Any) -> str:
    if value is True:
        return key
    if isinstance(value, (list, tuple)):
        return f"{key}=[{', '.join(map(str, value))}]"
    return f"{key}={value}"


EVERYWHERE = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu", "sigmoid", "softplus"),
    *("softsign", "swish", "tanh"),
)
"""Functions of single values that every Keras has."""
KERAS_3 = (
    *("celu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "log_sigmoid", "relu6", "silu"),
    *("soft_shrink", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink"),
)
"""Functions of single values that came with Keras 3."""
FUNCTIONS = (*EVERYWHERE, *KERAS_3)


def each_function(class_name: str, option: str, shape: tuple[int, ...], feed: str, **config: Any) -> Iterator[Case]:
    """A case for every function of single values in one option."""
    for name in FUNCTIONS:
        # In cells one Keras is enough: that the older ones mean the same functions shows in Activation and Dense.
        only = "" if name == "hard_sigmoid" or (name in EVERYWHERE and feed == "edges") else "keras"
        # Behind weights an exponential makes a rounding of its argument large; in a cell it is soon infinite.
        tame = name == "exponential" and class_name != "Activation"
        shape_fed = (1, *shape[1:]) if tame and len(shape) > 1 else shape
        fed = "gentle" if tame else feed
        yield case(class_name, shape_fed, feed=fed, only=only, **config, **{option: name})


def flags(words: str) -> dict[str, Any]:
    """Options that are true."""
    return dict.fromkeys(words.split(), True)


def recurrent_cases(class_name: str, *, functions: bool = True, **always: Any) -> Iterator[Case]:
    """The options that LSTM, GRU and SimpleRNN have in common; ``always`` goes into each."""
    sequence, units = (6, 3), 5
    for count in (1, 5, 8, 17):
        yield case(class_name, sequence, units=count, **always)
    yield case(class_name, sequence, units=units, use_bias=False, **always)
    for words in (
        *("return_sequences", "return_state", "return_sequences return_state", "go_backwards"),
        *("go_backwards return_sequences return_state", "stateful", "stateful return_sequences"),
        *("stateful go_backwards return_sequences", "unroll return_sequences"),
    ):
        yield case(class_name, sequence, units=units, **always, **flags(words))
    for words in ("", "return_sequences", "go_backwards"):
        yield case(class_name, (None, 3), units=units, **always, **flags(words))
    for words in (
        *("", "return_state", "return_sequences", "return_sequences zero_output_for_mask", "zero_output_for_mask"),
        *("return_sequences return_state go_backwards", "return_sequences go_backwards zero_output_for_mask"),
        *("stateful", "return_sequences stateful", "return_sequences stateful go_backwards"),
        *("return_sequences stateful zero_output_for_mask", "return_sequences unroll"),
        *("return_sequences unroll go_backwards", "return_sequences unroll go_backwards zero_output_for_mask"),
        *("return_sequences unroll zero_output_for_mask stateful",),
        *("return_sequences unroll stateful go_backwards zero_output_for_mask",),
    ):
        yield case(class_name, sequence, feed="masked", units=units, **always, **flags(words))
    # tf_keras fails on this one by itself: it takes the last step for the sequence.
    last = flags("return_state unroll go_backwards zero_output_for_mask")
    yield case(class_name, sequence, feed="masked", units=units, only="keras", **always, **last)
    if functions:
        yield from each_function(class_name, "activation", sequence, "gentle", units=3, **always)
    yield case(class_name, sequence, units=3, activation="softmax", refused="mixes the units", **always)


def gate_cases(class_name: str, **always: Any) -> Iterator[Case]:
    """Every function at the gates, for three steps: one without bounds makes any rounding grow with each."""
    yield from each_function(class_name, "recurrent_activation", (3, 3), "gentle", units=3, **always)
    yield case(class_name, (6, 3), units=3, activation="relu", recurrent_activation="tanh", **always)  # c below 0
    yield case(class_name, (6, 3), units=3, recurrent_activation="softmax", refused="mixes the units", **always)
