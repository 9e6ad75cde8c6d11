"""``gatesmith monitor``: shows a board's serial output."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

from ..core.errors import UsageError
from ..core.settings import Flag, Settings
from .options import takes
from .streams import say


@takes("target", from_project=False)
def monitor(port: Annotated[str, Flag("Port of the board: /dev/ttyUSB0, COM3, ...", "URL")], settings: Settings) -> int:
    """Show a board's serial output; Ctrl-] ends."""
    from ..flow.flash import watch

    if not sys.stdin.isatty():
        raise UsageError("monitor needs a terminal", fix="run it by hand; gatesmith run --port talks to programs")
    url, speed = watch(settings.target, port)
    say(f"{url}, {speed:,} baud; Ctrl-] ends. Boot messages and your own prints show as they are.")
    say("The link is binary and only answers: a board that runs the validation program is silent here.")
    command = [sys.executable, "-m", "serial.tools.miniterm", "--filter", "printable", url, str(speed)]
    return subprocess.run(command, check=False).returncode
