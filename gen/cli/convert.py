"""``gatesmith convert``: generates code, and stores the options for the next command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.settings import MODEL, Settings
from .generate import write
from .options import FORMAT, LIMITS, Force, Input, Json, ModelArgument, Output, takes
from .settle import settle
from .streams import say

CONVERTING = ("target", "backend", *FORMAT, *MODEL, *LIMITS)


@takes("budget", *CONVERTING)
def convert(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    input_file: Input = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a model's code, and store the options in gatesmith.toml."""
    from ..flow import project
    from ..flow.plan import check_data

    check_data(input_file)
    folder = output or Path(f"{model.name.split('.')[0]}_{Path(settings.target).stem}")
    project.refuse_links(Path(), *([] if output else [folder]))
    settings = settle(model, settings)
    write(model, folder, settings, force=force, as_json=as_json)
    options = {name: getattr(settings, name) for name in CONVERTING}
    note = keep(model, settings, {**options, "output": folder}, input_file)
    project.remember(model)
    say(note)


def keep(model: Path, settings: Settings, options: Mapping[str, Any], input: Path | None) -> str:
    """Store options of a command, and whether to emulate its target; returns a line that says so."""
    from ..boards import target
    from ..boards.backends import MICROPYTHON, backend_of
    from ..flow import project

    board = target.load(settings.target)
    python = backend_of(board, settings.backend) == MICROPYTHON
    emulator = board.micropython.emulator if python and board.micropython else board.emulator
    data = {} if input is None else {"input": input}
    path = project.keep(model, {**options, "emulate": bool(emulator) and not board.is_host, **data})
    if path is None:
        return f"{project.FILE} speaks of another model, and is left as it is"
    return f"{path}: gatesmith validate, run, diff and the others take these options from here on"
