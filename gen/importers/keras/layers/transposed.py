"""Transposed convolutions; Keras 3, ``keras/src/layers/convolutional/base_conv_transpose.py`` and
``keras/src/backend/common/backend_utils.py``; Keras 2.3.1 ``keras/backend/theano_backend.py``."""

from __future__ import annotations

from ....layers.transposed import TransposedConvolution, output_length
from ....layers.windows import Window
from ..dialect.build import described, stored
from ..dialect.config import Option, per_axis, rank_of
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .activation import inner_activation, outer_activation
from .base import Builder, Spec, Value, kernel_fits, one_input
from .canonical import KERNELS
from .convolution import FILTERS, GROUPS, WALK, with_bias
from .spatial import channels_last, kernel_of, not_on_torch, on_theano, ranked, settle_windows


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The kernel is stored as (axes..., filters, channels)."""
    settle_windows(source, read, context, site, "half", strided_dilation=True)
    if read["output_padding"] is not None:
        more = [n + 1 for n in read["output_padding"]]
        read["output_padding"] = tuple(n - 1 for n in per_axis(more, rank_of(kind.name), "output_padding", site))
    if read["padding"] == "half" and any(size % 2 == 0 for size in read["kernel_size"]):
        raise site.unsupported("has an even kernel and padding same", "Theano refuses that itself")
    if read["padding"] == "causal":
        raise site.unsupported("has padding='causal'", "read are valid, same")
    arrays = stored(kind, source, read, site)
    tail = (read["filters"], *arrays["kernel"].data.shape[-1:])
    kernel = kernel_of(arrays["kernel"], read, context, site, tail, on_theano(context))
    weights = with_bias({"kernel": kernel.swapaxes(-1, -2)}, arrays, read["filters"], site)
    return described(kind, source, read, weights)


@one_input(
    "Conv{}DTranspose",
    ranks=(1, 2, 3),
    options=(FILTERS, *WALK, Option("output_padding", "ints", None)),
    fixed=(GROUPS,),
    weights=KERNELS,
    describe=describe,
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """Windows with the output's length, and the amount cut from the front of the full output."""
    config, kernel, bias = spec.config, spec.weights["kernel"], spec.weights.get("bias")
    value, back = channels_last(builder, Value(value.tensor), config, bias)
    shape = builder.lengths(ranked(builder, value, len(config["kernel_size"])), "stretches the axes of")
    kernel_fits(builder, shape, kernel.shape[-2], "channels")
    windows = []
    more = config["output_padding"] or (None,) * len(config["kernel_size"])
    sizes = zip(shape, config["kernel_size"], config["strides"], config["dilation_rate"], more, strict=False)
    for n, size, stride, dilation, extra in sizes:
        window = Window(size, stride, dilation)
        full, same = output_length(window, n), config["padding"] != "valid"
        if extra is not None:
            length = full - (2 * (window.extent // 2) if same else 0) + extra
        else:
            length = n * stride + (0 if same else max(window.extent - stride, 0))
        if same and full > length and (full - length) % 2:
            not_on_torch(builder, "cuts its output at one end more than at the other", (3, 15))
        left = {"same": max(full - length, 0) // 2, "half": size // 2}.get(config["padding"], 0)
        windows.append(Window(size, stride, dilation, left, full - left - length))
    activation = config["activation"]
    flat = kernel.reshape(-1, kernel.shape[-1])
    op = TransposedConvolution(flat, bias, tuple(windows), 1, inner_activation(activation))
    return outer_activation(builder, activation, back(builder.node(op, value)))
