"""``gatesmith monitor``: what a board says by itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from ..core.errors import UsageError
from .options import annotated
from .streams import say


def monitor(
    port: Annotated[str, typer.Option(metavar="URL", help="Where the board is: /dev/ttyUSB0, COM3, ...")],
    target: annotated("target") = "host",  # type: ignore[valid-type]
) -> None:
    """Show what a board says by itself, until Ctrl-]."""
    from ..flow.flash import watch

    if not sys.stdin.isatty():
        raise UsageError("monitor needs a terminal", fix="run it by hand; gatesmith run --port talks to programs")
    url, speed = watch(target, port)
    say(f"{url}, {speed:,} baud; Ctrl-] ends. Boot messages and your own prints show as they are.")
    say("The link is binary and only answers: a board that runs the validation program is silent here.")
    command = [sys.executable, "-m", "serial.tools.miniterm", "--filter", "printable", url, str(speed)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
