"""The base of every reader: it turns the canonical description of a Keras layer into nodes of a graph.

Readers register by canonical class name; the importer looks them up only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any, ParamSpec, TypeVar

from ....core.distinct import distinct
from ....core.errors import ModelError, UnsupportedError
from ....core.graph import LIMIT, Array, Node, Op, Shape, Tensor, known
from ....core.limits import MAX_ARRAY_BYTES, MAX_NODES, MAX_ROWS, MAX_VALUES, hold_port, smaller
from ..dialect.generations import Rules
from ..dialect.kinds import Kind, register
from ..dialect.site import Site
from ..dialect.spec import LayerSpec

Spec = LayerSpec


@dataclass(frozen=True)
class Value:
    """A tensor and, if it carries one, its mask of 0 and 1: (time,), or those first axes of the tensor that the layer
    that made the mask examined."""

    tensor: int
    mask: int | None = None


@dataclass(frozen=True)
class Complex(Value):
    """A tensor of complex numbers, whose real part is ``tensor``: only some operators take it."""

    imaginary: int = -1


Reader = Callable[["Builder", Spec, Sequence[Value], Sequence[Value]], list[Value]]
READERS: dict[str, Reader] = {}
"""The makers of a layer's nodes, by its class's canonical name."""
Facts = ParamSpec("Facts")
R = TypeVar("R")
One = TypeVar("One", bound=Callable[["Builder", Spec, Value], Value | list[Value]])
"""A reader of layers that take one input."""


def reads(*kinds: Kind) -> Callable[[Reader], Reader]:
    """Register kinds and their reader: ``reader(builder, spec, inputs, initial_state) -> outputs``."""

    def registered(reader: Reader) -> Reader:
        READERS.update({kind.name: reader for kind in register(*kinds)})
        return reader

    return registered


def reads_one(*kinds: Kind) -> Callable[[One], One]:
    """The same for kinds that take one input: ``reader(builder, spec, value) -> output``, or a list of outputs."""

    def registered(reader: One) -> One:
        def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
            outputs = reader(builder, spec, only(builder, inputs))
            return outputs if isinstance(outputs, list) else [outputs]

        reads(*kinds)(read)
        return reader

    return registered


def _declaring(
    make: Callable[Facts, Kind], register_reader: Callable[[Kind], Callable[[R], R]]
) -> Callable[Facts, Callable[[R], R]]:
    def declared(*arguments: Facts.args, **facts: Facts.kwargs) -> Callable[[R], R]:
        return register_reader(make(*arguments, **facts))

    return declared


one_input = _declaring(Kind, reads_one)
several_inputs = _declaring(Kind, reads)
"""The same for a single kind, given by its fields: ``@one_input("Softmax", options=...)``."""


class Builder:
    """Collects nodes. Inside :meth:`deeper` (TimeDistributed), readers see tensors without their outermost axes."""

    def __init__(self, rules: Rules, call: Callable[[Any, Sequence[Value], Sequence[Value]], list[Value]]) -> None:
        self.rules = rules
        self.bounded = True
        """Whether the limits of a model's size hold; not if data, not the file, give the lengths."""
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.types: dict[int, str] = {}
        """Keras's types of tensors that are no floats, noted by readers or derived by ops from these: ``bool``, a type
        of 8 or 16 bits (see ``narrow``), or ``int`` for wider ones."""
        self.depth = 0
        self.turn = 0
        """The number of the current use of the layer being read, from 0."""
        self._names: dict[str, int] = {}
        """The names in use, each with the last number used for its ending ``_2``, ``_3``, ..."""
        self._layer = ""
        self._call = call
        self._values = 0
        self._bytes = 0

    def tensor(self, name: str, shape: Shape) -> int:
        """A new tensor with its full shape.

        Raises:
            ModelError: it would be larger than generated code can index.
            UnsupportedError: all tensors together are larger than a model's may be.
        """
        total = prod(axis for axis in shape if axis is not None)
        if total > LIMIT or any(axis is not None and axis < 1 for axis in shape):
            raise ModelError(
                f'layer "{self._layer}" makes a tensor of shape {shape}, which cannot be',
                why=f"axes must be at least 1 and a tensor may hold {LIMIT} values",
            )
        if self.bounded and len(shape) > 1 and (shape[0] or 0) > MAX_ROWS:
            raise UnsupportedError(
                f'layer "{self._layer}" makes a tensor of shape {shape}: {shape[0]:,} steps or rows',
                why=f"at most {MAX_ROWS:,} are taken: memory is planned for each",
                fix=smaller(shape),
            )
        self._values += total
        if self.bounded and self._values > MAX_VALUES:
            raise UnsupportedError(
                f'layer "{self._layer}" makes a tensor of shape {shape}: {self._values:,} values up to it',
                why=f"at most {MAX_VALUES:,} are taken: computing one sample would exhaust this computer",
                fix=smaller(shape),
            )
        self.tensors.append(Tensor(len(self.tensors), name, shape))
        return len(self.tensors) - 1

    def hold_ports(self, values: Sequence[Value]) -> None:
        """Refuse inputs or outputs that are too large to be written out as samples.

        Raises:
            UnsupportedError: with the number.
        """
        for value in values if self.bounded else ():
            hold_port(self.tensors[value.tensor].shape)

    def shape(self, value: Value | int) -> Shape:
        """Shape as the layer being read sees it."""
        ident = value if isinstance(value, int) else value.tensor
        return self.tensors[ident].shape[self.depth :]

    def add(self, op: Op, inputs: Sequence[int], lead: int = 0, suffix: str = "") -> list[int]:
        """Add a node and return its output tensors; ``lead`` counts the axes that the layer sees.

        Raises:
            UnsupportedError: the model has more nodes, or more weights, than a model may have.
        """
        lead += self.depth
        self._bytes += sum(array.nbytes for array in op.arrays().values())
        if len(self.nodes) >= MAX_NODES or self._bytes > MAX_ARRAY_BYTES:
            much = (
                f"{MAX_NODES:,} nodes" if len(self.nodes) >= MAX_NODES else f"{MAX_ARRAY_BYTES >> 20:,} MiB of weights"
            )
            raise UnsupportedError(
                f'layer "{self._layer}": up to it, the model has more than {much}',
                why="no board holds that; what layers share is counted at each use",
            )
        outer = self.tensors[inputs[0]].shape[:lead]
        cores = op.shapes(*(self.tensors[t].shape[lead:] for t in inputs))
        name = distinct(self._layer + suffix, self._names)
        outputs = [self.tensor(name, outer + core) for core in cores]
        self.nodes.append(Node(name, self._layer, op, tuple(inputs), tuple(outputs), lead))
        if op.integral([tensor in self.types for tensor in inputs]):
            self.types |= dict.fromkeys(outputs, "bool" if getattr(op, "truth", False) else self.joint_type(inputs))
        return outputs

    def joint_type(self, tensors: Iterable[int]) -> str:
        """The type of a result of tensors that are no floats: their common one, ``bool`` aside; otherwise ``int``."""
        kinds = {self.types[tensor] for tensor in tensors if tensor in self.types}
        wider = kinds - {"bool"}
        return min(kinds, default="int") if not wider else min(wider) if len(wider) == 1 else "int"

    def node(self, op: Op, *inputs: Value | int, lead: int = 0, suffix: str = "", mask: int | None = None) -> Value:
        """The same for an op with a single output, which carries ``mask``."""
        tensors = [value if isinstance(value, int) else value.tensor for value in inputs]
        return Value(self.add(op, tensors, lead, suffix)[0], mask)

    def maker(self, tensor: int) -> Node | None:
        """The node that computes a tensor; None for an input."""
        return next((node for node in reversed(self.nodes) if tensor in node.outputs), None)

    def call(self, spec: Any, inputs: Sequence[Value], initial: Sequence[Value] = ()) -> list[Value]:
        """Use another layer or model, such as a wrapped one."""
        return self._call(spec, inputs, initial)

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        """Nodes added inside carry this layer's name."""
        before, self._layer = self._layer, name
        try:
            yield
        finally:
            self._layer = before

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Inside, the outermost visible axis is mapped over."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def refuse(self, what: str, fix: str = "") -> UnsupportedError:
        """The error to raise when the layer being read asks for something untranslated."""
        return UnsupportedError(f'layer "{self._layer}": {what}', fix=fix)

    def lengths(self, of: Value | Shape, doing: str) -> tuple[int, ...]:
        """The lengths of a tensor's axes, or of some axes.

        Args:
            doing: the layer's action on them, for an error: "reshapes".

        Raises:
            UnsupportedError: the model leaves one open.
        """
        shape = self.shape(of) if isinstance(of, Value) else of
        if not known(shape):
            fix = "fix the length: here by --length STEPS, or in the model's Input"
            raise self.refuse(f"{doing} {shape}, whose length is not fixed", fix)
        return tuple(n or 0 for n in shape)

    def site(self, file_class: str) -> Site:
        """The place of the layer being read, for functions that read options."""
        return Site("", self._layer, file_class)

    def broken(self, what: str, why: str = "") -> ModelError:
        """The error to raise when the layer being read contradicts itself."""
        return ModelError(f'layer "{self._layer}": {what}', why=why)


def no_complex(builder: Builder, values: Sequence[Value]) -> None:
    """Checks the inputs of a layer, or of an operator of real numbers.

    Raises:
        UnsupportedError: one is of complex numbers.
    """
    if any(isinstance(value, Complex) for value in values):
        raise builder.refuse(
            "is given complex numbers, which generated code has only as two tensors",
            fix="take abs, real, imag or angle of them first",
        )


def only(builder: Builder, inputs: Sequence[Value]) -> Value:
    """The single input of a layer that takes one."""
    if len(inputs) != 1:
        raise builder.broken(f"takes one input and is given {len(inputs)}")
    return inputs[0]


def sample_axes(builder: Builder, value: Value, axes_named: Any, doing: str) -> list[int]:
    """Axes of a sample, in order, from Keras's numbers: one or a list; these count the axis of samples.

    Args:
        doing: the layer's action along them, for an error: "normalises".

    Raises:
        ModelError: an axis is none of the sample's, or is named twice; or none is named.
        UnsupportedError: the length of one is not fixed.
    """
    shape = builder.shape(value)
    numbers = axes_named if isinstance(axes_named, (list, tuple)) else [axes_named]
    axes = sorted(axis + len(shape) if axis < 0 else axis - 1 for axis in numbers)
    if not axes or not all(0 <= axis < len(shape) for axis in axes) or len(set(axes)) < len(axes):
        raise builder.broken(f"{doing} the axes {list(numbers)} of {shape}")
    builder.lengths(tuple(shape[axis] for axis in axes), f"{doing} the axes {list(numbers)} of {shape}:")
    return axes


def kernel_fits(builder: Builder, shape: Shape, inputs: int, of: str = "features") -> None:
    """Checks the last axis of a tensor that a kernel is multiplied with.

    Raises:
        ModelError: it has another length than the kernel has rows.
    """
    if shape[-1:] != (inputs,):
        why = "the weights come from another model, the file was edited, or --length is not what it was trained with"
        raise builder.broken(f"has a kernel for {inputs} {of} and is given {shape}", why)


def must_fit(builder: Builder, shape: Shape, **parameters: Array) -> None:
    """Refuses arrays that do not match a sample axis by axis."""
    for name, array in parameters.items():
        if not fits(array, shape):
            raise builder.broken(f"has the array {name} of shape {array.shape} and is given {shape}")


def fits(parameters: Array, shape: Shape) -> bool:
    """Whether an array matches a sample axis by axis, with length 1 or the axis's length."""
    pairs = zip(parameters.shape, shape, strict=False)
    return parameters.ndim == len(shape) and all(length in (1, length_there) for length, length_there in pairs)


def not_a_bias(builder: Builder, shape: Shape, constant: Shape) -> None:
    """``x + constant`` is ``tf.nn.bias_add`` in Keras 3.7 on with TensorFlow, if one axis of the constant is longer
    than 1 and as long as x's last or its first: added along that axis, instead of by broadcasting. Keras 3.15
    ``keras/src/backend/tensorflow/numpy.py`` (``add``), which layers use to add their biases.

    Args:
        shape: shape of a sample of x.
        constant: the constant's shape, aligned with the last axes of x.

    Raises:
        UnsupportedError: the two differ. Keras's other backends broadcast, and the file does not name its backend.
    """
    long = [axis for axis, length in enumerate(constant) if length != 1]
    if not builder.rules.adds_biases or len(long) != 1:
        return
    meant = len(shape) - (len(constant) - long[0])
    taken = next((axis for axis in (len(shape) - 1, 0) if shape[axis] == constant[long[0]]), meant)
    if taken != meant:
        raise builder.refuse(
            f"adds {constant} numbers to samples of shape {shape}: Keras 3.7 on with TensorFlow may take them for a "
            f"bias along axis {taken + 1}, its other backends add them along axis {meant + 1}",
            fix='--written-by "Keras 3.6": along the axis that is meant; compare with what your Keras gives',
        )


def floats_for_mean(builder: Builder, value: Value) -> Value:
    """The input of a mean.

    Raises:
        UnsupportedError: it has integers, and this Keras computes their mean in integers.
    """
    if value.tensor in builder.types and builder.rules.cuts_means:
        raise builder.refuse(
            "takes the mean of integers, which tf.keras cuts off to an integer", fix="cast them to float32 before it"
        )
    return value


def whole_bounds(builder: Builder, value: Value, *bounds: float) -> Value:
    """The input of a clip.

    Raises:
        UnsupportedError: it has integers, and Keras would truncate a bound to an integer.
    """
    if value.tensor in builder.types and not all(float(bound).is_integer() for bound in bounds):
        raise builder.refuse(
            f"clips integers at {', '.join(f'{bound:g}' for bound in bounds)}, which Keras cuts off to integers",
            fix="cast them to float32 before it, or give whole numbers",
        )
    return value


def only_floats(builder: Builder, value: Value) -> None:
    """Checks the input of a layer that returns integers for integers, and truth values for truth values: Keras
    truncates its results to these.

    Raises:
        UnsupportedError: its input has integers or truth values.
    """
    if value.tensor in builder.types:
        raise builder.refuse(
            "is given integers, or truth values, and Keras cuts what it makes of them off to these",
            fix="put a layer between that makes floats of them, such as Rescaling(1.0)",
        )
