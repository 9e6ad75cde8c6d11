"""A chip of labwired as a program, with one of its UARTs on standard input and output.

    python labwired_chip.py CHIP UART FIRMWARE.elf

UART is the UART's name among the chip's peripherals; ``-`` is for chips that have one. A file ``labwired/CHIP.yaml``
beside this one adds what labwired's own description of the chip leaves out. The program ends when its input does, and
with exit status 3 if the core cannot go on.
"""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

from labwired import Sim  # type: ignore[import-not-found,unused-ignore]

SLICE = "200us"
"""Of the chip's time, between two looks at the input."""
BYTES = 4096
UNDECODED = "docs/emulators.md lists the instructions that labwired does not decode"


def main(chip: str, uart: str, firmware: str) -> int:
    """Run a firmware until the input ends."""
    more = Path(__file__).parent / "labwired" / f"{chip}.yaml"
    where = {"system": more} if more.is_file() else {"chip": chip}
    with Sim(firmware, uart=None if uart == "-" else uart, **where) as sim:
        while True:
            if select.select([0], [], [], 0)[0]:
                data = os.read(0, BYTES)
                if not data:
                    return 0
                sim.send_bytes(data)
            stopped = sim.run_for(SLICE)
            sent = sim.read_uart_bytes()
            while sent:
                sent = sent[os.write(1, sent) :]
            if stopped.kind != "reached":
                print(f"the core stopped: {stopped.kind}; {UNDECODED}", file=sys.stderr)
                return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
