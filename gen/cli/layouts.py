"""``gatesmith layouts``: how each Keras generation stores gates."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json
from .streams import json_, page


def layouts(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="A recurrent layer, as LSTM; all without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how each Keras generation stores gates."""
    from ..report import layouts as pages

    if as_json:
        json_(pages.layouts_report(kind).as_json())
    else:
        page(pages.layouts_page(kind))
