"""What `-t upload` does on a stand-in: an emulator that runs the program, its UART behind a link to a terminal.

    start.py PORT FOLDER COMMAND... FIRMWARE

The emulator outlives this program; FOLDER/pid says which one it is, and the next start ends it, as flashing would.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 20.0

port, folder, *command = sys.argv[1:]
pid, log = Path(folder) / "pid", Path(folder) / "log"
Path(folder).mkdir(exist_ok=True)
with contextlib.suppress(OSError, ValueError):
    os.kill(int(pid.read_text()), signal.SIGKILL)
with log.open("w") as told:
    emulator = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True)
pid.write_text(str(emulator.pid))
end = time.monotonic() + SECONDS
while time.monotonic() < end and emulator.poll() is None:
    found = re.search(r"redirected to (/dev/\S+)", log.read_text())
    if found:
        Path(port).unlink(missing_ok=True)
        Path(port).symlink_to(found[1])
        print(f"{command[0]} listens on {found[1]}")
        sys.exit(0)
    time.sleep(0.02)
emulator.kill()
sys.exit(f"{' '.join(command)}\n{log.read_text()}")
