"""EinsumDense: the product with a kernel that an equation describes.

Keras 3 ``keras/src/layers/core/einsum_dense.py``, tf_keras 2.21 ``tf_keras/src/layers/core/einsum_dense.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....core.graph import Shape
from ....layers.round_rows import RoundRows
from ..containers._wire import StoredArray
from ..dialect.build import described
from ..dialect.config import ACTIVATION, Option
from ..dialect.kinds import Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.quantized import unquantized
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import values
from .activation import add_activation
from .base import Builder, Spec, Value, one_input
from .dense import rounded
from .expression import formula
from .operator_product import contracted, subscripts
from .operators import Use
from .permute import over_axes


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The equation, and arrays whose shapes it gives."""
    name, *biases = (weight.name for weight in kind.weights if weight.when(read))
    floats = unquantized(source, [name, *biases], context, site, _columns(source.arrays))
    stored = {bias: floats.arrays[bias] for bias in biases}
    weights = {name: floats.matrix} | {bias: values(array, array.data.shape, site) for bias, array in stored.items()}
    config = {key: read[key] for key in ("equation", "activation", "output_shape")} | floats.config
    return described(kind, source, config, weights, derived=floats.derived)


def _columns(arrays: Sequence[StoredArray]) -> int | None:
    """Length of an int4 matrix's rows, from the scales: besides the bias, only these arrays have that length."""
    scales = [array for array in arrays if array.data.dtype.kind == "f" and array.data.ndim and "idx" not in array.name]
    packed = next((array for array in arrays if array.data.dtype == np.int8 and array.data.ndim == 2), None)
    wanted = () if packed is None else (2 * packed.data.shape[1] - 1, 2 * packed.data.shape[1])
    return next((array.data.shape[-1] for array in scales if array.data.shape[-1] in wanted), None)


@one_input(
    "EinsumDense",
    options=(
        Option("equation", "word"),
        Option("output_shape", "any", None),
        ACTIVATION,
        Option("bias_axes", "any", None),
    ),
    weights=(Weight("kernel"), Weight("bias", when=lambda config: config.get("bias_axes"))),
    describe=describe,
    placed=("equation",),
    hidden=("output_shape",),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """A mask ends here: the layer does not declare that it passes masks on."""
    rank = len(builder.shape(value)) + 1
    equation = str(spec.config["equation"]).replace(" ", "")
    kernel_axes = equation.partition("->")[0].partition(",")[2]
    (one, two), out = subscripts(equation, [rank, len(kernel_axes)], builder)
    kernel = spec.weights["kernel"]
    if kernel.ndim == 2 and len(two) > 2:
        kernel = _unflattened(builder, spec, kernel, (one, two, out), builder.shape(value))
    use = Use(builder, "Einsum", Ledger({}))
    product = contracted(use, _rounded(builder, value, spec, one, two, out), one, kernel, two, out)
    bias = spec.weights.get("bias")
    if bias is not None:
        product = formula(builder, "x + bias", x=product, bias=bias)
    return Value(add_activation(builder, spec.config["activation"], product).tensor)


def _unflattened(
    builder: Builder, spec: Spec, kernel: FloatArray, letters: tuple[str, str, str], shape: Shape
) -> FloatArray:
    """A kernel with its own axes, if it was stored as a matrix (axes that are summed, all others) like int4's."""
    one, two, out = letters
    sizes = dict(zip(one[1:], shape, strict=False))
    output_shape = spec.config["output_shape"]
    items = list(output_shape) if isinstance(output_shape, (list, tuple)) else [output_shape]
    sizes |= {x: n for x, n in zip(reversed(out), reversed(items), strict=False) if x not in sizes}
    order = [*(x for x in two if x in one), *(x for x in two if x not in one)]
    lengths = [sizes.get(x) for x in order]
    if not all(isinstance(n, int) for n in lengths) or math.prod(n or 0 for n in lengths) != kernel.size:
        raise builder.broken(f"has a kernel of shape {kernel.shape} for axes of {lengths}")
    full = kernel.reshape([n or 0 for n in lengths])
    return np.ascontiguousarray(np.transpose(full, [order.index(x) for x in two]))


def _rounded(builder: Builder, value: Value, spec: Spec, one: str, two: str, out: str) -> Value:
    """A quantised layer's input, rounded separately along each run of the axes that are summed."""
    if not spec.config.get("rounds"):
        return rounded(builder, value, spec.config)
    summed = [index - 1 for index, letter in enumerate(one) if letter in two and letter not in out]
    if not summed:
        raise builder.refuse("rounds its inputs and sums over none of their axes")
    return over_axes(builder, value, summed, RoundRows(float(spec.config["rounds"])), "_rounded")
