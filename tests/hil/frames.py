"""Streams in a firmware of ``bits``: each is fed recordings frame by frame. In integers the hash is over what every
``step`` returned, every output that it had, and those of ``finish``; in floats the outputs themselves come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import PortView
from gatesmith.core.graph import Graph
from gatesmith.oracle.reference import Reference

from . import expecting
from .bits import WORDS, Answer, Case, ctype

Array = npt.NDArray[Any]
RECORDINGS = 12
"""In integers: three of each phase of the numbers."""
FLOATS = 2
"""In floats: noise, and small values."""
MOST = 512
"""Values of floats that come back: the first ones."""


class How(Enum):
    """What an output is the model's own of."""

    STREAM = "stream"
    """All frames so far."""
    WINDOW = "windows"
    """The last ones."""
    CARRIED = "carried"
    """The last ones, behind cells that saw all."""


@dataclass(frozen=True)
class Fed(Case):
    """A case whose recordings begin with a reset.

    Args:
        graph: what the reference runs.
        frames: of a recording.
    """

    graph: Graph
    how: How
    frames: int

    @property
    def rows(self) -> bool:
        """Whether every output counts; else the last one does, which stands for all frames."""
        return self.how is not How.STREAM or self.code.outputs[0].axis is not None or self.code.outputs[0].emitted > 0

    @property
    def recordings(self) -> int:
        return RECORDINGS if self.code.integer else FLOATS

    @property
    def words(self) -> int:
        return WORDS if self.code.integer else WORDS + MOST

    def room(self, port: PortView) -> int:
        return port.step

    def body(self, index: int) -> Iterator[str]:
        at, code = f"all.u{index}", self.code
        (source,), (port,) = code.inputs, code.outputs
        x, y, rated = f"{at}.{source.name}", f"{at}.{port.name}", code.rate is not None
        number = f"({ctype(source)})number(phase, {8 * source.format.size}, {source.format.zero})"
        number = number if code.integer else "number(phase)"
        take = f"take({y}, sizeof {y});" if code.integer else f"keep({y}, {port.step}, &at);"
        yield "    memset(&all, 0, sizeof all);"
        yield f"    seed = {self.seed}u;"
        yield from () if code.integer else ("    int at = 0;",)
        yield f"    for (int turn = 0; turn < {self.recordings}; turn++) {{"
        yield f"        const int phase = {'turn % 4' if code.integer else 'turn % 2 ? 3 : 0'};"
        yield f"        {code.name}_reset(&{at}.state);"
        yield f"        for (int frame = 0; frame < {self.frames}; frame++) {{"
        yield f"            for (int k = 0; k < {source.step}; k++) {{ {x}[k] = {number}; }}"
        call = f"{code.name}_step(&{at}.state, {x}, {y})"
        yield f"            const uint8_t ready = {f'(uint8_t){call}' if rated else '1'};"
        yield from () if rated else (f"            {call};",)
        yield "            take(&ready, sizeof ready);"
        yield from (f"            if (ready) {{ {take} }}",) if self.rows else ()
        yield "        }"
        if code.rate is not None and code.rate.finishes:
            yield f"        while ({code.name}_finish(&{at}.state, {y})) {{ {take if self.rows else ''} }}"
        yield from () if self.rows else (f"        {take}",)
        yield "    }"


def expected(case: Fed) -> tuple[Answer | None, Array]:
    """The hash of integer outputs, and the first outputs one after the other, as numbers."""
    (source,), rate = case.code.inputs, case.code.rate
    count = case.recordings
    drawn = expecting.draw(case.seed, count * case.frames * source.step).reshape(count, -1)
    phase = np.arange(count)[:, None] % 4
    if case.code.integer:
        x = expecting.in_type(drawn, phase, source)
    else:
        x = np.where(np.arange(count)[:, None] % 2, (drawn >> 11) / 128.0, drawn / 8192.0)
    x = x.reshape(count, case.frames, *(int(n or 1) for n in source.shape[1:]))
    first, every = (rate.first, rate.every) if rate else (1, 1)
    ready = np.isin(np.arange(1, case.frames + 1), np.arange(first, case.frames + 1, every))
    outputs = np.stack(list(_outputs(case, x, int(ready.sum()))), axis=1)  # (recordings, outputs, values)
    if not case.code.integer:
        return None, outputs.ravel()[:MOST]
    parts: list[Array] = []
    for frames in outputs:
        left = list(expecting.in_bytes(frames, case.code.outputs[0])) if case.rows else []
        for flag in ready:
            parts.append(np.array([flag], np.uint8))
            parts += [left.pop(0)] if flag and left else []
        parts += left if case.rows else list(expecting.in_bytes(frames, case.code.outputs[0]))
    return Answer(expecting.hashed(np.concatenate(parts)), 0), outputs.ravel()[:MOST]


def _outputs(case: Fed, x: Array, ready: int) -> Iterator[Array]:
    """(recordings, values) of each output. Frames that have not come when a window is answered are none it sees."""
    count, graph, rate = len(x), case.graph, case.code.rate
    reference = Reference(graph, np.int64 if case.code.integer else np.float64)
    if case.how is How.STREAM:
        (y,) = reference.run([x])
        yield from np.moveaxis(y.reshape(count, len(y[0]), -1), 1, 0) if case.rows else [y.reshape(count, -1)]
        return
    assert rate is not None
    length = int(graph.shape(graph.inputs[0].tensor)[0] or 0)
    for number in range(ready):
        start = number * rate.every
        if case.how is How.WINDOW:
            seen = np.zeros_like(x[:, :length])
            came = x[:, start : start + length]
            seen[:, : came.shape[1]] = came
            (y,) = reference.run([seen])
        else:
            (y,) = reference.run([x[:, : rate.first + start]])
            if case.code.outputs[0].axis is not None or y.ndim > 2:
                y = y[:, -int(graph.shape(graph.outputs[0].tensor)[0] or 0) :]
        yield y.reshape(count, -1)
