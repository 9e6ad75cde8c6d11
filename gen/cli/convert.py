"""``gatesmith convert``: generate, and keep the options for the next command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .generate import write
from .options import BACKEND, FORMAT, HOLD, LIMITS, MODEL, TARGET, Force, Input, Json, ModelArgument, Output, takes
from .settle import settle
from .streams import say

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(TARGET, BACKEND, FORMAT, HOLD, MODEL, LIMITS)
def convert(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    input_file: Input = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a model's code, as generate does, and keep the options in gatesmith.toml: validate alone repeats them."""
    from ..flow import project

    folder = output or Path(f"{model.name.split('.')[0]}_{Path(settings.target).stem}")
    project.refuse_links(Path(), *([] if output else [folder]))
    settings = settle(model, settings)
    write(model, folder, settings, force=force, as_json=as_json)
    kept = keep(model, settings, input=input_file, output=folder)
    project.remember(model)
    say(kept)


def keep(model: Path, settings: Settings, input: Path | None = None, output: Path | None = None) -> str:
    """Keep a command's options; a line that says so."""
    from dataclasses import replace

    from ..boards import target
    from ..flow import project
    from ..run.way import MICROPYTHON, backend_of

    board = target.load(settings.target)
    python = backend_of(board, settings.backend) == MICROPYTHON
    emulator = board.micropython.emulator if python and board.micropython else board.emulator
    wanted = replace(settings, emulate=bool(emulator) and not board.is_host)
    path = project.keep(model, wanted, input=input, output=output)
    if path is None:
        return f"{project.FILE} speaks of another model, and is left as it is"
    return f"{path}: gatesmith validate, run, diff and the others take these options from here on"
