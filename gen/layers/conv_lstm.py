"""ConvLSTM: an LSTM whose states are images; Keras 3 ``keras/src/layers/rnn/conv_lstm.py``.

    i, f, o = r(x_g + conv(h, U_g)),  c = f c + i a(x_c + conv(h, U_c)),  h = o a(c)

where x is the input's convolution with its bias, which another op has computed for every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from ..core.functions import Function
from ..core.graph import Array, Shape
from ..core.op import States
from .base import cast
from .convolution import convolve
from .recurrent import Scan
from .windows import Windows


@dataclass(frozen=True, eq=False)
class ConvLstm(Scan):
    """Core (time, axes..., 4 filters), gates i f c o -> (time, axes..., filters), the last of them, h and c.

    Args:
        shape: shape of a state: (axes..., filters).
        recurrent: (taps * filters, 4 filters), gates i f c o.
        windows: windows of its convolution, which keeps the axes' lengths.
    """

    stored: ClassVar[Mapping[str, int]] = {"recurrent": 0}
    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state", "c": "cell state"}
    masked = False
    initial = False
    masked_output = "state"

    shape: tuple[int, ...]
    recurrent: Array
    windows: Windows
    activation: Function
    recurrent_activation: Function
    stateful: bool

    @property
    def filters(self) -> int:
        return self.shape[-1]

    @property
    def state_shape(self) -> tuple[int, ...]:
        return self.shape

    def cell(self, x: Array, states: States) -> States:
        """One step: x (samples, axes..., 4 filters)."""
        h, c = states
        i, f, g, o = np.split(x + convolve(h, cast(self.recurrent, x), self.windows), 4, axis=-1)
        r = self.recurrent_activation
        c = r(f) * c + r(i) * self.activation(g)
        return r(o) * self.activation(c), c

    def macs(self, *inputs: Shape) -> int:
        return prod(self.shape[:-1]) * int(self.recurrent.size)
