"""Option names and defaults of each Keras generation, in one table, and who wrote a file.

Sources: Keras 0.3.3 and 1.2.2 ``keras/layers/{core,recurrent,embeddings,normalization,wrappers}.py``, Keras 2.0.5,
2.2.4 and 2.3.1 ``keras/layers/*.py`` and ``keras/legacy/interfaces.py`` (the renames), tf_keras 2.15 to 2.21
``tf_keras/src/layers``, Keras 3.15 ``keras/src/layers``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .site import Site

INT32_MAX = 2**31 - 1

COLUMNS = ("Keras 0", "Keras 1", "Keras 2", "Keras 2.3", "tf.keras 2", "Keras 3")
"""The writers whose defaults differ. ``Keras 2`` is the multi-backend Keras 2.0 to 2.2."""


@dataclass(frozen=True)
class Writer:
    """The Keras that wrote a file."""

    generation: str
    """``Keras 0`` | ``Keras 1`` | ``Keras 2`` (multi-backend) | ``tf.keras 2`` | ``Keras 3``."""
    version: tuple[int, ...] = ()
    """Empty where the file does not say."""
    backend: str = ""

    @property
    def column(self) -> str:
        """Which column of the table of defaults holds."""
        return "Keras 2.3" if self.generation == "Keras 2" and self.version >= (2, 3) else self.generation


def writer_of(config: Mapping[str, Any], keras_version: str, backend: str) -> tuple[Writer, str]:
    """Who wrote this file, and how we know.

    ``keras_version`` decides; tf.keras's ends in ``-tf`` or, from 2.4 on, is TensorFlow's own number (multi-backend
    Keras ended with 2.3.1). Files without one are told by the words that only one generation uses.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", keras_version.split("-", maxsplit=1)[0])[:3])
    if numbers:
        if numbers[0] >= 3:
            generation = "Keras 3"
        elif numbers[0] == 2:
            generation = "tf.keras 2" if "-tf" in keras_version or numbers >= (2, 4) else "Keras 2"
        else:
            generation = f"Keras {numbers[0]}"
        return Writer(generation, numbers, backend), f"keras_version {keras_version}"
    if "class_name" not in config and "layers" in config:
        return Writer("Keras 0", (), backend), "layers without class_name, as Keras 0.3 wrote them"
    words = set(_keys(config))
    if words & {"keras_history", "batch_shape"}:
        generation, word = "Keras 3", "batch_shape"
    elif words & {"time_major", "registered_name"}:
        generation, word = "tf.keras 2", "time_major or registered_name"
    elif words & {"kernel_initializer", "embeddings_initializer", "units"}:
        generation, word = "Keras 2", "kernel_initializer"
    else:
        return Writer("Keras 1", (), backend), "no keras_version: Keras 1"
    return Writer(generation, (), backend), f"no keras_version; told by the word {word}"


def _keys(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            yield from (key for key in item if isinstance(key, str))
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)


REQUIRED = object()
"""Stands where an option has no default."""


@dataclass(frozen=True)
class Option:
    """One option of a layer class."""

    name: str
    """Keras 3's name."""
    kind: str
    """``size`` (1 ..) | ``int`` | ``axes`` (int or ints) | ``ints`` | ``float`` | ``flag`` | ``word`` | ``function`` |
    ``any``."""
    default: Any = REQUIRED
    since: tuple[tuple[str, Any], ...] = ()
    """Later defaults: (column from which it holds, value), oldest first."""
    older: tuple[str, ...] = ()
    """Names in earlier generations."""

    def default_in(self, column: str) -> Any:
        """The default that the writers of this column had."""
        at, value = COLUMNS.index(column), self.default
        for start, later in self.since:
            if COLUMNS.index(start) <= at:
                value = later
        return value


UNITS = Option("units", "size", older=("output_dim",))
ACTIVATION = Option("activation", "function", "linear")
USE_BIAS = Option("use_bias", "flag", True, older=("bias",))
AXIS = Option("axis", "int", -1)
SEQUENCE = (
    Option("return_sequences", "flag", False),
    Option("return_state", "flag", False),
    Option("go_backwards", "flag", False),
    Option("stateful", "flag", False),
    Option("zero_output_for_mask", "flag", False),
)
TANH = Option("activation", "function", "tanh")
GATES = Option(
    "recurrent_activation",
    "function",
    "hard_sigmoid",
    since=(("Keras 2.3", "sigmoid"),),
    older=("inner_activation",),
)
"""``inner_activation`` until Keras 1. ``hard_sigmoid`` changes its meaning in Keras 3, see ``activations``."""
RESET_AFTER = Option("reset_after", "flag", False, since=(("tf.keras 2", True),))
"""No such key up to Keras 2.1.4: the form before the product."""

CELLS: dict[str, tuple[Option, ...]] = {
    "LSTM": (UNITS, TANH, GATES, USE_BIAS),
    "GRU": (UNITS, TANH, GATES, USE_BIAS, RESET_AFTER),
    "SimpleRNN": (UNITS, TANH, USE_BIAS),
}

OPTIONS: dict[str, tuple[Option, ...]] = {
    **{name: options + SEQUENCE for name, options in CELLS.items()},
    "StackedRNN": (*SEQUENCE, Option("reverse_state_order", "flag", False)),
    "Dense": (UNITS, ACTIVATION, USE_BIAS),
    "Embedding": (
        Option("input_dim", "size"),
        Option("output_dim", "size"),
        Option("mask_zero", "flag", False),
    ),
    "Masking": (Option("mask_value", "float", 0.0),),
    "PReLU": (Option("shared_axes", "ints", None),),
    "Flatten": (Option("data_format", "word", "channels_last"),),
    "Reshape": (Option("target_shape", "ints", older=("dims",)),),
    "Permute": (Option("dims", "ints"),),
    "RepeatVector": (Option("n", "size"),),
    "BatchNormalization": (
        AXIS,
        Option("epsilon", "float", 1e-6, since=(("Keras 1", 1e-3),)),
        Option("center", "flag", True),
        Option("scale", "flag", True),
    ),
    "LayerNormalization": (
        Option("axis", "axes", -1),
        Option("epsilon", "float", 1e-3),
        Option("center", "flag", True),
        Option("scale", "flag", True),
        Option("rms_scaling", "flag", False),
    ),
    "Normalization": (Option("axis", "axes", -1), Option("invert", "flag", False)),
    "Rescaling": (Option("scale", "any", 1.0), Option("offset", "any", 0.0)),
    "ReLU": (
        Option("max_value", "any", None),
        Option("negative_slope", "float", 0.0),
        Option("threshold", "float", 0.0),
    ),
    "LeakyReLU": (Option("negative_slope", "float", 0.3, older=("alpha",)),),
    "ELU": (Option("alpha", "float", 1.0),),
    "ThresholdedReLU": (Option("theta", "float", 1.0),),
    "Softmax": (Option("axis", "axes", -1),),
    "Activation": (Option("activation", "function"),),
    "Identity": (),
    "Add": (),
    "Subtract": (),
    "Multiply": (),
    "Average": (),
    "Maximum": (),
    "Minimum": (),
    "Concatenate": (Option("axis", "int", -1, older=("concat_axis",)),),
    "Dot": (Option("axes", "axes", -1, older=("dot_axes",)), Option("normalize", "flag", False)),
}
"""Every option that changes a result, by canonical class. What is not here (initialisers, regularisers, constraints,
dropout rates, ``implementation``, ``unroll``, ``consume_less`` ...) does not change what a trained layer computes."""


def options(class_name: str, config: Mapping[str, Any], writer: Writer, site: Site) -> dict[str, Any]:
    """The complete options of a layer under their Keras 3 names; ``function`` kinds are left for ``activations``."""
    table = CELLS.get(class_name.removesuffix("Cell"), ()) if class_name.endswith("Cell") else OPTIONS[class_name]
    found: dict[str, Any] = {}
    for option in table:
        value = option.default_in(writer.column)
        for name in (option.name, *option.older):
            if name in config and config[name] is not None:
                value = config[name]
                break
        else:
            if option.name in config and option.kind in ("any", "ints", "axes", "function"):
                value = None
        if value is REQUIRED:
            raise site.broken(f'has no option "{option.name}"', "the model's configuration is incomplete")
        found[option.name] = _checked(option, value, site)
    return found


def _checked(option: Option, value: Any, site: Site) -> Any:
    name, kind = option.name, option.kind
    if kind == "size":
        return size(value, name, site)
    if kind == "int":
        return whole(value[0] if isinstance(value, list) and len(value) == 1 else value, name, site)
    if kind == "axes" and value is None:
        return None
    if kind == "axes":
        return (
            [whole(item, name, site) for item in value]
            if isinstance(value, (list, tuple))
            else whole(value, name, site)
        )
    if kind == "ints":
        if value is None:
            return None
        items = value if isinstance(value, (list, tuple)) else [value]
        return tuple(whole(item, name, site) for item in items)
    if kind == "float":
        return number(value, name, site)
    if kind == "flag":
        if not isinstance(value, (bool, int)) or value not in (0, 1):
            raise site.broken(f"has {name}={shown(value)}", f"{name} is true or false")
        return bool(value)
    if kind == "word" and not isinstance(value, str):
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a word")
    return value


def whole(value: Any, name: str, site: Site) -> int:
    """An option that must be a whole number of 32 bits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > INT32_MAX:
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a whole number")
    return value


def size(value: Any, name: str, site: Site) -> int:
    """An option that counts something: 1 or more."""
    result = whole(value, name, site)
    if result < 1:
        raise site.broken(f"has {name}={result}", f"{name} must be 1 or more")
    return result


def number(value: Any, name: str, site: Site) -> float:
    """An option that is a number, also as Keras 2 wrote NumPy scalars."""
    if isinstance(value, Mapping) and "value" in value:
        value = value["value"]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a finite number")
    return float(value)


def product(dims: tuple[int, ...], what: str, site: Site) -> int:
    """The number of elements, refused where 32 bits cannot count it."""
    result = math.prod(dims)
    if result > INT32_MAX:
        raise site.broken(f"is absurdly large: {what} {' x '.join(map(str, dims))}", "no board can hold it")
    return result


def shown(value: Any) -> str:
    """A value from a file, cut to what a message can hold."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
