"""Models of many calls of operators, each call an output: made of the table of signatures, held to what layers are."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import lab
from .feeds import DTYPES
from .signatures import Alone, In, Subject, as_operator, filled, with_others
from .signatures_operators import SUBJECTS

MOST = 24
"""Calls in a model, but of an operator that has more."""


@dataclass(frozen=True)
class Calls:
    """Builds the model of some operators of a section."""

    section: str
    names: tuple[str, ...]

    def __call__(self, keras: Any) -> Any:
        inputs: dict[tuple[In, int], Any] = {}
        for given in self.inputs:
            inputs[given] = keras.Input(given[0].shape, dtype=DTYPES.get(given[0].feed, "float32"))
        outputs = []
        for name, arguments in self._calls():
            outputs += as_operator(name)(keras, numbered(arguments, inputs.__getitem__))[1]
        return keras.Model(list(inputs.values()), [keras.ops.cast(y, "float32") for y in outputs])

    def _calls(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """A name and arguments: the first ones, then each value."""
        for subject in SUBJECTS[self.section]:
            if subject.name in self.names:
                yield from ((subject.name, {**subject.base, **changes}) for changes in changed(subject))

    @property
    def inputs(self) -> list[tuple[In, int]]:
        """Those that a call takes one of, and the second of the same kind, and so on."""
        found: dict[tuple[In, int], None] = {}
        for _, arguments in self._calls():
            numbered(arguments, found.setdefault)
        return list(found)


def changed(subject: Subject) -> Iterator[Mapping[str, Any]]:
    yield {}
    for argument, values in subject.values.items():
        for own in map(with_others, values):
            if not isinstance(own, Alone):
                yield {**own.others, argument: own.value}


def numbered(arguments: Mapping[str, Any], made: Callable[[tuple[In, int]], Any]) -> Any:
    """Arguments with inputs by their kind, and how many of the kind the call has before."""
    seen: Counter[In] = Counter()

    def one(given: In) -> Any:
        seen[given] += 1
        return made((given, seen[given] - 1))

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
                yield lab.Subject(title, "keras", build, tuple(given.feed for given, _ in build.inputs))
                names, room = [], 0
