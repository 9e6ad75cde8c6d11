"""Transposed convolutions; Keras 3, ``keras/src/layers/convolutional/base_conv_transpose.py`` and
``keras/src/backend/common/backend_utils.py``; Keras 2.3.1 ``keras/backend/theano_backend.py``."""

from __future__ import annotations

from collections.abc import Sequence

from ....layers.transposed import TransposedConvolution, made
from ....layers.windows import Window
from ..dialect.build import described
from ..dialect.config import Option, options
from ..dialect.kinds import Kind
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import values
from .activation import behind, within
from .base import Builder, Spec, Value, only, reads
from .convolution import FILTERS, GROUPS, KERNELS, WALK, filters, stored
from .spatial import FIRST, channels_last, kernel_of, on_theano, per_axis, ranked, settled


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """The kernel is stored (axes..., filters, channels)."""
    read = options(kind.options, source.config, context.writer, site)
    settled(kind, read, source, context, site, both=True)
    theano, rank = on_theano(context), len(read["kernel_size"])
    if read["output_padding"] is not None:
        given = [n + 1 for n in read["output_padding"]]
        read["output_padding"] = tuple(n - 1 for n in per_axis(given, rank, "output_padding", site))
    if theano and read["padding"] == "same":
        if any(size % 2 == 0 for size in read["kernel_size"]):
            raise site.unsupported("has an even kernel and padding same", "Theano refuses that itself")
        read["padding"] = "half"
    if read["padding"] == "causal":
        raise site.unsupported("has padding='causal'", "read are valid, same")
    arrays = stored(kind, source, read, site)
    width = source.width if read["data_format"] != FIRST else None
    data = arrays["kernel"].data
    tail = (read["filters"], width if width is not None else data.shape[-1])
    kernel = kernel_of(arrays["kernel"], read, context, site, tail, theano)
    weights = {"kernel": kernel.swapaxes(-1, -2)}
    if "bias" in arrays:
        weights["bias"] = values(arrays["bias"], (read["filters"],), site)
    return described(kind, source, read, weights)


@reads(
    *(
        Kind(
            f"Conv{rank}DTranspose",
            options=(FILTERS, *WALK, Option("output_padding", "ints", None)),
            fixed=(GROUPS,),
            weights=KERNELS,
            describe=describe,
            width=filters,
        )
        for rank in (1, 2, 3)
    )
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """How long the output is, and what of the full one is cut off in front."""
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config, spec.weights.get("bias"))
    config, kernel = spec.config, spec.weights["kernel"]
    shape = ranked(builder, value, len(config["kernel_size"]))
    if shape[-1] != kernel.shape[-2]:
        raise builder.broken(f"has a kernel for {kernel.shape[-2]} channels and is given {shape}")
    windows = []
    more = config["output_padding"] or (None,) * len(config["kernel_size"])
    sizes = zip(shape, config["kernel_size"], config["strides"], config["dilation_rate"], more, strict=False)
    for n, size, stride, apart, extra in sizes:
        if n is None:
            raise builder.refuse(
                f"stretches an axis whose length is not fixed in {shape}", fix="fix the length in the model's Input"
            )
        whole = Window(size, stride, apart)
        full, same = made(whole, n), config["padding"] != "valid"
        if extra is not None:
            length = full - (2 * (whole.extent // 2) if same else 0) + extra
        else:
            length = n * stride + (0 if same else max(whole.extent - stride, 0))
        left = 0
        if config["padding"] == "same":
            left = max(full - length, 0) // 2
        elif config["padding"] == "half":
            left = size // 2
        windows.append(Window(size, stride, apart, left, full - left - length))
    activation = config["activation"]
    flat = kernel.reshape(-1, kernel.shape[-1])
    op = TransposedConvolution(flat, spec.weights.get("bias"), tuple(windows), 1, within(activation))
    result = Value(builder.add(op, [value.tensor])[0])
    return [behind(builder, activation, back(result))]
