"""The pages of ``build`` and ``flash``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import join, quote

from ..flow.reports import BuildReport, FlashReport
from .overview import following, notes, opening
from .page import Column, Fact, Row, Sheet, Styled, paged
from .quantities import size


@paged
def build_page(page: Sheet, report: BuildReport) -> None:
    """The page after a success."""
    folder = Path(report.folder)
    opening(page, report)
    page.line(Styled(f"{folder}/", "head"), "  the generated C, and of its program:")
    program = {
        "host": "the program for this machine",
        "emulator": f"the program for {report.stand_in}, which stands in for {report.target}",
        "board": f"the program for {report.target}, by PlatformIO",
    }[report.how]
    files = [(report.elf, program), (report.map, "what lies where"), (report.listing, "its instructions")]
    rows: list[Row] = [[_below(Path(path), folder), words] for path, words in files if path is not None]
    page.table([Column("", style="name", folds=True), Column("", folds=True)], rows, indent=2, titles=False)
    page.blank()
    page.facts(*_sizes(report))
    notes(page, report.notes)
    steps = [(f"gatesmith validate {quote(report.file)} {report.options}", "compare with Keras")]
    if report.how == "board":
        flash = f"gatesmith flash {quote(report.folder)} {report.target_option} --port URL"
        steps.insert(0, (flash, "put it on the board"))
    else:
        steps.append((join(report.command), "start it by hand; it speaks docs/link.md"))
    following(page, steps)


def _sizes(report: BuildReport) -> Iterator[Fact]:
    for label, key in (("flash", "flash"), ("RAM", "ram")):
        parts, limit = [], getattr(report.board, key)
        if report.model is not None:
            parts.append(f"{getattr(report.model, key):,} B of the model")
        if report.program is not None:
            used = getattr(report.program, key)
            bound = f", of {limit:,} B ({100 * used / limit:.1f} %)" if limit else ""
            parts.append(f"{used:,} B of the whole program{bound}")
        yield label, "; ".join(parts) or "not known: no size tool for this core is here (pio tells its own)"
    yield "stack", size(report.stack, "the model's deepest calls, by the compiler")
    yield "model id", report.model_id


@paged
def flash_page(page: Sheet, report: FlashReport) -> None:
    """The page after flashing: the board carries the model, according to its uploader."""
    port = report.port or "the port that PlatformIO found"
    page.line(Styled("flashed", "good"), f"  {report.file} on {report.target}, {port}", hang=9)
    page.facts(("model id", report.model_id or ""))
    model = "MODEL" if report.model_id is None else quote(report.file)
    following(page, [(f"gatesmith validate {model} {report.options}", "ask the board, and compare with Keras")])


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
