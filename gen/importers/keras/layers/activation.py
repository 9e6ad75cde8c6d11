"""Activations on their own: element by element, or over an axis (softmax and its kin)."""

from __future__ import annotations

from ....core.functions import LINEAR, Function, function
from ....core.graph import Shape
from ....layers.activation import Activation, VectorActivation
from ..dialect.activations import activation
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, Writer, whole
from ..dialect.kinds import Config, Kind, register
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, one_input, sample_axes, whole_bounds
from .permute import over_axes


def inner_activation(activation: Function) -> Function:
    """The activation for an op to apply: an elementwise one; :func:`outer_activation` adds the others."""
    return activation if activation.elementwise else LINEAR


def outer_activation(builder: Builder, activation: Function, value: Value) -> Value:
    """A layer's result, with an activation over an axis. This is the last axis in Keras's order: not the channels, if
    these come first."""
    return value if activation.elementwise else add_activation(builder, activation, value)


def add_activation(builder: Builder, activation: Function, value: Value) -> Value:
    """Apply a function to a tensor, choosing the lead its axis allows."""
    shape = builder.shape(value)
    if activation.name == "linear":
        return value
    if activation.elementwise:
        return builder.node(Activation(activation), value, lead=frames(shape), mask=value.mask)
    axis = int(dict(activation.params).get("axis", -1))
    # Keras counts the batch axis in a positive axis.
    axis = axis + len(shape) if axis < 0 else axis - 1
    if not 0 <= axis < len(shape):
        raise builder.broken(f"{activation} has no such axis in {shape}")
    if activation.name == "glu" and (shape[axis] or 0) % 2:
        raise builder.broken(f"glu halves axis {axis + 1}, which has {shape[axis]} values")
    op = VectorActivation(Function(activation.name))
    return builder.node(op, value, lead=axis, suffix=f"_{activation.name}", mask=value.mask)


def frames(shape: Shape) -> int:
    """The lead of an op that treats every position alike: the time axis of a sequence, none of a vector."""
    return 1 if len(shape) > 1 else 0


def describe_function(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The layer as an Activation with its function."""
    assert kind.function is not None
    config = {"activation": kind.function(read, context.writer, site)}
    return described(kind, source, config, arrays_of(kind, source, read, site))


@one_input(
    "Activation",
    options=(Option("activation", "function"),),
    function=lambda read, writer, site: activation(read["activation"], writer, site),
    placed=("activation",),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    activation: Function = spec.config["activation"]
    if activation.name == "relu":
        whole_bounds(builder, value, *(bound for name, bound in activation.params if name == "max_value"))
    return add_activation(builder, activation, value)


NEUTRAL = (("relu", "negative_slope", 0), ("relu", "threshold", 0), ("relu", "max_value", None), ("elu", "alpha", 1))
"""Parameters that are left out if they have this value."""
PARAMETER = {"theta": "threshold"}


def parametric(class_name: str, name: str, *options: Option, **fixed: float) -> Kind:
    """The kind of a layer that is a function with its options as parameters."""

    def meaning(read: Config, writer: Writer, site: Site) -> Function:
        parameters = {PARAMETER.get(option.name, option.name): read[option.name] for option in options}
        return function(name, **{key: n for key, n in parameters.items() if (name, key, n) not in NEUTRAL}, **fixed)

    return Kind(class_name, means="Activation", describe=describe_function, options=options, function=meaning)


SLOPE, THRESHOLD = Option("negative_slope", "float", 0.0), Option("threshold", "float", 0.0)
register(
    parametric("ReLU", "relu", Option("max_value", "float?", None), SLOPE, THRESHOLD),
    parametric("LeakyReLU", "relu", Option("negative_slope", "float", 0.3, older=("alpha",))),
    parametric("ELU", "elu", Option("alpha", "float", 1.0)),
    parametric("ThresholdedReLU", "threshold", Option("theta", "float", 1.0), value=0),
)


def softmax(read: Config, writer: Writer, site: Site) -> Function:
    """The function of a Softmax in place of an activation, which can have one axis only."""
    axis = read["axis"]
    if isinstance(axis, list):
        if len(axis) != 1:
            raise site.unsupported(f"takes the softmax over the axes {axis} together", "", "use one axis")
        axis = axis[0]
    axis = whole(axis, "axis", site)
    return function("softmax") if axis == -1 else function("softmax", axis=axis)


@one_input(
    "Softmax",
    options=(Option("axis", "axes", -1),),
    function=softmax,
    same_width=True,
)
def read_softmax(builder: Builder, spec: Spec, value: Value) -> Value:
    """Softmax over one axis, or over several together; Keras 3 ``keras/src/layers/activations/softmax.py``.

    The layer uses its input's mask, which Keras aligns with the input's last axes, not its first: a mask of steps
    meets the features, or the steps of another sample. No trained model intends that, and Keras computes it only if
    the lengths happen to match.
    """
    if value.mask is not None and builder.rules.softmax_sees_masks:
        raise builder.refuse(
            f"takes a softmax of {builder.shape(value)} under a mask of {builder.shape(value.mask)}, which Keras lays "
            "beside the last axes of the values",
            fix='Activation("softmax"), which takes no mask, in place of Softmax(); or end the mask before it',
        )
    if len(spec.config["axis"]) == 1:
        return add_activation(builder, function("softmax", axis=int(spec.config["axis"][0])), value)
    axes = sample_axes(builder, value, spec.config["axis"], "takes the softmax over")
    return over_axes(builder, value, axes, VectorActivation(Function("softmax")), "_softmax", flat=True)
