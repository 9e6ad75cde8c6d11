"""A layer as in the file, and the facts on the whole file: the arguments of a kind's ``describe``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..containers.stored import StoredArray
from .config import Writer
from .outline import Entry
from .site import Site
from .spec import LayerSpec, ModelSpec
from .weights import Flat, Place


@dataclass
class Context:
    """The facts on the whole file, and the notes about it."""

    writer: Writer
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    layer: Callable[[Entry, Place, Site], LayerSpec | ModelSpec] | None = None
    """Reads a layer or a model that another layer wraps."""

    def note(self, text: str) -> None:
        """Adds a note to the report, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class Source:
    """A layer as in the file."""

    name: str
    file_class: str
    config: Mapping[str, Any]
    arrays: tuple[StoredArray, ...]
    place: Place = field(default=Flat(()))
    """The place to look up arrays of layers inside it."""
    operation: bool = False
    """Whether it is one of Keras 3's bare operations, which have names like layers."""
    nodes: Sequence[Any] = ()
    """The arguments of its calls, as in the file."""
