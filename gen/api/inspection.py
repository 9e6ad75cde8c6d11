"""``gatesmith.inspect``: a model's layers, options and gates as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from ..importers.keras.dialect.spec import FloatArray, LayerSpec
from ..report import inspect as pages
from ..report.page import Page
from ..report.save import arrays
from ..report.summary import Summary
from .folder import Folder
from .options import ReadOptions, settings_of
from .showing import Shown
from .wording import pythonic


@dataclass(frozen=True)
class Gate:
    """One gate's weights, under the names of Keras's formulas.

    Args:
        W: kernel, (inputs, units).
        U: recurrent kernel, (units, units).
        b: bias, (units,); None if there is no bias, or if there are two.
        b_in: the bias of the inputs, (units,); only in a GRU with ``reset_after``.
        b_rec: the bias of the recurrent kernel, (units,); only in a GRU with ``reset_after``.
    """

    W: FloatArray
    U: FloatArray
    b: FloatArray | None = None
    b_in: FloatArray | None = None
    b_rec: FloatArray | None = None


class Gates(Mapping[str, Mapping[str, Gate]]):
    """Layer -> gate -> weights. Layers inside others are ``outer/inner``."""

    def __init__(self, gates: Mapping[str, Mapping[str, Gate]]) -> None:
        self._gates = gates

    def __getitem__(self, layer: str) -> Mapping[str, Gate]:
        if layer not in self._gates:
            raise KeyError(f"no layer {layer!r} with gates; there are: {', '.join(self._gates) or 'none'}")
        return self._gates[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._gates)

    def __len__(self) -> int:
        return len(self._gates)

    def __repr__(self) -> str:
        layers = ", ".join(f"{layer}: {' '.join(gates)}" for layer, gates in self._gates.items())
        return f"<Gates {layers}>"


@dataclass(frozen=True, repr=False)
class Inspection(Shown):
    """A summary of a model.

    Args:
        summary: all facts of the pages.
    """

    summary: Summary

    @property
    def gates(self) -> Gates:
        """Every gate's weights by layer and gate: ``gates["lstm"]["f"].W``."""
        gates: dict[str, dict[str, dict[str, FloatArray]]] = {}
        for path, array in arrays(self.summary).items():
            layer, gate, role = path.rsplit("/", 2)
            gates.setdefault(layer, {}).setdefault(gate, {})[role] = array
        return Gates({layer: {gate: Gate(**roles) for gate, roles in one.items()} for layer, one in gates.items()})

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of all layers; inner layers follow their outer layer."""
        return tuple(view.name for _, view in self.summary.walk())

    @property
    def generation(self) -> str:
        """The Keras that wrote the file: ``Keras 1``, ``tf.keras 2``, ``Keras 3``, ..."""
        return self.summary.reading.source.generation

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return self.summary.parameters

    def options(self, layer: str) -> Mapping[str, Any]:
        """A layer's options under Keras 3's names, including defaults.

        Raises:
            KeyError: there is no such layer.
        """
        for _, view in self.summary.walk():
            if view.name == layer and isinstance(view.spec, LayerSpec):
                return dict(view.spec.config)
        raise KeyError(layer)

    def as_json(self) -> dict[str, Any]:
        """The report of ``gatesmith inspect --json``."""
        return pages.report(self.summary).as_json()

    def page(self) -> Page:
        """The page of ``gatesmith inspect``."""
        return pages.overview(self.summary)

    def __repr__(self) -> str:
        source = self.summary.reading.source
        return f"<Inspection {Path(source.path).name}: {source.generation}, {self.parameters:,} parameters>"


@pythonic
def inspect(model: Any, **options: Unpack[ReadOptions]) -> Inspection:
    """Show a model's layers, weights and gates; options as for :func:`gatesmith.convert`.

    Raises:
        GatesmithError: the model cannot be read or translated.
    """
    settings, folder = settings_of(model, options), Folder()
    return Inspection(pages.read(folder.model(model), settings))
