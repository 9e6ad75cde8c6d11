"""``gatesmith report``: a validation in pictures, as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..core.settings import REPORTING, Flag, Settings
from .options import Input, ModelArgument, Ports, Targets, takes
from .streams import progress, say


@takes(*REPORTING)
def report(
    model: ModelArgument,
    html_file: Annotated[Path, Flag("File to write.", "R.html", ("--output", "-o"))],
    settings: Settings,
    target: Targets = ("host",),
    port: Ports = (),
    input_file: Input = None,
) -> int:
    """Compare targets with Keras, in pictures in one HTML file."""
    from ..files.arrays import check_kind
    from ..files.single import check_writable, write_file
    from ..flow.gather import gather
    from ..flow.validate_many import names_of
    from ..report.html import html

    check_kind("--output", html_file, (".html", ".htm"))
    check_writable(html_file)
    watched = progress(6 + len(names_of(target)))
    gathered = gather(model, target, settings, port, input_file, watched)
    with watched.step("draw"):
        text = html(gathered)
    write_file(html_file, text)
    say(f"{html_file}: {len(text.encode()):,} bytes; open it in a browser")
    return gathered.runs.code
