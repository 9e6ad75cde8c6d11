"""The place of a refusal in a model, described so that a person finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ....core.errors import ModelError, UnsupportedError


@dataclass(frozen=True)
class Site:
    """One layer's place."""

    file: str
    name: str = ""
    """The layer's name."""
    file_class: str = ""
    neighbours: tuple[tuple[str, str], ...] = ()
    """(name, class) of every layer of the model that holds this one, in order."""
    outer: tuple[str, ...] = ()
    """Names of the models and wrappers around it, outermost first."""
    stops: frozenset[str] = frozenset()
    """The names that ``--stop-before`` takes; none until the wiring of the whole model is read."""

    def layer(self, name: str, file_class: str, neighbours: Sequence[tuple[str, str]]) -> Site:
        """A layer of the model at this site."""
        outer = (*self.outer, self.name) if self.name else self.outer
        return replace(self, name=name, file_class=file_class, neighbours=tuple(neighbours), outer=outer)

    def inside(self, name: str, file_class: str) -> Site:
        """A layer wrapped by the one at this site."""
        return replace(self, name=name, file_class=file_class, outer=(*self.outer, self.name))

    @property
    def where(self) -> str:
        """File, position, and the neighbours with an arrow at this layer."""
        marked = [index for index, (name, _) in enumerate(self.neighbours) if name in (self.name, *self.outer)]
        if not marked:
            return self.file
        at, count = marked[-1], len(self.neighbours)
        head = f"{self.file}, layer {at + 1} of {count}"
        around = [part for part in self.outer if part != self.neighbours[at][0]]
        if around:
            head += f", inside {' > '.join(around)}"
        first, last = max(0, at - 3), min(count, at + 4)
        wide = max(len(name) for name, _ in self.neighbours[first:last])
        lines = [
            f"   {'>' if i == at else ' '} {i + 1:>2}  {self.neighbours[i][0]:<{wide}}  {self.neighbours[i][1]}"
            for i in range(first, last)
        ]
        return "\n".join([head, *lines])

    def unsupported(self, what: str, why: str = "", *fix: str) -> UnsupportedError:
        """A refusal of a good model, with advice to leave the layer out if that is possible."""
        top = self.outer[0] if self.outer else self.name
        stop = (f"or stop before it and do the rest in your own C: --stop-before {top}",) if top in self.stops else ()
        return UnsupportedError(self._sentence(what), where=self.where, why=why, fix=(*fix, *stop))

    def broken(self, what: str, why: str = "", *fix: str) -> ModelError:
        """A refusal of a file that contradicts itself."""
        return ModelError(self._sentence(what), where=self.where, why=why, fix=fix)

    def _sentence(self, what: str) -> str:
        return f'layer "{self.name}" ({self.file_class}) {what}' if self.name else f"the model {what}"
