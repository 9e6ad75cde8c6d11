"""``gatesmith layouts``: the layouts of gates in each Keras generation."""

from __future__ import annotations

from typing import Annotated

from .options import Argument, Json
from .streams import answer


def layouts(
    kind: Annotated[str | None, Argument("A recurrent layer, as LSTM; all without it.", "KIND")] = None,
    as_json: Json = False,
) -> None:
    """Show how each Keras generation stores gates."""
    from ..report import layouts as pages

    answer(kind, pages.layouts_page, as_json, pages.layouts_report)
