"""The facts about each class of layers that reading needs, and their registry.

A :class:`Kind` is registered by the layer's own file in ``layers/``, next to its reader. Modules that serve all layers
ask the kind; none of them names a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import EllipsisType
from typing import Any

from ....core.functions import Function
from .config import Option, Writer, stated
from .ledger import Ledger
from .site import Site
from .source import Context, Source
from .spec import LayerSpec

Config = Mapping[str, Any]
Sample = tuple[int | EllipsisType | None, ...]
"""A sample's shape as far as weights determine it: None is an axis of any length, an ellipsis any number of axes."""


def sample_by_kernel(spec: LayerSpec) -> Sample | None:
    """A sample's shape from a layer's kernel, or that of the layer or cell it wraps. The kernel's last axis but one is
    the input's features or channels; the axes before are those that it slides along."""
    if spec.inner:
        return sample_by_kernel(spec.inner[0]) if isinstance(spec.inner[0], LayerSpec) else None
    kernel = spec.weights.get("depthwise_kernel", spec.weights.get("kernel"))
    if kernel is None or kernel.ndim < 2:
        return None
    width, axes = kernel.shape[-2] * spec.config.get("groups", 1), (None,) * (kernel.ndim - 2)
    sample = (width, *axes) if spec.config.get("data_format") == "channels_first" else (*axes, width)
    if KINDS[spec.class_name].sequence:
        return (None, *sample)
    return sample if axes else (..., width)


@dataclass(frozen=True)
class Weight:
    """An array that a layer keeps in the file."""

    name: str
    """Keras 3's name."""
    older: tuple[str, ...] = ()
    """The last word of the array's name in earlier generations."""
    when: Callable[[Config], Any] = lambda config: True
    """Whether the layer has this array, by its complete options and the file's other ones."""
    trainable: bool = True


@dataclass(frozen=True)
class Cell:
    """The facts that distinguish a recurrent layer from the others."""

    options: tuple[Option, ...]
    """Options of the cell alone, without those of the layer around it."""
    gates: Mapping[str, str]
    """Letter -> name in the literature, in Keras 2's and 3's order."""
    states: int
    steps: tuple[str, ...]
    """The step with Keras's own functions, for a page."""
    formulas: Callable[[Terms], list[str]]
    """The step of one layer."""
    torch: str = ""
    """PyTorch's order, in PyTorch's letters; empty if it has no such layer."""
    onnx: str = ""
    tflite: str = ""
    """TensorFlow Lite's order; empty if it has no operator for the layer."""
    separate: str = ""
    """Order of Keras 0.3's and 1's arrays for each gate; empty if these always kept all gates in one array."""
    cudnn: bool = False
    """Whether there was a layer on cuDNN, with arrays in cuDNN's form."""
    reset_after: bool = False
    """Whether the layer has two forms; the option ``reset_after`` and two rows of biases mark the second."""
    notes: Callable[[LayerSpec], list[str]] = lambda spec: []
    """Pitfalls for people who write the step by hand."""

    @property
    def order(self) -> str:
        """Letters of the gates in Keras 2's and 3's order."""
        return "".join(self.gates)

    def arrays(self, form: str, inputs: Any, units: Any, axes: tuple[Any, ...] = ()) -> dict[str, tuple[Any, ...]]:
        """Names and shapes of the layer's arrays in a form of some Keras.

        Args:
            form: ``separate`` and ``short`` of Keras 1; later ``row`` or ``rows`` of biases, or ``cudnn``.
            inputs: a number, or a symbol for it; so are units.
            axes: sizes of a kernel that slides along axes.
        """
        if form == "separate":
            roles = {"W": (*axes, inputs, units), "U": (*axes, units, units), "b": (units,)}
            return {f"{role}_{gate}": shape for gate in self.separate for role, shape in roles.items()}
        wide = len(self.gates) * units
        bias = {"rows": (2, wide), "cudnn": (2 * wide,)}.get(form, (wide,))
        names = ("W", "U", "b") if form == "short" else ("kernel", "recurrent_kernel", "bias")
        return dict(zip(names, ((*axes, inputs, wide), (*axes, units, wide), bias), strict=True))


@dataclass(frozen=True)
class Terms:
    """The terms in the formulas of a step."""

    config: Config
    activation: str
    """The function's name; empty for linear."""
    recurrent_activation: str
    two_biases: bool
    """Whether input and recurrent biases stay apart."""

    def total(self, letter: str, hidden: str = "h") -> str:
        """The argument of a gate's function: ``x W_i + h U_i + b_i``."""
        two = f" + b_in_{letter} + b_rec_{letter}" if self.two_biases else f" + b_{letter}"
        return f"x W_{letter} + {hidden} U_{letter}{two if self.config.get('use_bias', True) else ''}"


Describe = Callable[["Kind", "Source", Ledger, "Context", Site], LayerSpec]
"""Makes the canonical layer from the layer as in the file and from its options in canonical form."""


@dataclass(frozen=True)
class Kind:
    """A class of layers, under its name in files."""

    name: str
    ranks: tuple[int, ...] = ()
    """Numbers of axes that it slides along: each has its own class, with the number for ``{}`` in name and aliases."""
    options: tuple[Option, ...] = ()
    """Every option that changes a result and is translated."""
    fixed: tuple[Option, ...] = ()
    """Options that change a result and are not translated: only their defaults are read."""
    inert: bool = False
    """Whether no option and no array changes a result: Keras 3 stores the state of random generators."""
    neutral: tuple[str, ...] = ()
    """Options that do not change a trained layer's result, besides those of every layer (:data:`NEUTRAL`)."""
    weights: tuple[Weight, ...] = ()
    """The arrays in Keras's stored order."""
    aliases: tuple[str, ...] = ()
    """Other names in files for the same class."""
    means: str = ""
    """The kind whose reader makes the nodes, if that is another."""
    in_files: bool = True
    """Whether a file can name it; if not, only another kind's description leads to it."""
    describe: Describe | None = None
    """Makes the canonical layer; None if options and weights are already canonical."""

    input_dtype: str = ""
    """Type of the input that Keras makes for a Sequential's first layer."""
    input_axes: tuple[str, ...] = ("input_dim",)
    """Options of Keras 1 that give that input's shape."""
    keras_class: str = ""
    """The class's name in Keras's code, if that is another: paths in ``.keras`` files contain it."""
    operations: Collection[str] = ()
    """Keras 3's bare operations that are read as this kind."""
    module: Path | None = None
    """The user's module that registered it; None for Gatesmith's own."""
    expressions: bool = False
    """Whether Lambdas are read as this kind, if the user gives their formulas."""
    called_with: tuple[str, ...] = ()
    """Arguments of a call that ``describe`` reads, besides inputs, masks, states and ``training``; in their order."""
    with_nodes: bool = False
    """Whether its result depends on arguments of the call that are no tensors."""
    branches: bool = False
    """Whether the options of a Sequential's first layer may hold the branches that it joins."""
    merge_mode: str = ""
    """Its name as a mode of Keras 1's Merge."""
    multiplies: bool = False
    """Whether it computes with numbers of its options, though it has no weights."""
    random: bool = False
    """Whether its result differs when called with ``training=True``."""
    trains_by_default: bool = False
    """Whether its argument ``training`` is True by default: Keras 3 writes that down, and ``predict`` overrides it."""
    sequence: bool = False
    """Whether it can be called with initial states, and with a mask after them."""
    takes_mask: bool = False
    """Whether it can be called with a mask."""
    looks_for_masks: bool = False
    """Whether its result depends on masks that it finds on its inputs at each run, not on an argument ``mask``."""
    takes_masks_off: bool = False
    """Whether it removes them from its inputs then (if ``Rules.attention_takes_masks``)."""
    masks: Callable[[Config], float | None] = lambda config: None
    """The value of masked steps, from its options in the file; None if it makes no mask."""

    same_width: bool = False
    """Whether its output is as wide as its first input: later weights then determine the input too."""
    sample: Callable[[LayerSpec], Sample | None] = sample_by_kernel
    stored: Callable[[Config, Writer], tuple[bool, ...]] | None = None
    """Whether each array in the file is trainable; None if ``weights`` give that."""
    inside: Callable[[Config], Sequence[Any]] | None = None
    """Descriptions of the layers that it wraps."""
    function: Callable[[Config, Writer, Site], Function] | None = None
    """The function of a layer that can be used as an activation, from its options."""
    cell: Cell | None = None
    convolved: Cell | None = None
    """The gates of a recurrent layer whose products are convolutions."""

    placed: tuple[str, ...] = ()
    """Options that users write without a name."""
    placed_unless_default: tuple[str, ...] = ()
    """Options shown like those, if they are not the default."""
    shown: tuple[str, ...] = ()
    """Options shown even if they have their default."""
    hidden: tuple[str, ...] = ()
    """Options that the layers inside show."""
    remark: str = ""
    """A remark for the page of layers."""

    @property
    def gates(self) -> Cell | None:
        """The layer's gates, if it has any."""
        return self.cell or self.convolved

    def trainable(self, config: Config, writer: Writer) -> tuple[bool, ...]:
        """Whether each array in the file is trainable."""
        if self.stored is not None:
            return self.stored(config, writer)
        free = config.get("trainable", True) is not False
        complete = {**config, **stated(self.options, config, writer)}
        return tuple(weight.trainable and free for weight in self.weights if weight.when(complete))


NEUTRAL = """
name trainable dtype dynamic batch_input_shape input_shape input_dtype input_dim input_length init inner_init seed
lora_rank lora_alpha quantization_config weights force_generator rng_type
""".split()
"""Options of every layer that change nothing, or whose meaning is read elsewhere: from policies, arrays, wiring."""
NEUTRAL_ENDS = ("_initializer", "_regularizer", "_constraint", "_init")


def ledger(kind: Kind, config: Config, writer: Writer) -> Ledger:
    """A layer's options in the file; those are owed that its kind does not have, or has with its default alone."""
    account = Ledger(config)
    account.asked.update(NEUTRAL, kind.neutral, config if kind.inert else ())
    table = (*kind.options, *(kind.cell.options if kind.cell is not None else ()))
    known = {name for option in table for name in (option.name, *option.older)}
    fixed = {name: option.default_in(writer.column) for option in kind.fixed for name in (option.name, *option.older)}
    for name, value in config.items():
        if name not in known and not name.endswith(NEUTRAL_ENDS) and value is not None and value != fixed.get(name):
            account.owed[name] = value
    return account


KINDS: dict[str, Kind] = {}
"""The kinds by class name, aliases included."""


def register(*kinds: Kind) -> list[Kind]:
    """Registers kinds, so that files with such layers are read; returns one kind for each class."""
    classes = [
        replace(kind, name=kind.name.format(rank), aliases=tuple(alias.format(rank) for alias in kind.aliases))
        for kind in kinds
        for rank in kind.ranks or (None,)
    ]
    for kind in classes:
        for name in (kind.name, *kind.aliases):
            assert name not in KINDS, f"two files describe {name}"
            KINDS[name] = kind
    return classes


def user_modules() -> list[Path]:
    """The user's modules that registered kinds."""
    return sorted({kind.module for kind in KINDS.values() if kind.module is not None})


def user_classes() -> set[str]:
    """Classes of Keras that the user's modules registered kinds for."""
    return {f"{name}Cell" for name, kind in KINDS.items() if kind.module is not None}


def kind_of(file_class: str) -> Kind | None:
    """The kind of a class that a file names."""
    kind = KINDS.get(file_class)
    return kind if kind is not None and kind.in_files else None


def operation_kind() -> Kind:
    """The kind of Keras 3's bare operations."""
    return next(kind for kind in KINDS.values() if kind.operations)


def expression_kind() -> Kind:
    """The kind of a Lambda whose formula the user gives."""
    return next(kind for kind in KINDS.values() if kind.expressions)


def cells() -> dict[str, Kind]:
    """Recurrent layers by name, those with the most gates first."""
    recurrent = {kind.name: kind for kind in KINDS.values() if kind.cell is not None}
    return dict(sorted(recurrent.items(), key=lambda item: -len(item[1].cell.gates) if item[1].cell else 0))


def cell_kind(class_name: str) -> Kind | None:
    """The recurrent layer around a cell's class: ``LSTMCell`` is LSTM's."""
    kind = KINDS.get(class_name.removesuffix("Cell"))
    return kind if class_name.endswith("Cell") and kind is not None and kind.cell is not None else None


def kind_inside(file_class: str) -> Kind | None:
    """The kind of a class that is wrapped: a layer's or a cell's."""
    return kind_of(file_class) or cell_kind(file_class)
