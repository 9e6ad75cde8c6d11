"""A chip of yasimavr as a program, with one of its USARTs on standard input and output: no byte is lost, none comes
before it is wanted.

    python yasimavr_chip.py CHIP HERTZ USART FIRMWARE.elf

The chip is of the megaAVR 0 series, at whose addresses the USARTs are. The program ends when its input does or the
firmware sleeps for good, and with exit status 3 if the core cannot go on.
"""

from __future__ import annotations

import os
import select
import sys
from collections import deque

import yasimavr.lib.core as sim  # type: ignore[import-not-found,unused-ignore]
from yasimavr.device_library import load_device  # type: ignore[import-not-found,unused-ignore]
from yasimavr.utils.uart import UART_IO  # type: ignore[import-not-found,unused-ignore]

USARTS, EACH, STATUS, CONTROL = 0x0800, 0x20, 4, 6
"""Addresses: of the first, from one to the next, and two registers in them."""
FULL, LISTENS = 0x80, 0x80
"""Their bits: a byte waits in the one, the receiver is on in the other."""
SLICE, ARRIVAL = 20_000, 1_600
"""Cycles between two looks at the input, and more than a byte takes to arrive at 115,200 baud."""
BYTES = 4096
LOOP, REST = 16, 0.02
"""Bytes of a loop that waits, and seconds to do so too."""


def main(chip: str, hertz: str, usart: str, path: str) -> int:
    """Run a firmware until the input ends."""
    firmware = sim.Firmware.read_elf(path)
    firmware.frequency = int(hertz)
    device = load_device(chip)
    loop = sim.SimLoop(device)  # which makes the device ready
    loop.set_fast_mode(True)
    device.load_firmware(firmware)
    wire, probe = UART_IO(device, int(usart)), sim.DeviceDebugProbe(device)
    registers = USARTS + EACH * int(usart)
    out = os.dup(1)
    os.dup2(2, 1)  # what the emulator itself says is not the firmware's
    queue: deque[int] = deque()
    place = 0
    while device.state() not in (sim.Device.State.Done, sim.Device.State.Crashed):
        # A core that stays where it is, all bytes taken, most likely waits for the next one.
        before, place = place, probe.read_pc()
        idle = not queue and abs(place - before) < LOOP
        if select.select([0], [], [], REST if idle else 0)[0]:
            data = os.read(0, BYTES)
            if not data:
                return 0
            queue.extend(data)
        wanted = probe.read_ioreg(registers + CONTROL) & LISTENS and not probe.read_ioreg(registers + STATUS) & FULL
        cycles = ARRIVAL if queue else SLICE
        if queue and wanted:
            wire.write(queue.popleft())
        loop.run(cycles)
        sent = wire.read(BYTES)
        while sent:
            sent = sent[os.write(out, sent) :]
    if device.state() == sim.Device.State.Crashed:
        print("the core crashed", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
