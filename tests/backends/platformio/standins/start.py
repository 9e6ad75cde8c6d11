"""What `-t upload` does on a stand-in: an emulator that runs the program, its UART behind a terminal.

    start.py PORT FOLDER COMMAND...

PORT becomes a link to the terminal, as `upload_port` names it. The emulator outlives this program, and starts when
somebody opens the terminal: a program that speaks at once is heard, however busy this machine is. FOLDER/pid says
which process it is, and the next start ends it, as flashing would. One that everybody has forgotten ends by itself.
"""

import contextlib
import os
import resource
import select
import signal
import subprocess
import sys
import time
import tty
from pathlib import Path

MOST_SECONDS = 300  # of the processor
MOST_WAITED = 600.0


def start(port: str, folder: Path, command: list[str]) -> None:
    pid = folder / "pid"
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pid.read_text()), signal.SIGKILL)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    terminal = os.ttyname(theirs)
    Path(port).unlink(missing_ok=True)
    Path(port).symlink_to(terminal)
    waiting = [sys.executable, __file__, "--wait", terminal, *command]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(waiting, stdin=ours, stdout=ours, stderr=log, start_new_session=True)
    pid.write_text(str(process.pid))
    print(f"{command[0]} is behind {terminal}")


def wait(terminal: str, command: list[str]) -> None:
    """Become the emulator as soon as the terminal's other end is open."""
    poll = select.poll()
    poll.register(0, 0)  # a hang-up is told in any case: nobody has the other end
    end = time.monotonic() + MOST_WAITED
    while any(event & select.POLLHUP for _, event in poll.poll(0)):
        if time.monotonic() > end:
            sys.exit(f"nobody has opened {terminal}")
        time.sleep(0.05)
    # The emulator keeps the other end open as well, so that the terminal stays when nobody listens any more.
    os.set_inheritable(os.open(terminal, os.O_RDWR | os.O_NOCTTY), True)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    time.sleep(0.3)  # who opens a port throws away what it holds
    os.execvp(command[0], command)


if sys.argv[1] == "--wait":
    wait(sys.argv[2], sys.argv[3:])
else:
    start(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
