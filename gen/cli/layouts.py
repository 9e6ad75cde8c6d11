"""``gatesmith layouts``: how each Keras generation stores gates."""

from __future__ import annotations

from typing import Annotated

from .options import Argument, Json
from .streams import json_, page


def layouts(
    kind: Annotated[str | None, Argument("A recurrent layer, as LSTM; all without it.", "KIND")] = None,
    as_json: Json = False,
) -> None:
    """Show how each Keras generation stores gates."""
    from ..report import layouts as pages

    if as_json:
        json_(pages.layouts_report(kind).as_json())
    else:
        page(pages.layouts_page(kind))
