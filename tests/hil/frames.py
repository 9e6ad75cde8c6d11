"""Streams in a firmware of ``bits``: each is fed recordings frame by frame. In integers the hash is over what every
``step`` returned, every output that it had, and those of ``finish``; in floats the outputs themselves come back."""

from collections.abc import Iterator
from dataclasses import dataclass

from gatesmith.backends.base import PortView

from .bits import WORDS, Case, ctype

RECORDINGS = 12
"""In integers: three of each phase of the numbers."""
FLOATS = 2
"""In floats: noise, and small values."""
MOST = 512
"""Values of floats that come back: the first ones."""


@dataclass(frozen=True)
class Fed(Case):
    """A case whose recordings begin with a reset.

    Args:
        frames: of a recording.
    """

    frames: int

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
        yield "    memset(answer, 0, sizeof answer);"
        yield f"    seed = {self.seed}u;"
        yield from () if code.integer else ("    int at = 0;",)
        yield f"    for (int turn = 0; turn < {RECORDINGS if code.integer else FLOATS}; turn++) {{"
        yield f"        const int phase = {'turn % 4' if code.integer else 'turn % 2 ? 3 : 0'};"
        yield f"        {code.name}_reset(&{at}.state);"
        yield f"        for (int frame = 0; frame < {self.frames}; frame++) {{"
        yield f"            for (int k = 0; k < {source.step}; k++) {{ {x}[k] = {number}; }}"
        call = f"{code.name}_step(&{at}.state, {x}, {y})"
        yield f"            const uint8_t ready = {f'(uint8_t){call}' if rated else '1'};"
        yield from () if rated else (f"            {call};",)
        yield "            take(&ready, sizeof ready);"
        yield f"            if (ready) {{ {take} }}"
        yield "        }"
        if code.rate is not None and code.rate.finishes:
            yield f"        while ({code.name}_finish(&{at}.state, {y})) {{ {take} }}"
        yield "    }"
