"""``gatesmith generate``: a model as source files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from .options import (
    BACKEND,
    FORMAT,
    HOLD,
    LIMITS,
    MODEL,
    TARGET,
    Force,
    Json,
    ModelArgument,
    Output,
    named,
    repeated,
    takes,
)
from .settle import settle
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(TARGET, BACKEND, FORMAT, HOLD, MODEL, LIMITS)
def generate(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="NAME", help="A further board of the same PlatformIO project.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a model as C with example and self-test; a PlatformIO project for its boards."""
    folder = named(output)
    write(model, folder, settle(model, settings), also or (), force, as_json)


def write(
    model: Path, folder: Path, settings: Settings, also: Sequence[str] = (), force: bool = False, as_json: bool = False
) -> None:
    """Write the folder, and tell what is in it."""
    from ..boards import target
    from ..boards.backends import MICROPYTHON, backend_of
    from ..flow import generate as flow
    from ..report.generate import generate_json, generate_page

    done = flow.generate(model, folder, settings, force=force, progress=progress(3), more=also)
    if as_json:
        json_(generate_json(done))
    else:
        board = target.load(settings.target)
        python = backend_of(board, settings.backend) == MICROPYTHON
        emulator = board.micropython.emulator if python and board.micropython else board.emulator
        here = f"--target {quote(board.option)} --emulate" if emulator else "--target host"
        again = f"{here}{f' --backend {MICROPYTHON}' if python else ''}{repeated(settings)}"
        page(generate_page(done, again, ascii_only(sys.stdout)))
