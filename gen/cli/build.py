"""``gatesmith build``: a program that stays in a folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .options import EMULATE, HOLD, LIMITS, MODEL, TARGET, Force, Json, ModelArgument, Output, named, repeated, takes
from .settle import settle
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(TARGET, EMULATE, HOLD, MODEL, LIMITS)
def build(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Generate and build for a board, by PlatformIO; with --emulate for its stand-in."""
    from ..boards import target
    from ..flow import build as flow
    from ..report.build import build_json, build_page
    from ..run.standins import emulator

    folder = named(output)
    settings = settle(model, settings)
    done = flow.build(model, folder, settings, force, progress(4))
    board = target.load(settings.target)
    if as_json:
        json_(build_json(done, board))
    else:
        stand_in = emulator.load(board.emulator).summary if board.emulator else ""
        page(build_page(done, board, stand_in, model, repeated(settings), ascii_only(sys.stdout)))
