"""Options of layers, with their names and defaults in each Keras generation, and the Keras that wrote a file.

Sources: Keras 0.3.3 and 1.2.2 ``keras/layers/{core,recurrent,embeddings,normalization,wrappers}.py``, Keras 2.0.5,
2.2.4 and 2.3.1 ``keras/layers/*.py`` and ``keras/legacy/interfaces.py`` (the renames), tf_keras 2.15 to 2.21
``tf_keras/src/layers``, Keras 3.15 ``keras/src/layers``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....core.errors import UsageError
from .ledger import Ledger
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
    """Empty if the file has none."""
    backend: str = ""
    tensorflow: tuple[int, ...] | None = None
    """The TensorFlow of a tf.keras, if the user named it: no file does."""

    @property
    def column(self) -> str:
        """The column of the table of defaults."""
        return "Keras 2.3" if self.generation == "Keras 2" and self.version >= (2, 3) else self.generation


WORDS = (
    ("Keras 3", ("keras_history", "batch_shape"), "batch_shape"),
    ("tf.keras 2", ("time_major", "registered_name"), "time_major or registered_name"),
    ("Keras 2", ("kernel_initializer", "embeddings_initializer", "units"), "kernel_initializer"),
)
"""Generation, words that only it and later ones use, and the name of these words in notes."""


def writer_of(config: Mapping[str, Any], keras_version: str, backend: str) -> tuple[Writer, str]:
    """The Keras that wrote this file, and the evidence.

    ``keras_version`` decides; tf.keras's ends in ``-tf`` or, from 2.4 on, is TensorFlow's own number (multi-backend
    Keras ended with 2.3.1). In files without one, words that only one generation uses decide.
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
    words = {key for part in parts(config) for key in part if isinstance(key, str)}
    for generation, told_by, word in WORDS:
        if words.intersection(told_by):
            return Writer(generation, (), backend), f"no keras_version; told by the word {word}"
    return Writer("Keras 1", (), backend), "no keras_version: Keras 1"


TF_KERAS = (
    ((2, 4), ()),
    ((2, 3), (2, 4)),
    ((2, 2), (2, 3)),
    ((1, 13), (2, 2, 4)),
    ((1, 9), (2, 1, 6)),
    ((1, 4), (2, 0, 8)),
)
"""First TensorFlow release -> the ``keras_version`` it wrote from then on; empty: its own number."""


def written_by(release: str) -> Writer:
    """The writer that a person names: ``Keras 2.2.2``, ``TensorFlow 1.10``.

    Raises:
        UsageError: it is no release of either that wrote files Gatesmith reads.
    """
    match = re.fullmatch(r"(keras|tensorflow|tf)[ =-]?(\d+(?:\.\d+){0,2})", release.strip().lower())
    numbers = tuple(map(int, match[2].split("."))) if match else ()
    if match and match[1] == "keras" and (numbers < (2, 4) or numbers[0] == 3):
        return writer_of({}, match[2], "")[0]
    if match and match[1] != "keras" and (1, 4) <= numbers < (2, 16):
        version = next(version for since, version in TF_KERAS if numbers >= since)
        return Writer("tf.keras 2", version or numbers, "tensorflow", numbers)
    raise UsageError(
        f"--written-by {shown(release)} names no release",
        fix='as in "Keras 1.2.2", "Keras 2.2.2", "TensorFlow 1.10", "Keras 3.3"; TensorFlow from 2.16 on has Keras 3',
    )


def parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every description and every table of options within a configuration."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            yield item
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)


def table(value: Any, *keys: str) -> Mapping[str, Any]:
    """The table under these keys, each inside the one before; empty if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


REQUIRED = object()
"""In place of the default of an option that has none."""


@dataclass(frozen=True)
class Option:
    """One option of a layer class."""

    name: str
    """Keras 3's name."""
    kind: str
    """``size`` (1 ..) | ``int`` | ``axes`` (int or ints) | ``places`` (the same, as in the file) | ``ints`` | ``sizes``
    (one an axis) | ``float`` | ``flag`` | ``word`` | ``format`` (of data) | ``function`` | ``any``. A question mark at
    the end: or none."""
    default: Any = REQUIRED
    since: tuple[tuple[str, Any], ...] = ()
    """Later defaults: (first column, value), oldest first."""
    older: tuple[str, ...] = ()
    """Names in earlier generations."""
    values: tuple[Any, ...] = ()
    """The values that are read; empty: all of the kind."""

    def default_in(self, column: str) -> Any:
        """The default of this column's writers."""
        later = [value for start, value in self.since if COLUMNS.index(start) <= COLUMNS.index(column)]
        return later[-1] if later else self.default


NONE_IN_FILES = ("any", "ints", "size?", "sizes", "axes", "axes?", "places", "places?", "function")
"""Kinds of options for which None in a file is a value; for others, None means the default."""
UNITS = Option("units", "size", older=("output_dim",))
ACTIVATION = Option("activation", "function", "linear")
USE_BIAS = Option("use_bias", "flag", True, older=("bias",))
AXIS, AXES = Option("axis", "int", -1), Option("axis", "axes", -1)
CENTER, SCALE = Option("center", "flag", True), Option("scale", "flag", True)


def options(known: Sequence[Option], config: Mapping[str, Any], writer: Writer, site: Site) -> Ledger:
    """The complete options of a layer under their Keras 3 names; ``build`` gives them their canonical form.

    Those that differ from their defaults are owed; if ``config`` is a ledger, both share their records.
    """
    complete = Ledger(stated(known, dict(config), writer), config if isinstance(config, Ledger) else None)
    for option in known:
        value = dict.get(complete, option.name)
        if value is REQUIRED:
            raise site.broken(f'has no option "{option.name}"', "the model's configuration is incomplete")
        if value != option.default_in(writer.column):
            complete.owed[option.name] = value
        complete[option.name] = _checked(option, value, site)
    return complete


def stated(known: Sequence[Option], config: Mapping[str, Any], writer: Writer) -> dict[str, Any]:
    """The same as in the file, not checked; the value of a missing option is :data:`REQUIRED`."""
    values: dict[str, Any] = {}
    for option in known:
        value = next((config[name] for name in (option.name, *option.older) if config.get(name) is not None), None)
        if value is None and not (option.name in config and option.kind in NONE_IN_FILES):
            value = option.default_in(writer.column)
        values[option.name] = value
    return values


def _checked(option: Option, value: Any, site: Site) -> Any:
    name, kind = option.name, option.kind.removesuffix("?")
    if option.values and value not in option.values:
        raise site.unsupported(f"has {name}={shown(value)}", f"read are {', '.join(map(str, option.values))}")
    if value is None and (kind == "ints" or option.kind.endswith("?")):
        return None
    if kind == "size":
        return size(value, name, site)
    if kind == "int":
        return whole(value[0] if isinstance(value, list) and len(value) == 1 else value, name, site)
    if kind in ("axes", "places", "ints"):
        several = isinstance(value, (list, tuple))
        wholes = [whole(item, name, site) for item in (value if several else [value])]
        return tuple(wholes) if kind == "ints" else wholes if several else wholes[0]
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
    """An option that is a number, in Keras 2's form of NumPy scalars too."""
    if isinstance(value, Mapping) and "value" in value:
        value = value["value"]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a finite number")
    return float(value)


def rank_of(class_name: str) -> int:
    """The number of axes that a layer slides along: the number in its name."""
    return int(class_name.removesuffix("Transpose")[-2])


def per_axis(value: Sequence[int] | int, rank: int, name: str, site: Site) -> tuple[int, ...]:
    """One size per axis, from one for all or one for each."""
    items = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    items = items * rank if len(items) == 1 else items
    if len(items) != rank:
        raise site.broken(f"has {name}={shown(value)}", f"expected {rank} numbers")
    return tuple(size(item, name, site) for item in items)


FIRST = "channels_first"


def data_format(word: Any, site: Site) -> str:
    """The place of the channels, in Keras 2's words."""
    place = {"tf": "channels_last", "th": FIRST}.get(word, word) if isinstance(word, str) else None
    if place not in ("channels_last", FIRST):
        raise site.broken(f"has data_format={shown(word)}", "data_format is channels_last or channels_first")
    return str(place)


def product(dims: tuple[int, ...], what: str, site: Site) -> int:
    """The number of elements, refused if 32 bits cannot count it."""
    result = math.prod(dims)
    if result > INT32_MAX:
        raise site.broken(f"is absurdly large: {what} {' x '.join(map(str, dims))}", "no board can hold it")
    return result


def refuse_unread(remaining: Mapping[str, Any], refuse: Callable[[str, str, str], Exception]) -> None:
    """Refuses options or arguments that were never read.

    Raises:
        UnsupportedError: there is one.
    """
    if remaining:
        listed = ", ".join(f"{name}={shown(value)}" for name, value in remaining.items())
        raise refuse(
            f"has {listed}, which Gatesmith does not translate",
            "what is not translated may change the result, so it is not dropped silently",
            f"leave {', '.join(remaining)} at the default",
        )


def shown(value: Any) -> str:
    """A value from a file, cut to a message's length."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
