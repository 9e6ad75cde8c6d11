"""The inputs and the results of a backend."""

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
    """The origin of a model, for banners."""

    file: str
    """The file's name, without its folder."""
    sha256: str
    keras: str
    """Generation and version, ``Keras 3 (3.15.1)``."""
    weights_id: str


@dataclass(frozen=True)
class Options:
    """The choices of the user or the target that every backend takes.

    Args:
        name: the model's identifier, with which files, types and functions begin.
        target: the target's name, for the banner.
    """

    name: str
    target: str
    numeric: Numeric


@dataclass(frozen=True)
class PortView:
    """A model input or output in a backend's interface."""

    name: str
    """Identifier in the generated code."""
    title: str
    """The layer's own name."""
    shape: tuple[int | None, ...]
    axis: int | None
    frame: int
    """Values of a step; of the whole tensor if there is no streaming axis."""
    format: Format = FLOAT
    emitted: int = 0
    """Values of one output of a step, if they differ from ``frame``: in a stream whose steps do not all have
    outputs."""
    in_arena: bool = False
    """Whether its buffer is in the model's working memory."""

    @property
    def step(self) -> int:
        """Values that a step reads or writes."""
        return self.emitted or self.frame

    @property
    def dtype(self) -> str:
        """NumPy's name of the type of its values."""
        return self.format.dtype

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one time step; the whole shape if there is no axis."""
        return tuple(n or 0 for n in self.shape[self.axis is not None :])

    def shape_for(self, lengths: Sequence[int]) -> tuple[int, ...]:
        """The shape of one sample if the axes have these lengths."""
        return self.frame_shape if self.axis is None else (lengths[self.axis], *self.frame_shape)


@dataclass(frozen=True)
class AxisView:
    """A time axis of the interface."""

    name: str
    fixed: int | None
    """Number of steps, if the model fixes it."""
    capacity: int | None
    """Largest number of steps, if a sequence is stored whole; None: no limit."""
    length: int | None
    """Number of steps in the file, if given."""


@dataclass(frozen=True)
class Rate:
    """The steps at which a causal stream's ``step`` gives outputs.

    Args:
        every: steps from one output to the next.
        first: the step, counted from 1, that gives the first.
        delay: steps by which outputs lag behind those of the whole sequence; ``finish`` gives the last of them.
        finishes: whether there is a ``finish``.
    """

    every: int
    first: int
    delay: int
    finishes: bool
    from_scratch: int = 0
    """Multiply-accumulates of a whole sequence, per step from one output to the next, if its length is known: the cost
    of computing every output from scratch."""


@dataclass(frozen=True)
class Table:
    """Constants of the generated code.

    Args:
        bytes: total bytes.
        owner: the layer that uses them; empty if several share them.
        digest: SHA-256 of a layer's integers as int64; empty for other tables.
    """

    name: str
    bytes: int
    owner: str
    digest: str = ""


class File(NamedTuple):
    """A file of an output folder.

    Args:
        purpose: its purpose, for people; empty if the name says it.
        yours: whether it belongs to the user, and is never overwritten.
    """

    content: str | bytes
    purpose: str = ""
    yours: bool = False


EXAMPLE = "an example: yours to change, never written over"
Files = Mapping[str, File]
"""Files by path within a folder."""


def in_folder(folder: str, files: Files) -> dict[str, File]:
    """Files, moved into a folder."""
    return {f"{folder}/{path}": file for path, file in files.items()}


@dataclass(frozen=True)
class Project:
    """An output folder.

    Args:
        commands: commands for it, each with its purpose; ``{folder}`` stands for its path.
        calls: lines of a program that uses the model.
    """

    files: Files
    commands: tuple[tuple[str, str], ...]
    calls: tuple[str, ...]


class WorkCount(NamedTuple):
    """Multiply-accumulates per ``macs_per``: ``step`` or ``call``."""

    macs: int
    macs_per: str


def of_state(inputs: Sequence[PortView], graph: Graph) -> str:
    """The purpose of a state: memory between calls, or working memory of one call."""
    sequences = any(port.axis is not None for port in inputs) or graph.stateful
    return "for each independent sequence" if sequences else "of working memory"


@dataclass(frozen=True)
class Generated:
    """Generated files, by path relative to the output folder, and facts about them for a caller."""

    name: str
    files: Mapping[str, str]
    inputs: tuple[PortView, ...]
    outputs: tuple[PortView, ...]
    axes: tuple[AxisView, ...]
    causal: bool
    restarts: bool
    """Whether a call first sets to zero what its steps go on from."""
    model_id: str
    """16 hex digits over structure, weights, numeric type and options; checked before every comparison."""
    weight_bytes: int
    state_bytes: int
    integer: bool
    """Whether it computes with integers only, so that devices agree bit for bit."""
    macs: int
    """Multiply-accumulates of a step; of the whole model if there is no time axis. Pages show ``work``."""
    graph: Graph
    """The generated graph; for an integer type, the integers it computes."""
    rate: Rate | None = None
    """The rate of a causal stream's outputs."""
    tables: tuple[Table, ...] = ()
    """All tables of constants, from a backend that compiles."""
    sums: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """For each weight table of integers in C, the bounds of a row's sum, or of a part of it."""
    checks_state: bool = False
    """Whether the C has ``NAME_state_valid``: for a causal stream whose state has positions in rings."""
    pieces: tuple[str, ...] = ()
    """The pieces of the code, each as often as it occurs: ``layer KIND``, ``product NAME``, ``helper NAME``;
    ``in helper NAME`` for each call of a helper in a layer, because compilers inline small helpers; ``call`` for each
    call of a layer; ``frame float`` or ``frame integer`` for the rest. Numbers in names, such as a product's block, are
    ``#``."""

    numeric: str = "float32"
    """The numeric type, which a device also reports."""
    lengths: tuple[int, ...] = ()
    """Steps that buffers of whole sequences hold, one number per time axis."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    """Path -> the file's purpose."""

    @property
    def listed(self) -> dict[str, File]:
        """The files with their purposes."""
        return {path: File(text, self.purposes.get(path, "")) for path, text in self.files.items()}

    @property
    def stepped(self) -> bool:
        """Whether a device can run single steps: the outputs of the steps then equal those of ``run``, except for their
        timing."""
        return self.causal or (self.rate is not None and not any(port.emitted for port in self.outputs))

    @property
    def per(self) -> str:
        """The unit of a device's costs: a step through time, or a call."""
        return "step" if self.stepped and self.axes else "call"

    @cached_property
    def work(self) -> WorkCount:
        """Multiply-accumulates of that unit; for a call of open length, those of one of its steps."""
        macs = self.macs if self.per == "step" else whole(self.graph)
        return WorkCount(macs, self.per) if macs or not self.macs else WorkCount(self.macs, "step")

    @property
    def worked(self) -> str:
        """The same in words; a stream with costs per call also gives those of a step."""
        text = f"{self.work.macs:,} multiply-adds a {self.work.macs_per}"
        return f"{text}; {self.macs:,} a step" if self.rate and self.work.macs_per == "call" else text

    def macs_of_call(self, lengths: Sequence[int]) -> int:
        """Approximate multiply-accumulates of sequences of these lengths; of the whole model if no input is a
        sequence."""
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
        """Real inputs, (samples, ...) for each port, quantized to the ports' formats."""
        return [port.format.quantize(x) for port, x in zip(self.inputs, inputs, strict=True)]
