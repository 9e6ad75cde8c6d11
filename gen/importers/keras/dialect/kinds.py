"""What reading a file has to know of each class of layers, and where it is looked up.

A :class:`Kind` is registered by the layer's own file in ``layers/``, beside its reader. Modules that serve all layers
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
"""A sample's shape as far as weights tell it: None is an axis of any length, an ellipsis any number of axes."""


def sample_by_kernel(spec: LayerSpec) -> Sample | None:
    """What a layer's kernel, or that of the layer or cell it wraps, tells of a sample. Its last axis but one is the
    input's features or channels; the axes before are those it is moved along."""
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
    """Of the layer's complete options, with whatever else the file says of it: whether it has this array."""
    trainable: bool = True


@dataclass(frozen=True)
class Cell:
    """What sets a recurrent layer apart from the others."""

    options: tuple[Option, ...]
    """Of the cell alone, without those of the layer around it."""
    gates: Mapping[str, str]
    """Letter -> name in the literature, in Keras 2's and 3's order."""
    states: int
    steps: tuple[str, ...]
    """The step with Keras's own functions, for a page."""
    formulas: Callable[[Terms], list[str]]
    """The step of one layer."""
    torch: str = ""
    """PyTorch's order, in PyTorch's letters; empty where it has no such layer."""
    onnx: str = ""
    tflite: str = ""
    """Of the layer that TensorFlow Lite has an operator for."""
    separate: str = ""
    """Order of the arrays that Keras 0.3 and 1 kept for each gate; empty where they always kept all gates in one."""
    cudnn: bool = False
    """Whether there was a layer that ran on cuDNN, with arrays of its own form."""
    reset_after: bool = False
    """Whether the layer has two forms, told apart by the option ``reset_after`` and by two rows of biases."""
    notes: Callable[[LayerSpec], list[str]] = lambda spec: []
    """What a person who writes the step by hand would otherwise find out the hard way."""

    @property
    def order(self) -> str:
        """Letters of the gates in Keras 2's and 3's order."""
        return "".join(self.gates)

    def arrays(self, form: str, inputs: Any, units: Any, axes: tuple[Any, ...] = ()) -> dict[str, tuple[Any, ...]]:
        """Names and shapes of the arrays that a Keras keeps of the layer.

        Args:
            form: ``separate`` and ``short`` of Keras 1; later ``row`` or ``rows`` of biases, or ``cudnn``.
            inputs: a number, or what stands for it; so are units.
            axes: sizes of a kernel that is moved along axes.
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
    """What formulas of a step are written with."""

    config: Config
    activation: str
    """Name of the function; empty for linear."""
    recurrent_activation: str
    two_biases: bool
    """Whether input and recurrent biases stay apart."""

    def total(self, letter: str, hidden: str = "h") -> str:
        """What goes into a gate's function: ``x W_i + h U_i + b_i``."""
        two = f" + b_in_{letter} + b_rec_{letter}" if self.two_biases else f" + b_{letter}"
        return f"x W_{letter} + {hidden} U_{letter}{two if self.config.get('use_bias', True) else ''}"


Describe = Callable[["Kind", "Source", "Context", Site], LayerSpec]


@dataclass(frozen=True)
class Kind:
    """A class of layers, as files name it."""

    name: str
    ranks: tuple[int, ...] = ()
    """Numbers of axes that it walks: there is a class for each, whose number stands for ``{}`` in name and aliases."""
    options: tuple[Option, ...] = ()
    """Every option that changes a result and is translated."""
    fixed: tuple[Option, ...] = ()
    """Options that change a result and are not translated: only their defaults are read."""
    inert: bool = False
    """Whether no option changes anything."""
    neutral: tuple[str, ...] = ()
    """Options that do not change what a trained layer computes, beside those of every layer (:data:`NEUTRAL`)."""
    weights: tuple[Weight, ...] = ()
    """In the order in which Keras stores them."""
    aliases: tuple[str, ...] = ()
    """Other names in files for the same class."""
    means: str = ""
    """The kind whose reader makes the nodes, where that is another."""
    in_files: bool = True
    """Whether a file can name it; if not, only another kind's description leads to it."""
    describe: Describe | None = None
    """The layer in canonical terms; None where options and weights say it all."""

    input_dtype: str = ""
    """Of the input that Keras makes for it where it is a Sequential's first layer."""
    input_axes: tuple[str, ...] = ("input_dim",)
    """Options of Keras 1 that give that input's shape."""
    keras_class: str = ""
    """The class's name in Keras's code, where that is another: paths in ``.keras`` files are made of it."""
    operations: Collection[str] = ()
    """Keras 3's bare operations that are read as this kind."""
    module: Path | None = None
    """The user's module that registered it; None for Gatesmith's own."""
    expressions: bool = False
    """Whether Lambdas are read as this kind, where the user says what they compute."""
    called_with: tuple[str, ...] = ()
    """Arguments of a call, beside inputs, masks, states and ``training``, that ``describe`` reads; in their order."""
    with_nodes: bool = False
    """Whether what it is called with, beside tensors, says what it computes."""
    branches: bool = False
    """Whether its options may hold the branches that it joins, where it is a Sequential's first layer."""
    merge_mode: str = ""
    """What Keras 1's Merge called it."""
    multiplies: bool = False
    """Whether it computes with numbers of its options, though it has no weights."""
    random: bool = False
    """Whether it computes something else when called with ``training=True``."""
    trains_by_default: bool = False
    """Whether its argument ``training`` is True by default: Keras 3 writes that down, and ``predict`` overrides it."""
    sequence: bool = False
    """Whether it can be called with initial states, and with a mask behind them."""
    takes_mask: bool = False
    """Whether it can be called with a mask."""
    looks_for_masks: bool = False
    """Whether its answers depend on masks that it finds on its inputs each time, no argument ``mask``."""
    takes_masks_off: bool = False
    """Whether it takes them off its inputs then (where ``Rules.attention_takes_masks``)."""
    masks: Callable[[Config], float | None] = lambda config: None
    """Of its options in the file: the value that masked steps are told by, None where it makes no mask."""

    same_width: bool = False
    """Whether its output is as wide as its first input: what follows then tells of the input too."""
    sample: Callable[[LayerSpec], Sample | None] = sample_by_kernel
    stored: Callable[[Config, Writer], tuple[bool, ...]] | None = None
    """For each array in the file, whether it is trainable; None where ``weights`` say it."""
    inside: Callable[[Config], Sequence[Any]] | None = None
    """Descriptions of the layers that it wraps."""
    function: Callable[[Config, Writer, Site], Function] | None = None
    """Of a layer that is an activation, and can stand in the place of one: the function that its options mean."""
    cell: Cell | None = None
    convolved: Cell | None = None
    """What the gates are of a recurrent layer whose products are convolutions."""

    placed: tuple[str, ...] = ()
    """Options that users write without a name."""
    placed_unless_default: tuple[str, ...] = ()
    """Options shown like those, where they are not the default."""
    shown: tuple[str, ...] = ()
    """Options shown even where they have their default."""
    hidden: tuple[str, ...] = ()
    """Options that the layers inside show."""
    remark: str = ""
    """What a page says beside it."""

    @property
    def gates(self) -> Cell | None:
        """What a page says of the layer's gates, if it has any."""
        return self.cell or self.convolved

    def trainable(self, config: Config, writer: Writer) -> tuple[bool, ...]:
        """For each array in the file, whether it is trainable."""
        if self.stored is not None:
            return self.stored(config, writer)
        free = config.get("trainable", True) is not False
        complete = {**config, **stated(self.options, config, writer)}
        return tuple(weight.trainable and free for weight in self.weights if weight.when(complete))


NEUTRAL = """
name trainable dtype dynamic batch_input_shape input_shape input_dtype input_dim input_length init inner_init seed
lora_rank lora_alpha quantization_config weights force_generator rng_type
""".split()
"""Options of every layer that change nothing, or whose meaning is told elsewhere: by policies, arrays, wiring."""
NEUTRAL_ENDS = ("_initializer", "_regularizer", "_constraint", "_init")


def ledger(kind: Kind, config: Config, writer: Writer) -> Ledger:
    """A layer's options in the file: owed is what its kind does not know, or knows in its default alone."""
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
"""By class name, aliases included."""


def register(*kinds: Kind) -> list[Kind]:
    """Let files be read that have layers of these kinds; a kind for each class, as they are then known."""
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
    """What Keras 3's bare operations are read as."""
    return next(kind for kind in KINDS.values() if kind.operations)


def expression_kind() -> Kind:
    """What a Lambda is read as, where the user says what it computes."""
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
