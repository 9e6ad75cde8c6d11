"""GRU: gated recurrent unit (Cho et al. 2014), in both of Keras's forms.

    z = r(x W_z + b_z + h U_z [+ b'_z])      r = r(x W_r + b_r + h U_r [+ b'_r])
    reset_after:    h~ = a(x W_h + b_h + r (h U_h + b'_h))
    reset before:   h~ = a(x W_h + b_h + (r h) U_h)
    h' = z h + (1 - z) h~

Keras 3, ``keras/src/layers/rnn/gru.py``. The two biases of the candidate cannot be merged in the reset_after form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..core.functions import Function
from ..core.graph import Array
from ..core.op import Op, Scratch, States
from .base import cast, equal_parts, fed
from .recurrent import Recurrent


@dataclass(frozen=True, eq=False)
class Gru(Recurrent):
    """kernel (inputs, 3 units), recurrent (units, 3 units), gates z r h; bias (3 units,), or (2, 3 units) with
    reset_after: row 0 is the kernel's, row 1 the recurrent kernel's."""

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state"}
    gates: ClassVar[str] = "zrh"

    activation: Function
    recurrent_activation: Function
    reset_after: bool

    @property
    def functions(self) -> dict[str, Function]:
        return {"z": self.recurrent_activation, "r": self.recurrent_activation, "h": self.activation}

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """The reset-before form needs r h of all units before the first candidate."""
        return () if self.reset_after else (Scratch(self.units),)

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        """Only the kernel's bias compensates the offset."""
        kernel, bias = fed(
            self.kernel, self.bias if self.bias is None or self.bias.ndim == 1 else self.bias[0], gain, offset
        )
        if bias is not None and self.reset_after:
            bias = np.stack([bias, np.zeros_like(bias) if self.bias is None else self.bias[1]])
        return replace(self, kernel=kernel, bias=bias)

    def cell(self, x: Array, states: States) -> States:
        (h,) = states
        u = self.units
        recurrent = cast(self.recurrent, x)
        xs = x @ cast(self.kernel, x)
        if self.bias is not None:
            xs = xs + cast(self.bias if self.bias.ndim == 1 else self.bias[0], x)
        x_z, x_r, x_h = equal_parts(xs, 3)
        hs = h @ (recurrent if self.reset_after else recurrent[:, : 2 * u])
        if self.reset_after and self.bias is not None:
            hs = hs + cast(self.bias[1], x)
        z = self.recurrent_activation(x_z + hs[:, :u])
        r = self.recurrent_activation(x_r + hs[:, u : 2 * u])
        inner = r * self.activation.part(hs[:, 2 * u :]) if self.reset_after else (r * h) @ recurrent[:, 2 * u :]
        return (z * h + (1 - z) * self.activation(x_h + inner),)
