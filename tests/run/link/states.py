"""A device's state over the link, which the host's commands leave where it is."""

import struct

from gatesmith.run.link.device import Device
from gatesmith.run.link.link import Kind, Request


def read_state(device: Device) -> bytes:
    """The state struct, byte for byte; only the same program may get it back."""
    greeting = device.link.greeting or device.link.open()
    size, room = greeting.state_bytes, greeting.payload
    spans = [(at, min(room, size - at)) for at in range(0, size, room)]
    return b"".join(device.link.exchange([Request(Kind.STATE_READ, struct.pack("<IH", *span)) for span in spans]))


def write_state(device: Device, state: bytes) -> None:
    """Restore the state that ``read_state`` returned."""
    greeting = device.link.greeting or device.link.open()
    room = greeting.payload - 4
    parts = [struct.pack("<I", at) + state[at : at + room] for at in range(0, len(state), room)]
    device.link.exchange([Request(Kind.STATE_WRITE, part) for part in parts])
