"""What `-t upload` does on a stand-in: an emulator that runs the program, its UART behind a terminal.

    start.py PORT FOLDER COMMAND...

PORT becomes a link to the terminal, as `upload_port` names it. The emulator outlives this program; FOLDER/pid says
which one it is, and the next start ends it, as flashing would. One that everybody has forgotten ends by itself.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tty
from pathlib import Path

MOST_SECONDS = 300  # of the processor

port, folder, *command = sys.argv[1:]
pid = Path(folder) / "pid"
Path(folder).mkdir(exist_ok=True)
with contextlib.suppress(OSError, ValueError):
    os.kill(int(pid.read_text()), signal.SIGKILL)
resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
ours, theirs = os.openpty()
tty.setraw(theirs)
Path(port).unlink(missing_ok=True)
Path(port).symlink_to(os.ttyname(theirs))
with (Path(folder) / "log").open("w") as log:
    # It keeps the other end open as well: the terminal stays when nobody listens.
    emulator = subprocess.Popen(command, stdin=ours, stdout=ours, stderr=log, pass_fds=[theirs], start_new_session=True)
pid.write_text(str(emulator.pid))
print(f"{command[0]} is behind {os.ttyname(theirs)}")
