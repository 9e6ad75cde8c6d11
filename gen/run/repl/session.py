"""A model on a MicroPython: the same calls as over the device link, as lines of Python at a REPL."""

from __future__ import annotations

import tempfile
from binascii import hexlify, unhexlify

import numpy as np

from ...backends.base import Generated
from ...core.errors import DeviceError
from ...core.graph import Array
from ..link.running import MeasuredCost, RunningModel, Sizes
from .repl import Repl

RUN_SECONDS = 120.0
"""Seconds that one step or run may take."""
PIECE = 1024
"""Bytes in one line sent or received, as hexadecimal digits."""
CODES = {"float32": "f", "int8": "b", "int16": "h", "int32": "i"}
"""Type -> the type code of an array of it."""
COUNTS = """
def _heap(call):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    call()
    after = gc.mem_alloc()
    gc.enable()
    return after - before
"""
COUNTERS = {
    "systick": """
import machine
def _ticks(call):
    m = machine.mem32
    least = -1
    for _ in range(2):
        m[0xE000E010] = 0
        m[0xE000E014] = 0xFFFFFF
        m[0xE000E018] = 0
        m[0xE000E010] = 5
        before = m[0xE000E018]
        call()
        after = m[0xE000E018]
        if not m[0xE000E010] & 0x10000 and not 0 <= least < before - after:
            least = before - after
    return least
""",
    "minstret": """
import micropython
@micropython.asm_rv32
def _retired():
    csrrs(a0, zero, 0xB02)
def _ticks(call):
    before = _retired()
    call()
    return (_retired() - before) & 0x3FFFFFFF
""",
}
"""Name of an instruction counter -> code that reads it. SysTick counts down from 2^24 - 1: the code returns the lesser
of two counts, or -1 if the range was too short. minstret is RISC-V's own."""
COUNTS_TAKEN = 5
"""Counts of one call: QEMU's differ by up to 6 %, so the least is used."""


class MicroPythonDevice(RunningModel):
    """A model on a MicroPython, checked to be the expected one. Leaving the context ends it.

    Args:
        repl: the session; it is closed with the device.
        model: the model that the caller expects on the other side.
        place: a folder that is deleted with the device.
        counter: the instruction counter, from ``COUNTERS``; empty if there is none.
        ticks: ticks of the counter per instruction.
    """

    def __init__(
        self,
        repl: Repl,
        model: Generated,
        place: tempfile.TemporaryDirectory[str] | None = None,
        counter: str = "",
        ticks: float = 1.0,
    ) -> None:
        super().__init__(model, RUN_SECONDS)
        self.repl = repl
        self.counter = counter
        self.ticks = ticks
        self.timeout = 20.0
        self._place = place

    def _end(self, well: bool) -> None:
        self.repl.close()
        if self._place is not None:
            self._place.cleanup()

    def hello(self) -> None:
        """Import the model and compare its id.

        Raises:
            DeviceError: the model is missing, or is another one.
        """
        expected = self.model
        answer = self._ask(
            "import sys, gc\nfrom array import array as _array\n"
            "from binascii import hexlify as _hex, unhexlify as _raw\n"
            f"import {expected.name} as _g\n_m = _g.Model()\nprint(_g.MODEL_ID)"
        )
        if answer != expected.model_id:
            raise DeviceError(
                "the device has another model, so no numbers were compared",
                where=self.repl.name,
                why=f"your file is {expected.model_id}, the device has {answer}",
                fix="copy this model to the device, then compare again",
            )

    def reset(self) -> None:
        """Set the state to zero."""
        self._ask("_m.reset()")

    def cost(self) -> MeasuredCost:
        """No cost: MicroPython has no comparable counter."""
        return MeasuredCost("", 0, None, None)

    def version(self) -> str:
        """The board's description of itself, and the one of an integer model's two modules that it runs."""
        self._ask("_v = getattr(_g, 'VIPER', None)\n_v = '' if _v is None else ', viper' if _v else ', plain Python'")
        return self._ask("print(sys.version.split('; ')[-1].split(' on ')[0], 'on', sys.implementation._machine + _v)")

    def heap_of_last_call(self) -> int | None:
        """Bytes of heap for a repetition of the last step or run, with the garbage collector off; None if the heap is
        too small for them."""
        self._ask(COUNTS)
        answer = self._ask("try:\n    print(_heap(_call))\nexcept MemoryError:\n    gc.enable()\n    print('-')")
        return int(answer) if answer != "-" else None

    def instructions_of_last_call(self) -> int | None:
        """Instructions of a repetition of the last step or run; None if there is no counter."""
        if not self.counter:
            return None
        self._ask(COUNTERS[self.counter])
        empty = int(self._ask("print(_ticks(lambda: 0))"))
        counts = [int(self._ask("print(_ticks(_call))", self.run_timeout)) for _ in range(COUNTS_TAKEN)]
        full = min(counts)
        return round((full - empty) / self.ticks) if full >= 0 else None

    def _call(self, arrays: list[Array], lengths: Sizes | None, shapes: list[Sizes], *, reset: bool) -> list[Array]:
        if reset:
            self.reset()
        words = []
        for index, (array, port) in enumerate(zip(arrays, self.model.inputs, strict=True)):
            self._send(array.astype(np.dtype(port.dtype).newbyteorder("<")).tobytes())
            self._ask(f"_x{index} = _array({CODES[port.dtype]!r}, bytes(_b))")
            words.append(f"_x{index}")
        integer = self.model.integer
        if integer:
            for index, (shape, port) in enumerate(zip(shapes, self.model.outputs, strict=True)):
                size = int(np.prod(shape, dtype=np.int64)) * np.dtype(port.dtype).itemsize
                self._ask(f"_y{index} = _array({CODES[port.dtype]!r}, bytes({size}))")
                words.append(f"_y{index}")
        function = ("step" if lengths is None else "predict") + ("_q" if integer else "")
        self._ask("_b = _y = None\ngc.collect()")
        code = f"_call = lambda: _m.{function}({', '.join(words)})\n_y = _call()"
        if lengths is None and not integer:  # a stream without an answer yet: read its buffer
            code += "\n_y = _m._y if _y is None else _y"
        self._ask(code, self.run_timeout)
        outputs = []
        for index, (shape, port) in enumerate(zip(shapes, self.model.outputs, strict=True)):
            data = self._read(f"_y{index}" if integer else f"_y[{index}]" if len(shapes) > 1 else "_y")
            flat = np.frombuffer(data, np.dtype(port.dtype).newbyteorder("<"))
            if flat.size != int(np.prod(shape, dtype=np.int64)):
                raise DeviceError(f"an answer of {flat.size} values where {shape} was expected", where=self.repl.name)
            outputs.append(flat.astype(port.dtype).reshape(shape))
        return outputs

    def _send(self, data: bytes) -> None:
        self._ask(f"_b = bytearray({len(data)})")
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self._ask(f"_b[{at}:{at + len(piece)}] = _raw('{hexlify(piece).decode()}')")

    def _read(self, value: str) -> bytes:
        answer = self._ask(
            f"_b = bytes({value})\nfor _k in range(0, len(_b), {PIECE}):\n    print(_hex(_b[_k:_k + {PIECE}]).decode())"
        )
        return unhexlify("".join(answer.split()))

    def _ask(self, code: str, timeout: float | None = None) -> str:
        return self.repl.exec(code, self.timeout if timeout is None else timeout).decode("ascii", "replace").strip()
