"""What a backend is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ..core.formats import FLOAT, Array, Format
from ..core.graph import Graph
from ..numerics.base import Numeric
from .work import whole


@dataclass(frozen=True)
class Origin:
    """Where a model came from, for banners."""

    file: str
    """The file's name without its folder."""
    sha256: str
    keras: str
    """Generation and version: ``Keras 3 (3.15.1)``."""
    weights_id: str


@dataclass(frozen=True)
class Options:
    """What the user or the target chooses, whatever the backend.

    Args:
        name: identifier of the model: files, types and functions begin with it.
        target: for the banner.
    """

    name: str
    target: str
    numeric: Numeric


@dataclass(frozen=True)
class PortView:
    """A model input or output, as the interface of a backend shows it."""

    name: str
    """Identifier in the generated code."""
    title: str
    """The layer's own name."""
    shape: tuple[int | None, ...]
    axis: int | None
    frame: int
    """Values of a step, or of the whole where there is no streaming axis."""
    format: Format = FLOAT
    emitted: int = 0
    """Values of one output of a step, where they are others than ``frame``: of a stream whose steps are not all
    answered."""
    in_arena: bool = False
    """Whether the model's working memory has a place for it."""

    @property
    def step(self) -> int:
        """Values that a step takes or gives."""
        return self.emitted or self.frame

    @property
    def dtype(self) -> str:
        """NumPy's name of the type that its values are given in."""
        return self.format.dtype

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one time step; the whole shape where there is no axis."""
        return tuple(n or 0 for n in self.shape[self.axis is not None :])

    def shape_for(self, lengths: Sequence[int]) -> tuple[int, ...]:
        """The shape of one sample when the axes have these lengths."""
        return self.frame_shape if self.axis is None else (lengths[self.axis], *self.frame_shape)


@dataclass(frozen=True)
class AxisView:
    """A time axis of the interface."""

    name: str
    fixed: int | None
    """Steps, where the model fixes them."""
    capacity: int | None
    """Most steps, where a sequence is kept whole; None: no limit."""
    length: int | None
    """Steps in the file, where it says."""


@dataclass(frozen=True)
class Rate:
    """When a causal stream's ``step`` gives outputs.

    Args:
        every: steps from one output to the next.
        first: the step, counted from 1, that gives the first.
        delay: steps by which outputs come later than those of the whole sequence; ``finish`` gives the last of them.
        finishes: whether there is a ``finish``.
    """

    every: int
    first: int
    delay: int
    finishes: bool
    anew: int = 0
    """Multiply-accumulates of a whole sequence, where its length is known: what an output costs that is computed anew,
    for each step from one to the next."""


@dataclass(frozen=True)
class Table:
    """Constants of the generated code.

    Args:
        bytes: in all.
        owner: the layer whose they are; empty if several share them.
        digest: of a layer's integers, SHA-256 of them as int64; else empty.
    """

    name: str
    bytes: int
    owner: str
    digest: str = ""


class File(NamedTuple):
    """A file of an output folder.

    Args:
        purpose: for people; empty where its name says it.
        yours: whether it is the user's to change, and never written over.
    """

    content: str | bytes
    purpose: str = ""
    yours: bool = False


EXAMPLE = "an example: yours to change, never written over"
Files = Mapping[str, File]
"""By path within a folder."""


def below(folder: str, files: Files) -> dict[str, File]:
    """Files within a folder."""
    return {f"{folder}/{path}": file for path, file in files.items()}


@dataclass(frozen=True)
class Project:
    """An output folder.

    Args:
        commands: what to do with it, and what that is for; ``{folder}`` stands for its place.
        calls: the lines by which a program uses the model.
    """

    files: Files
    commands: tuple[tuple[str, str], ...]
    calls: tuple[str, ...]


class Work(NamedTuple):
    """Multiply-accumulates of a ``macs_per``: ``step`` or ``call``."""

    macs: int
    macs_per: str


def of_state(inputs: Sequence[PortView], graph: Graph) -> str:
    """What a state is there for: to remember what came before, or for one call alone."""
    sequences = any(port.axis is not None for port in inputs) or graph.stateful
    return "for each independent sequence" if sequences else "of working memory"


@dataclass(frozen=True)
class Generated:
    """Files, by path relative to the output folder, and what a caller must know about them."""

    name: str
    files: Mapping[str, str]
    inputs: tuple[PortView, ...]
    outputs: tuple[PortView, ...]
    axes: tuple[AxisView, ...]
    causal: bool
    model_id: str
    """16 hex digits over structure, weights, numeric and options: checked before any comparison."""
    weight_bytes: int
    state_bytes: int
    integer: bool
    """Whether it computes in integers alone, so that devices agree bit for bit."""
    macs: int
    """Multiply-accumulates of a step; of the whole where there is no time axis. ``work`` is what people are told."""
    graph: Graph
    """What was generated: of an integer type, the integers it computes."""
    rate: Rate | None = None
    """Of a causal stream: when ``step`` gives outputs."""
    tables: tuple[Table, ...] = ()
    """Every table of constants, of a backend that compiles."""
    sums: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of each table of weights of integers in C: what a row's sum, or a part of it, lies between."""
    checks_state: bool = False
    """Whether the C has ``NAME_state_valid``: of a causal stream whose state holds places in rings."""
    pieces: tuple[str, ...] = ()
    """What the code is made of, each as often as it occurs: ``layer KIND``, ``product NAME``, ``helper NAME``;
    ``in helper NAME`` for each place in a layer that calls the helper, since compilers inline small ones; ``call`` for
    each call of a layer; ``frame float`` or ``frame integer`` for the rest. Numbers of a name, such as a product's
    block, are ``#``."""

    numeric: str = "float32"
    """The numeric type, by which a device knows itself too."""
    lengths: tuple[int, ...] = ()
    """Steps that buffers of whole sequences hold, one a time axis."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    """Path -> what the file is for."""

    @property
    def listed(self) -> dict[str, File]:
        """The files with their purposes."""
        return {path: File(text, self.purposes.get(path, "")) for path, text in self.files.items()}

    @property
    def stepped(self) -> bool:
        """Whether a device can be driven by single steps: what a step gives is what ``run`` gives, but for time."""
        return self.causal or (self.rate is not None and not any(port.emitted for port in self.outputs))

    @property
    def per(self) -> str:
        """What a device's costs are of: a step through time, or a call."""
        return "step" if self.stepped and self.axes else "call"

    @cached_property
    def work(self) -> Work:
        """Multiply-accumulates of that; of a call whose length is open, those of one of its steps."""
        macs = self.macs if self.per == "step" else whole(self.graph)
        return Work(macs, self.per) if macs or not self.macs else Work(self.macs, "step")

    @property
    def worked(self) -> str:
        """The same in words; a stream whose calls are told has steps too."""
        told = f"{self.work.macs:,} multiply-adds a {self.work.macs_per}"
        return f"{told}; {self.macs:,} a step" if self.rate and self.work.macs_per == "call" else told

    def macs_of_call(self, lengths: Sequence[int]) -> int:
        """Multiply-accumulates of sequences of these lengths, about; of the whole where no input is a sequence."""
        sequences = any(port.axis is not None for port in self.inputs)
        return self.macs * (max(lengths, default=1) if sequences else 1)

    @property
    def first(self) -> int:
        """The step that gives the first output."""
        return self.rate.first if self.rate else 1

    @property
    def every(self) -> int:
        """Steps from one output to the next."""
        return self.rate.every if self.rate else 1

    def take(self, inputs: Sequence[Array]) -> list[Array]:
        """Real inputs, (samples, ...) one a port, in the ports' own types."""
        return [port.format.quantize(x) for port, x in zip(self.inputs, inputs, strict=True)]
