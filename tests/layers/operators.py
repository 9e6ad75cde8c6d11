"""Models of many calls of operators, each call an output: made of the table of signatures, held to what layers are.
tf.keras has TensorFlow's functions that say them: each has a call, one of an operator's all values."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fuzz.operators import calls
from fuzz.recipe import function_of

from gatesmith.importers.keras.layers.spellings import OTHERS

from . import lab
from .feeds import DTYPES
from .signatures import Alone, In, Subject, as_operator, filled, with_others
from .signatures_operators import SUBJECTS

MOST = 24
"""Calls in a model, but of an operator that has more."""
NOT_SAID = ("masked", "windows")
"""Sections of which TensorFlow has no function that is read."""


@dataclass(frozen=True)
class Calls:
    """Builds the model of some operators of a section."""

    section: str
    names: tuple[str, ...]

    def __call__(self, keras: Any) -> Any:
        inputs, used, outputs, seen = {}, set[tuple[In, int]](), list[Any](), set[str]()
        for kind in self.inputs:
            inputs[kind] = keras.Input(kind[0].shape, dtype=DTYPES.get(kind[0].feed, "float32"))
        for name, arguments in self._calls():
            filled_in = numbered(arguments, inputs.__getitem__)
            if keras.__name__ == "keras":
                outputs += as_operator(name)(keras, filled_in)[1]
                continue
            for results in in_tensorflow(keras, name, filled_in, seen):
                outputs += results
                numbered(arguments, used.add)
        if keras.__name__ == "keras":
            return keras.Model(list(inputs.values()), [keras.ops.cast(y, "float32") for y in outputs])
        outputs += [x for kind, x in inputs.items() if kind not in used]
        return keras.Model(list(inputs.values()), [function_of(keras, "cast")(y, "float32") for y in outputs])

    def _calls(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """A name and arguments: the first ones, then with each value."""
        for subject in SUBJECTS[self.section]:
            if subject.name in self.names:
                yield from ((subject.name, {**subject.base, **changes}) for changes in changed(subject))

    @property
    def inputs(self) -> list[tuple[In, int]]:
        """The inputs of a call: the first of each kind, the second of the same kind, and so on."""
        used: dict[tuple[In, int], None] = {}
        for _, arguments in self._calls():
            numbered(arguments, used.setdefault)
        return list(used)


def in_tensorflow(keras: Any, name: str, arguments: Mapping[str, Any], seen: set[str]) -> Iterator[list[Any]]:
    """What TensorFlow's functions for an operator give of arguments that they have, where it takes their types: the
    first of them that does, and each that is not yet seen to, by its path."""
    done = False
    for call in calls("tf_keras", name, arguments, OTHERS):
        if not (done and call.path in seen):
            try:
                result = call.on(keras, ())
            except (AttributeError, TypeError, ValueError):  # a type or a rank that this one does not take
                continue
            done = True
            seen.add(call.path)
            yield list(result) if isinstance(result, (list, tuple)) else [result]


def changed(subject: Subject) -> Iterator[Mapping[str, Any]]:
    yield {}
    for argument, values in subject.values.items():
        for change in map(with_others, values):
            if not isinstance(change, Alone):
                yield {**change.others, argument: change.value}


def numbered(arguments: Mapping[str, Any], take: Callable[[tuple[In, int]], Any]) -> Any:
    """Arguments with each input replaced by its kind and its number within the kind."""
    seen: Counter[In] = Counter()

    def one(kind: In) -> Any:
        seen[kind] += 1
        return take((kind, seen[kind] - 1))

    return filled(dict(arguments), one)


def models() -> Iterator[lab.Subject]:
    for section, subjects in SUBJECTS.items():
        names: list[str] = []
        room = 0
        for number, subject in enumerate(subjects):
            names.append(subject.name)
            room += len(list(changed(subject)))
            if room >= MOST or number == len(subjects) - 1:
                build = Calls(section, tuple(names))
                title = f"operators: {section} from {names[0]} to {names[-1]}"
                feeds = tuple(kind.feed for kind, _ in build.inputs)
                for package in ("keras", "tf_keras")[: 1 if section in NOT_SAID else 2]:
                    yield lab.Subject(title, package, build, feeds)
                names, room = [], 0
