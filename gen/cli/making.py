"""Commands that make files."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from .options import BACKEND, HOLD, MODEL, TARGET, Force, Json, ModelArgument, repeated, takes
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..flow import Settings


@takes(TARGET, BACKEND, HOLD, MODEL)
def generate(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.")],
    settings: Settings,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="NAME", help="A further board of the same PlatformIO project.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a model as C with example and self-test; a PlatformIO project for its boards."""
    from .. import pipeline, target
    from ..device.reach import MICROPYTHON, backend_of
    from ..report.generate import generate_json, generate_page

    done = pipeline.generate(model, output, settings, force=force, progress=progress(3), more=also or ())
    facts = (done.generated, done.folder, done.files, done.source, done.oracle, done.envs)
    if as_json:
        json_(generate_json(*facts))
    else:
        board = target.load(settings.target)
        python = backend_of(board, settings.backend) == MICROPYTHON
        emulator = board.micropython.emulator if python and board.micropython else board.emulator
        here = f"--target {quote(board.option)} --emulate" if emulator else "--target host"
        again = f"{here}{f' --backend {MICROPYTHON}' if python else ''}{repeated(settings)}"
        page(generate_page(*facts, again, budgets=done.budgets, ascii_only=ascii_only(sys.stdout)))
