"""A running model behind the link, over any transport."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from ...backends.base import Generated, PortView
from ...core.errors import DeviceError
from ...core.graph import Array
from .link import Kind, Link, Request, printable
from .running import MeasuredCost, RunningModel, Sizes
from .transport import ProcessTransport, Transport

_DTYPES = {0x14: "float32", 0x21: "int8", 0x22: "int16", 0x24: "int32"}
_COUNTERS = {0: "", 1: "nanoseconds", 2: "cycles", 3: "instructions"}
_INPUT, _OUTPUT, _AXIS = 1, 2, 3
SOON_SECONDS = 0.1
"""Seconds until a program gets a second hello: QEMU's USART of an STM32 drops bytes until the firmware switches it
on."""


class Device(RunningModel):
    """A model in a program that speaks the link. Leaving the context ends the device.

    Args:
        transport: the wire; it is closed with the device.
        model: the model that the caller expects on the other side.
        run_timeout: seconds that one step or run may take.
        stays: whether it continues afterwards, as a board does; otherwise it gets a request to end.
        link: options of :class:`~gatesmith.run.link.link.Link`.
    """

    def __init__(
        self,
        transport: Transport,
        model: Generated,
        *,
        run_timeout: float = 60.0,
        stays: bool = False,
        **link: Any,
    ) -> None:
        super().__init__(model, run_timeout)
        self.transport = transport
        self.link = Link(transport, **link)
        self.stays = stays
        self._order = "<"

    @classmethod
    def start(cls, command: Sequence[str | Path], model: Generated, **options: Any) -> Self:
        """A device that is a program on this machine; options as for the class."""
        return cls(ProcessTransport(command), model, **{"soon": SOON_SECONDS, **options})

    def _end(self, well: bool) -> None:
        try:
            if well and not self.stays:
                self.link.close()
        except DeviceError:
            pass  # the work is done; a device that is already gone needs no goodbye
        finally:
            self.transport.close()

    def hello(self) -> None:
        """Compare the device's model with the expected one.

        Raises:
            DeviceError: the device is silent, or has another protocol, another model or other shapes.
        """
        greeting = self.link.open()
        self._order = ">" if greeting.big_endian else "<"
        name = self._text(0)
        numeric = self._text(1)
        expected = self.model
        if (greeting.model_id, name, numeric) != (expected.model_id, expected.name, expected.numeric):
            raise self._other_model(name, greeting.model_id, numeric)
        counts = {
            "inputs": (len(expected.inputs), greeting.inputs),
            "outputs": (len(expected.outputs), greeting.outputs),
            "axes": (len(expected.axes), greeting.axes),
        }
        for fact, (ours, theirs) in counts.items():
            if ours != theirs:
                raise self._other(fact, f"{ours} of them", theirs)
        facts: dict[str, tuple[object, object]] = {
            "has_step": (expected.stepped, greeting.has_step),
            "inputs": (_ports(expected.inputs), self._describe_ports(_INPUT, greeting.inputs)),
            "outputs": (_ports(expected.outputs), self._describe_ports(_OUTPUT, greeting.outputs)),
            "axes": (
                tuple(_axis_text(axis.fixed or 0, axis.capacity or 0) for axis in expected.axes),
                self._describe_axes(greeting.axes),
            ),
            "state_bytes": (expected.state_bytes, greeting.state_bytes),
        }
        for fact, (wanted, there) in facts.items():
            if wanted != there:
                raise self._other(fact, wanted, there)

    def reset(self) -> None:
        """Set the state to zero."""
        self.link.ask(Kind.RESET)

    def cost(self) -> MeasuredCost:
        """The cost of the last step or run, as far as the port reports it."""
        kind, low, high, hertz, stack = struct.unpack("<BIIII", self._sized(self.link.ask(Kind.COST), 17))
        return MeasuredCost(_COUNTERS.get(kind, f"kind {kind}"), high << 32 | low, hertz or None, stack or None)

    def _call(self, arrays: list[Array], lengths: Sizes | None, shapes: list[Sizes], *, reset: bool) -> list[Array]:
        greeting = self.link.greeting or self.link.open()
        requests = [Request(Kind.RESET)] if reset else []
        room = greeting.payload - 5
        for index, (array, port) in enumerate(zip(arrays, self.model.inputs, strict=True)):
            data = array.astype(self._wire(port)).tobytes()
            requests += [
                Request(Kind.WRITE, struct.pack("<BI", index, at) + data[at : at + room])
                for at in range(0, len(data), room)
            ]
        packed_lengths = None if lengths is None else struct.pack(f"<{len(lengths)}I", *lengths)
        requests.append(Request(Kind.STEP) if packed_lengths is None else Request(Kind.RUN, packed_lengths))
        reads = len(requests)
        spans: list[int] = []
        for index, (shape, port) in enumerate(zip(shapes, self.model.outputs, strict=True)):
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(port.dtype).itemsize
            for at in range(0, size, greeting.payload):
                count = min(greeting.payload, size - at)
                requests.append(Request(Kind.READ, struct.pack("<BIH", index, at, count)))
                spans.append(count)
        answers = self.link.exchange(requests, timeout=self.run_timeout)[reads:]
        data = b"".join(self._sized(a, n) for a, n in zip(answers, spans, strict=True))
        outputs: list[Array] = []
        offset = 0
        for shape, port in zip(shapes, self.model.outputs, strict=True):
            count = int(np.prod(shape, dtype=np.int64))
            flat = np.frombuffer(data, dtype=self._wire(port), count=count, offset=offset)
            outputs.append(flat.astype(port.dtype).reshape(shape))
            offset += flat.nbytes
        return outputs

    def _wire(self, port: PortView) -> np.dtype[Any]:
        return np.dtype(port.dtype).newbyteorder(self._order)  # type: ignore[arg-type]

    def _text(self, index: int) -> str:
        return printable(self.link.ask(Kind.DESCRIBE, bytes((0, index))))

    def _describe_ports(self, side: int, count: int) -> tuple[str, ...]:
        records = self.link.exchange([Request(Kind.DESCRIBE, bytes((side, i))) for i in range(count)])
        facts = [struct.unpack("<BbII", self._sized(record, 10)) for record in records]
        return tuple(
            _port_text(_DTYPES.get(t, f"type 0x{t:02x}"), a if a >= 0 else None, frame) for t, a, frame, _ in facts
        )

    def _describe_axes(self, count: int) -> tuple[str, ...]:
        records = self.link.exchange([Request(Kind.DESCRIBE, bytes((_AXIS, i))) for i in range(count)])
        return tuple(_axis_text(*struct.unpack("<II", self._sized(record, 8))) for record in records)

    def _sized(self, answer: bytes, size: int) -> bytes:
        if len(answer) != size:
            raise DeviceError(
                f"an answer of {len(answer)} bytes where {size} were asked for", where=self.transport.name
            )
        return answer

    def _other(self, fact: str, expected: object, actual: object) -> DeviceError:
        return DeviceError(
            f"the device runs this model with other {fact}, so nothing was compared",
            where=self.transport.name,
            why=f"expected {expected}, the device has {actual}",
            fix="generate, build and flash the program again",
        )

    def _other_model(self, name: str, model_id: str, numeric: str) -> DeviceError:
        model = self.model
        rows = [("model", model.name, name), ("id", model.model_id, model_id), ("numeric", model.numeric, numeric)]
        width = max(9, *(len(row[1]) for row in rows))
        lines = [f"{'':9}{'your file':{width}}  on the device"]
        lines += [
            f"{what:9}{ours:{width}}  {theirs}{'' if ours == theirs else '   <- differs'}"
            for what, ours, theirs in rows
        ]
        return DeviceError(
            "the device runs another model, so no numbers were compared",
            where=self.transport.name,
            why="\n".join(lines),
            fix="put this model on the device, then compare again",
        )


def _port_text(dtype: str, axis: int | None, frame: int) -> str:
    return f"{dtype} x {frame}" + ("" if axis is None else f" a step of axis {axis}")


def _ports(ports: Sequence[PortView]) -> tuple[str, ...]:
    return tuple(_port_text(port.dtype, port.axis, port.frame) for port in ports)


def _axis_text(fixed: int, capacity: int) -> str:
    if fixed:
        return f"{fixed} steps"
    return f"up to {capacity} steps" if capacity else "any number of steps"
