"""Bias correction: the mean errors of integer outputs on the calibration data, which the biases of the ops that compute
them compensate (Nagel et al. 2019, "Data-free quantization through weight equalization and bias correction")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..core.formats import Array
from ..layers.integer import Ranges
from ..numerics.base import Numeric
from ..oracle.reference import evaluate
from .observations import Observed
from .quantize import quantize

CERTAIN = 2.0
"""Least ratio of a mean error to its standard error. On 21 outputs of trained models with 48 samples, the worst loss of
int8, int8w4 and int16w8 is .06 dB, and .23 without it; gains are the same."""


def corrected(observed: Observed, numeric: Numeric, types: Mapping[str, Numeric]) -> Ranges:
    """The ranges of observed values, with the mean errors of outputs by place along the last axis: 0 where they may be
    chance, and none on made-up samples.

    Args:
        types: types of layers, if they differ from ``numeric``.
    """
    if observed.made_up:
        return observed.ranges
    errors: dict[int, list[Array]] = {}
    for graph, batch, outputs in observed.float_outputs:
        integers = evaluate(quantize(graph, observed.ranges, numeric, types), batch.inputs)
        for port, ours, right in zip(graph.outputs, integers, outputs, strict=True):
            if graph.shape(port.tensor):
                error = (ours - right).astype(np.float64)
                errors.setdefault(port.tensor, []).append(error.reshape(len(error), -1, error.shape[-1]).mean(axis=1))
    means = {tensor: _certain(np.concatenate(parts)) for tensor, parts in errors.items()}
    return replace(observed.ranges, errors=means)


def _certain(errors: Array) -> Array:
    """The mean of (samples, places), 0 where it is not ``CERTAIN``."""
    mean = errors.mean(axis=0)
    return np.where(mean**2 * (len(errors) - 1) > CERTAIN**2 * errors.var(axis=0), mean, 0.0)
