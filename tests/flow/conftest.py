"""Cores that are asked in place of emulated ones."""

from typing import Any

import numpy as np
import pytest

from gatesmith.flow import measure
from gatesmith.flow.measure import DeviceRun
from gatesmith.oracle.reference import Reference
from gatesmith.run.toolchain.host import Sections


@pytest.fixture
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cores that compute as the reference does; flash and cycles are what the test's ``cost`` says of a plan. What ran,
    each a target and a type."""
    ran: list[str] = []

    def run(ready: Any, chosen: Any, inputs: Any, measured: Any = True, fit: bool = True) -> DeviceRun:
        ran.append(f"{chosen.target.name} {chosen.numeric.name}")
        kind = np.int64 if ready.generated.integer else np.float32
        raw = Reference(ready.generated.graph, kind).run(ready.take(inputs))
        flash, cycles = request.module.cost(chosen)
        costs: dict[str, Any] = {
            "instructions": 1.0,
            "instructions_per": "step",
            "flash": flash,
            "ram": 100,
            "stack": 0,
        }
        costs |= {"flash": flash, **({"estimated_cycles": cycles, "estimated_cycles_kind": ""} if cycles else {})}
        return DeviceRun(ready, tuple(raw), costs, Sections(flash, 1000))

    monkeypatch.setattr(measure, "run", run)
    monkeypatch.setattr("gatesmith.flow.search.store", lambda wanted: None)  # Keras's answers are kept all the same
    return ran
