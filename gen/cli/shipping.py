"""Commands that leave a program: in a folder, or on a board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .options import BACKEND, EMULATE, HOLD, MODEL, PORT, TARGET, Force, Json, ModelArgument, Target, repeated, takes
from .streams import ascii_only, json_, page, progress, say

if TYPE_CHECKING:
    from ..flow import Settings


ModelOrFolder = Annotated[
    Path, typer.Argument(metavar="MODEL|DIR", help="A model, or a folder that build or generate wrote for the board.")
]


@takes(TARGET, EMULATE, HOLD, MODEL)
def build(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.")],
    settings: Settings,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate and build for a board, by PlatformIO; with --emulate for its stand-in."""
    from .. import shipping, target
    from ..device import emulator
    from ..report.build import build_json, build_page

    done = shipping.build(model, output, settings, force, progress(4))
    board = target.load(settings.target)
    if as_json:
        json_(build_json(done, board))
    else:
        stand_in = emulator.load(board.emulator).summary if board.emulator else ""
        page(build_page(done, board, stand_in, model, repeated(settings), ascii_only(sys.stdout)))


@takes(TARGET, BACKEND, PORT, HOLD, MODEL)
def flash(
    model: ModelOrFolder,
    settings: Settings,
    as_json: Json = False,
) -> None:
    """Put a model on a board: C through PlatformIO, modules for MicroPython into its file system."""
    from .. import shipping, target
    from ..report.build import flash_json, flash_page

    model_id = shipping.flash(model, settings, progress(None))
    facts = (model, target.load(settings.target), settings.port, model_id)
    if as_json:
        json_(flash_json(*facts))
    else:
        backend = f" --backend {settings.backend}" if settings.backend else ""
        page(flash_page(*facts, backend + repeated(settings), ascii_only=ascii_only(sys.stdout)))


def monitor(
    port: Annotated[str, typer.Option(metavar="URL", help="Where the board is: /dev/ttyUSB0, COM3, ...")],
    target: Target = "host",
) -> None:
    """Show what a board says by itself, until Ctrl-]."""
    from .. import shipping

    if not sys.stdin.isatty():
        raise UsageError("monitor needs a terminal", fix="run it by hand; gatesmith run --port talks to programs")
    url, speed = shipping.watch(target, port)
    say(f"{url}, {speed:,} baud; Ctrl-] ends. Boot messages and your own prints show as they are.")
    say("The link is binary and only answers: a board that runs the validation program is silent here.")
    command = [sys.executable, "-m", "serial.tools.miniterm", "--filter", "printable", url, str(speed)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
