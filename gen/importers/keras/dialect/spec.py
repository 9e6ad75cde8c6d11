"""The content of a Keras file in one vocabulary: the data that passes between the rooms of ``importers.keras``.

    bytes --archive--> Archive --dialect--> ModelSpec --importer--> Graph

``Archive`` is the file's content as stored. ``ModelSpec`` is its meaning: canonical (Keras 3) class and option names,
every option explicit, weights under canonical names and layouts, and for each gate the slice of the stored array it
came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..containers.stored import StoredArray
from .config import Writer

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GateSlice:
    """The part of a stored array that is one gate's."""

    gate: str
    """``i f c o`` (LSTM), ``z r h`` (GRU), ``h`` (SimpleRNN)."""
    role: str
    """``kernel`` | ``recurrent`` | ``bias`` | ``bias in`` | ``bias rec``."""
    array: StoredArray
    slice: str
    """The index in NumPy's notation, ``[:, 0:32]``; ``[...]`` if the gate has the whole array."""
    code: str
    """A NumPy expression for the gate's values from ``a``, the stored array: ``a[:, 0:32]``,
    ``a[:, 0:48].T.reshape(13, 48, order='F')``."""
    transform: str
    """The steps of ``code`` besides slicing, as a word: none, ``F`` (stored column by column), ``T`` (transposed)."""
    data: FloatArray
    """The gate's values as the formulas use them: (inputs, units), (units, units) or (units,)."""


@dataclass(frozen=True, eq=False)
class LayerSpec:
    """One layer, with its meaning in the Keras that wrote it."""

    name: str
    class_name: str
    """The canonical Keras 3 class (``LSTM`` also for ``CuDNNLSTM``)."""
    file_class: str
    """The class in the file."""
    config: Mapping[str, Any]
    """Canonical and complete: every option that changes the result, under its Keras 3 name, activations as
    :class:`~gatesmith.core.functions.Function`."""
    weights: Mapping[str, FloatArray]
    """Canonical names and layouts: ``kernel`` (in, 4 units) in i f c o, ...; an absent weight has no key."""
    stored: tuple[StoredArray, ...] = ()
    gates: tuple[GateSlice, ...] = ()
    stored_order: str = ""
    """Gate order in the file, ``i c f o`` for Keras 1's arrays."""
    evidence: tuple[str, ...] = ()
    """Evidence of the layout: ``array names``, ``bias has 384 = 8 x 48 values``, ``config says reset_after=true``."""
    derived: tuple[str, ...] = ()
    """Changes made in reading: ``two bias sets added``, ``gate blocks of the kernel read in Fortran order``."""
    inner: tuple[LayerSpec | ModelSpec, ...] = ()
    """Wrapped layers: Bidirectional (forward, backward), TimeDistributed (layer,), RNN (cells...)."""


@dataclass(frozen=True)
class Ref:
    """One output of one use of a layer (Keras's ``keras_history``)."""

    layer: str
    call: int = 0
    output: int = 0


@dataclass(frozen=True)
class Call:
    """One use of a layer in a functional model."""

    layer: str
    call: int
    """The number of this use of the layer, from 0."""
    inputs: tuple[Ref, ...]
    initial_state: tuple[Ref, ...] = ()
    """Recurrent layers: tensors given as ``initial_state``, in the layer's state order."""
    mask: Ref | None = None
    """An explicitly passed mask, if the model was built with ``layer(x, mask=m)``."""
    mask_of_input: bool = False
    """Whether the first input's mask was passed explicitly: it then counts even with an initial state."""
    must_carry: bool = False
    """Whether that input certainly carries one: a Concatenate may have made a mask that keeps every step."""


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """A whole model, or one nested in another as a layer."""

    name: str
    class_name: str
    """``Sequential`` or ``Functional``."""
    layers: Mapping[str, LayerSpec | ModelSpec]
    """The layers by name, in the file's order, InputLayers included (a Sequential without one gets one)."""
    calls: tuple[Call, ...]
    """The calls in an order in which every input is computed before it is used."""
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    input_keys: tuple[str, ...] = ()
    """The keys of a dictionary of inputs, in the order of ``inputs``."""
    output_keys: tuple[str, ...] = ()
    """The same for the outputs."""


@dataclass(frozen=True, eq=False)
class ModelOrigin:
    """The origin of a model: printed on every page and in every generated header."""

    path: str
    format: str
    sha256: str
    keras_version: str
    backend: str
    generation: str
    """The dialect that was applied: ``Keras 1``, ``Keras 2``, ``tf.keras 2``, ``Keras 3``."""
    weights_id: str
    """First 12 hex digits of a hash over canonical weights and configuration: the same for the same meaning."""
    notes: tuple[str, ...] = ()
    tuned: str = ""
    """The numeric type that the weights were tuned for, if the file names one."""

    @property
    def written_by(self) -> str:
        """``Keras 1.2.2``, ``tf.keras 2.6.0``, or the generation if the file has no version."""
        family = "tf.keras" if self.generation.startswith("tf.keras") else "Keras"
        return f"{family} {self.keras_version}" if self.keras_version else f"{self.generation} (no version in the file)"


@dataclass(frozen=True)
class Loaded:
    """A model that Keras loaded with the user's module, saved again.

    Args:
        path: the file that was saved.
        sha256: hash of the model's file and the module together.
    """

    path: Path
    sha256: str


@dataclass(frozen=True, eq=False)
class Reading:
    """A file that was read: its model and where it came from."""

    model: ModelSpec
    source: ModelOrigin
    warnings: tuple[str, ...] = field(default=())
    writer: Writer = field(default=Writer("Keras 3"))
    """The Keras whose rules hold for layers that act together."""
    loaded: Loaded | None = None
    """The file that Keras saved with the user's module."""
    logits: bool = False
    """As of :class:`~gatesmith.importers.keras.containers.stored.Archive`; not of a model that was cut."""
