"""A layer as the file has it, and what holds for the whole file: what a kind's ``describe`` is given."""

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
    """What holds for the whole file, and what is worth telling about it."""

    writer: Writer
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    layer: Callable[[Entry, Place, Site], LayerSpec | ModelSpec] | None = None
    """Reads a layer or a model that another layer wraps."""

    def note(self, text: str) -> None:
        """A fact for the report, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class Source:
    """A layer as the file has it."""

    name: str
    file_class: str
    config: Mapping[str, Any]
    arrays: tuple[StoredArray, ...]
    place: Place = field(default=Flat(()))
    """Where arrays of layers inside it are looked up."""
    operation: bool = False
    """Whether it is one of Keras 3's bare operations, which have names of layers."""
    nodes: Sequence[Any] = ()
    """What it was called with, as the file has it."""
