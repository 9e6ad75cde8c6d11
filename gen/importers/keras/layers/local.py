"""LocallyConnected1D and 2D, up to tf.keras 2, with three layouts of their kernels.

Sources: Keras 1.2.2 and 2.3.1 ``keras/layers/local.py``, tf_keras 2.21 ``tf_keras/src/layers/locally_connected``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from ....core.graph import Shape
from ....layers.local import Local
from ....layers.windows import Windows, lengths
from ..dialect.build import arrays_of, described
from ..dialect.config import FIRST, Option
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from .activation import inner_activation, outer_activation
from .base import Builder, Spec, Value, one_input
from .canonical import KERNELS
from .convolution import FILTERS, WALK
from .spatial import channels_last, ranked, read_windows, settle_windows


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    # padding same: tf_keras/src/utils/conv_utils.py, conv_connected_inputs
    settle_windows(source, read, context, site)
    if read["padding"] != "valid" and read["implementation"] != 2:
        raise site.unsupported(f"has padding={read['padding']!r}", "only implementation 2 of tf.keras has others")
    if read["padding"] == "same":
        read["padding"] = "half_cut"
    return described(kind, source, read, arrays_of(kind, source, read, site))


@one_input(
    "LocallyConnected{}D",
    ranks=(1, 2),
    options=(FILTERS, *WALK, Option("implementation", "size", 1)),
    weights=KERNELS,
    describe=describe,
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    config, bias = spec.config, spec.weights.get("bias")
    value, back = channels_last(builder, Value(value.tensor), config)
    shape = builder.lengths(ranked(builder, value, len(config["kernel_size"])), "has a kernel for each position of")
    windows = read_windows(builder, shape, config["kernel_size"], config["strides"], config["padding"])
    outputs = [int(n or 0) for n in lengths(windows, shape)]
    kernel, positions = _kernel(builder, spec, windows, shape, outputs), prod(outputs)
    if bias is not None and bias.size != positions * config["filters"]:
        raise builder.broken(f"has a bias of shape {bias.shape} for outputs {outputs} of {config['filters']} filters")
    activation = config["activation"]
    wide = None if bias is None else _bias(bias, positions, config["filters"], config["data_format"] == FIRST)
    op = Local(kernel, wide, windows, positions, inner_activation(activation))
    return outer_activation(builder, activation, back(builder.node(op, value)))


def _bias(stored: FloatArray, positions: int, filters: int, first: bool) -> FloatArray:
    """The bias as (positions, filters). With channels first, ``bias_add`` of ``tf_keras/src/backend.py`` reads
    (outputs..., filters) as (filters, outputs...)."""
    return np.ascontiguousarray(stored.reshape(filters, positions).T) if first else stored.reshape(positions, filters)


def _kernel(builder: Builder, spec: Spec, windows: Windows, shape: Shape, outputs: Sequence[int]) -> FloatArray:
    """The kernel as (taps * channels, positions * filters), from any of the three forms."""
    stored, count, first = spec.weights["kernel"], spec.config["filters"], spec.config["data_format"] == FIRST
    axes, channels = [int(n or 0) for n in shape[:-1]], int(shape[-1] or 0)
    sizes = [window.kernel for window in windows]
    taps, positions = prod(sizes), prod(outputs)
    form = spec.config["implementation"]
    wanted = {
        1: (positions, taps * channels, count),
        2: (channels, *axes, count, *outputs) if first else (*axes, channels, *outputs, count),
        3: (positions * count * taps * channels,),
    }.get(form)
    if wanted is None or stored.shape != wanted:
        raise builder.broken(f"has a kernel of shape {stored.shape}, and implementation {form} stores {wanted}")
    if form == 1:
        patches = stored.reshape(positions, channels, taps, count).swapaxes(1, 2) if first else stored
    elif form == 2:
        rank = len(axes)
        order = (*range(1, rank + 1), 0, *range(rank + 2, 2 * rank + 2), rank + 1)
        patches = _cut(stored.transpose(order) if first else stored, windows, axes, outputs)
    elif first:
        patches = stored.reshape(count, positions, channels, taps).transpose(1, 3, 2, 0)
    else:
        patches = stored.reshape(positions, count, taps, channels).transpose(0, 2, 3, 1)
    patches = patches.reshape(positions, taps * channels, count)
    return np.ascontiguousarray(patches.transpose(1, 0, 2).reshape(taps * channels, positions * count))


def _cut(kernel: FloatArray, windows: Windows, axes: Sequence[int], outputs: Sequence[int]) -> FloatArray:
    """The patch in each position's window, (positions, patch, filters), of (axes..., channels, outputs..., filters)."""
    channels, count = kernel.shape[len(axes)], kernel.shape[-1]
    places = [window.kernel for window in windows]
    patches = np.zeros((prod(outputs), prod(places), channels, count), np.float32)
    for number, position in enumerate(np.ndindex(*outputs)):
        for tap, place in enumerate(np.ndindex(*places)):
            at = [w.start(p) + k * w.dilation for w, p, k in zip(windows, position, place, strict=True)]
            if all(0 <= place < n for place, n in zip(at, axes, strict=True)):
                patches[number, tap] = kernel[(*at, slice(None), *position)]
    return patches.reshape(prod(outputs), -1, count)
