"""The facts of a run's report: what was built, what it costs, and how each figure is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .backends.base import Generated
from .device import host, measure
from .device.interface import Interface
from .flow import Settings
from .graph import Array
from .keras.spec import Source


@dataclass(frozen=True)
class Built:
    """Generated files with their program for a target's device."""

    generated: Generated
    interface: Interface
    program: host.Program
    digest: str


def facts_of(
    made: Built,
    settings: Settings,
    path: Path,
    source: Source,
    inputs: Sequence[Array] | None,
    stateful: bool,
    measured: bool,
) -> dict[str, Any]:
    """The report's facts; costs only where they are asked for."""
    axes = {
        port.axis: index for index, port in reversed(list(enumerate(made.generated.inputs))) if port.axis is not None
    }
    skip = 2 if stateful else 1
    steps = None if inputs is None or not axes else int(inputs[axes[min(axes)]].shape[skip])
    facts: dict[str, Any] = {
        "schema": "gatesmith/run/1",
        "model": path.name,
        "weights_id": source.weights_id,
        "model_id": made.generated.model_id,
        "target": settings.target,
        "numeric": made.interface.numeric,
        "math": settings.math,
        "samples": 0 if inputs is None else int(np.prod(inputs[0].shape[:skip])),
        "steps": steps,
        "oracle": None,
        "max_abs_error": None,
        "files_sha256": made.digest,
        "macs": made.generated.macs,
        "weight_bytes": made.generated.weight_bytes,
        "state_bytes": made.generated.state_bytes,
    }
    if measured:
        sample = None if inputs is None else [x[0, 0] if stateful else x[0] for x in inputs]
        print_size = measure.footprint(made.program, made.interface, made.generated.state_bytes)
        counted = measure.instructions_per_step(made.program, made.interface, sample)
        facts |= {
            "instructions": counted.count,
            "instructions_per": counted.per,
            "instructions_kind": counted.how,
            "flash": print_size.flash,
            "ram": print_size.ram,
            "stack": print_size.stack.bytes,
            "stack_kind": "worst case of the compiler's call graph"
            if print_size.stack.bytes is not None
            else print_size.stack.reason,
        }
    return facts
