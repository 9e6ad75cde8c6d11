"""The shared base of recurrent layers: it reads them from a file, and turns Keras's options into nodes.

Sources: Keras 1.2.2 ``keras/layers/recurrent.py``, Keras 2.3.1 ``keras/layers/{recurrent,cudnn_recurrent}.py``,
tf_keras 2.21 ``tf_keras/src/layers/rnn/base_rnn.py``, Keras 3.15 ``keras/src/layers/rnn``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....core.functions import Function, function
from ....layers.recurrent import Recurrent
from ....layers.reverse import Reverse
from ....layers.select import Select
from ..dialect.build import described
from ..dialect.config import USE_BIAS, Option, Writer, stated
from ..dialect.gates import read_gates
from ..dialect.generations import forces_zeros, reset_after
from ..dialect.kinds import Cell, Config, Kind
from ..dialect.ledger import Ledger
from ..dialect.policies import check, policy
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Reader, Spec, Value, kernel_fits, only

SIGMOID, TANH = function("sigmoid"), function("tanh")
SEQUENCE = tuple(
    Option(name, "flag", False)
    for name in ("return_sequences", "return_state", "go_backwards", "stateful", "zero_output_for_mask")
)
"""Options of the layer around a cell."""
NEUTRAL = (
    *("dropout", "recurrent_dropout", "dropout_W", "dropout_U", "unit_forget_bias"),
    *("implementation", "consume_less", "use_cudnn", "unroll"),
)
"""Options for training, for initial weights, and for ways to compute the same result."""
ACTIVATION = Option("activation", "function", "tanh")
GATES = Option(
    "recurrent_activation",
    "function",
    "hard_sigmoid",
    since=(("Keras 2.3", "sigmoid"),),
    older=("inner_activation",),
)
"""``inner_activation`` until Keras 1. ``hard_sigmoid`` changes its meaning in Keras 3, see ``activations``."""


def recurrent_kind(name: str, cell: Cell, **facts: Any) -> Kind:
    """The kind of a recurrent layer; its cuDNN class and its name in TensorFlow 2's first releases are aliases."""
    return Kind(
        name,
        options=cell.options + SEQUENCE,
        aliases=(f"CuDNN{name}", f"Unified{name}") if cell.cudnn else (),
        neutral=NEUTRAL,
        describe=describe,
        input_axes=("input_length", "input_dim"),
        sequence=True,
        takes_mask=True,
        stored=flags_of(cell, "gpu"),
        cell=cell,
        placed=("units",),
        **facts,
    )


def flags_of(cell: Cell, fused: str = "") -> Callable[[Config, Writer], tuple[bool, ...]]:
    """Whether each array of a layer is trainable; ``fused``: the ``consume_less`` that joined Keras 1's arrays."""

    def stored(config: Config, writer: Writer) -> tuple[bool, ...]:
        separate = writer.generation in ("Keras 0", "Keras 1") and config.get("consume_less", "cpu") != fused
        biased = stated((USE_BIAS,), config, writer)["use_bias"]
        count = 3 * len(cell.gates) if cell.separate and separate else 2 + bool(biased)
        return (config.get("trainable", True) is not False,) * count

    return stored


def cell_of(kind: Kind) -> Cell:
    """The cell of a recurrent layer."""
    assert kind.cell is not None, kind.name
    return kind.cell


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """A recurrent layer of any generation."""
    settle_sequence(source.config, read, context, site)
    arrays = source.place.stored() or source.place.part("cell").stored()
    return describe_cell(kind, replace(source, arrays=arrays), read, context, site)


def settle_sequence(config: Config, read: Ledger, context: Context, site: Site) -> None:
    """Settles the options of the layer around the cell."""
    if config.get("time_major"):
        raise site.unsupported("has time_major=True", "Gatesmith reads (batch, time, features)", "use time_major=False")
    if config.get("num_constants"):
        raise site.unsupported("takes constants besides its input")
    if not forces_zeros(context.writer):  # the option came with those zeros
        read["zero_output_for_mask"] = False
    if config.get("unroll"):
        read["unroll"] = True


def describe_cell(kind: Kind, source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    """Weights and activations of one recurrent cell; ``read`` are its options and those of the layer around it."""
    check(source.file_class, source.config, context.writer, site)
    if "_from_" in policy(source.config.get("dtype")):
        raise site.unsupported("is quantised", "only quantised Dense layers are read", "save the float model")
    cell = cell_of(kind)
    cudnn = source.file_class.startswith("CuDNN")
    said = "reset_after" in source.config
    if cell.reset_after and not said and not cudnn:
        read["reset_after"] = _silent_reset_after(read, context, site)
    gates = read_gates(cell, source.arrays, read, said, cudnn, site)
    if cudnn:
        read |= {"activation": TANH, "recurrent_activation": SIGMOID}
    elif gates.cudnn:
        _no_other_functions(read, site)
    if cell.reset_after:
        read["reset_after"] = gates.reset_after
    return described(kind, source, read, gates.weights, **gates.facts())


def _silent_reset_after(read: Mapping[str, Any], context: Context, site: Site) -> bool:
    """The ``reset_after`` of a file without the key. The biases determine the form; without biases, the writer does."""
    written = reset_after(context.writer)
    if written is None and not read["use_bias"]:
        raise site.broken(
            "does not say reset_after and has no biases, so nothing tells which of its two forms it is",
            "every Keras that has both forms writes the option: the configuration was edited, or is another version's",
            'put "reset_after": true or false into its configuration',
            'say what wrote it, if it was older: --written-by "TensorFlow 1.4"',
        )
    return bool(read["reset_after"]) if written is None else written


def _no_other_functions(read: Mapping[str, Function], site: Site) -> None:
    """Refuses cuDNN weights under a plain layer's name, unless the layer has cuDNN's activations."""
    if read["activation"] != TANH or read["recurrent_activation"] != SIGMOID:
        raise site.broken(
            f"has CuDNN's weights, but {read['activation']} and {read['recurrent_activation']} as activations",
            "CuDNN computes tanh and sigmoid only: configuration and weights come from different models",
            "give the configuration recurrent_activation=sigmoid and activation=tanh",
        )


Make = Callable[[Mapping[str, Any]], Recurrent]
"""Builds the op from the fields that all cells share; the layer adds its own fields."""


def read_recurrent(
    builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value], make: Make
) -> list[Value]:
    """Keras's RNN layer around a cell: go_backwards, masks, states in and out, return_sequences, return_state."""
    value = only(builder, inputs)
    shape = builder.shape(value)
    if len(shape) != 2 or shape[1] is None:
        raise builder.broken(f"needs a (time, features) sequence and is given {shape}")
    kernel_fits(builder, shape, len(spec.weights["kernel"]))
    if value.mask is not None and builder.shape(value.mask) != shape[:1]:
        raise builder.refuse(f"is given a mask of shape {builder.shape(value.mask)} for a sequence of shape {shape}")
    config = spec.config
    stateful = bool(config["stateful"])
    if stateful and builder.depth:
        raise builder.refuse("is stateful inside TimeDistributed", fix="build the wrapped layer with stateful=False")
    masked_output, afterwards = masked_rules(builder, config, stateful or bool(initial))
    op = make(
        {
            "units": config["units"],
            "inputs": shape[1],
            "kernel": spec.weights["kernel"],
            "recurrent": spec.weights.get("recurrent_kernel"),
            "bias": spec.weights.get("bias"),
            "stateful": stateful,
            "masked": value.mask is not None,
            "initial": bool(initial),
            "masked_output": masked_output,
        }
    )
    if initial and len(initial) != len(op.states):
        raise builder.broken(f"has {len(op.states)} states and is given {len(initial)} initial states")
    for state in initial:
        if builder.shape(state) != (op.units,):
            raise builder.broken(f"needs initial states of shape ({op.units},) and is given {builder.shape(state)}")
    sequence, mask = value.tensor, value.mask
    if config["go_backwards"]:
        sequence, mask = reverse(builder, sequence), None if mask is None else reverse(builder, mask)
    feeds = [sequence, *([] if mask is None else [mask]), *(v.tensor for v in initial)]
    outputs, last, *states = builder.add(op, feeds)
    if afterwards and value.mask is not None and config["return_sequences"]:
        outputs = zeroed(builder, outputs, value.mask)
    out = Value(outputs, value.mask) if config["return_sequences"] else Value(last)
    return [out, *map(Value, states)] if config["return_state"] else [out]


def cell_reader(form: type[Recurrent], *functions: str, flags: Sequence[str] = ()) -> Reader:
    """The reader of a layer around a cell.

    Args:
        form: the cell's op.
        functions: its options that are functions of single values. flags: its options that are true or false.
    """

    def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
        fields: dict[str, Any] = {name: elementwise(builder, spec, name) for name in functions}
        fields |= {name: bool(spec.config[name]) for name in flags}
        return read_recurrent(builder, spec, inputs, initial, lambda common: form(**common, **fields))

    return read


def masked_rules(builder: Builder, config: Mapping[str, Any], carried: bool) -> tuple[str, bool]:
    """A masked step's output, and whether the outputs are set to zero afterwards, by the mask in its original order.

    An unrolled layer that goes backwards does the latter: steps in reversed order, zeros in the order of time
    (Keras 3.15 ``keras/src/backend/tensorflow/rnn.py``, tf_keras 2.21 ``backend.py``: ``mask`` with ``mask_list``).
    Its last output alone is zero if its own step is masked. If no state is carried in, the previous output is the
    hidden state.
    """
    unrolled = bool(config.get("unroll"))
    afterwards = unrolled and bool(config["go_backwards"] and config["zero_output_for_mask"])
    if config["zero_output_for_mask"] and not (afterwards and config["return_sequences"]):
        return "zero", False
    previous = unrolled or builder.rules.masked_output == "previous"
    return "previous" if previous and carried else "state", afterwards


def zeroed(builder: Builder, outputs: int, mask: int) -> int:
    """The outputs, set to zero at masked steps."""
    return builder.node(Select(0.0), mask, outputs, lead=1, suffix="_zeroed").tensor


def reverse(builder: Builder, tensor: int) -> int:
    """The tensor with its time axis reversed."""
    return builder.node(Reverse(), tensor, suffix="_reversed").tensor


def elementwise(builder: Builder, spec: Spec, name: str) -> Function:
    """A cell's activation, which must act on each unit alone."""
    function: Function = spec.config[name]
    if not function.elementwise:
        raise builder.refuse(f"{name} {function} mixes the units of a cell", fix="use an activation of single values")
    return function
