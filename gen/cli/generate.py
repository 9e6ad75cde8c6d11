"""``gatesmith generate``: writes a model as source files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from ..core.settings import MODEL, Flag, Settings
from .options import FORMAT, LIMITS, Force, Json, ModelArgument, Output, required, takes
from .settle import settle
from .streams import answer, progress


@takes("target", "backend", *FORMAT, "budget", *MODEL, *LIMITS)
def generate(
    model: ModelArgument,
    settings: Settings,
    output: Output = None,
    also: Annotated[tuple[str, ...], Flag("A further board of the same PlatformIO project.", "NAME")] = (),
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a model as C with example and self-test; a PlatformIO project for its boards."""
    folder = required(output)
    write(model, folder, settle(model, settings), also, force, as_json)


def write(
    model: Path, folder: Path, settings: Settings, also: Sequence[str] = (), force: bool = False, as_json: bool = False
) -> None:
    """Write the folder, and show its contents."""
    from ..flow import generate as flow
    from ..report.generate import generate_page

    result = flow.generate(model, folder, settings, force=force, progress=progress(3), also=also)
    answer(result, generate_page, as_json)
