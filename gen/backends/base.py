"""What a backend is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..formats import FLOAT, Array, Format
from ..graph import Graph


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

    @property
    def dtype(self) -> str:
        """NumPy's name of the type that its values are given in."""
        return self.format.dtype


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
    """Multiply-accumulates of a step; of the whole where there is no time axis."""
    graph: Graph
    """What was generated: of an integer type, the integers it computes."""

    def take(self, inputs: Sequence[Array]) -> list[Array]:
        """Real inputs, (samples, ...) one a port, in the ports' own types."""
        return [port.format.quantize(x) for port, x in zip(self.inputs, inputs, strict=True)]
