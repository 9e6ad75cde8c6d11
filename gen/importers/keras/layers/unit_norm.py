"""UnitNormalization of tf.keras and Keras 3.

Sources: Keras 3.15 ``keras/src/layers/normalization/unit_normalization.py`` and ``keras/src/ops/nn.py``
(``normalize``), tf_keras 2.21 ``tf_keras/src/layers/normalization/unit_normalization.py`` (``tf.linalg.l2_normalize``,
whose epsilon is that of the square).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....layers.unit_norm import UnitNorm
from ..dialect.build import by_options
from ..dialect.config import AXES
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, one_input, sample_axes
from .permute import over_axes


def settle(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    """The least divisor is a constant in each Keras's code."""
    return {"axis": read["axis"], "epsilon": 1e-12 if context.writer.generation == "Keras 3" else 1e-6}


@one_input("UnitNormalization", options=(AXES,), describe=by_options(settle), same_width=True)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    axes = sample_axes(builder, value, spec.config["axis"], "normalises")
    return over_axes(builder, value, axes, UnitNorm(spec.config["epsilon"]))
