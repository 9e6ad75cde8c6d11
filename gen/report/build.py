"""What ``build`` and ``flash`` left: pages and data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import join, quote
from typing import Any, Protocol

from ..backends.base import Generated
from ..boards.target import Target
from ..importers.keras.dialect.spec import Source
from ..version import __version__
from .overview import following, version
from .page import Column, Page, Part, Row, Styled

SCHEMA = "gatesmith/build/1"
FLASH_SCHEMA = "gatesmith/flash/1"


class Bytes(Protocol):
    """Sizes of some code."""

    @property
    def flash(self) -> int: ...
    @property
    def ram(self) -> int: ...


class Made(Protocol):
    """What was generated before."""

    @property
    def generated(self) -> Generated: ...
    @property
    def folder(self) -> Path: ...
    @property
    def source(self) -> Source: ...


class Build(Protocol):
    """A program and its sizes."""

    @property
    def made(self) -> Made: ...
    @property
    def how(self) -> str: ...
    @property
    def elf(self) -> Path: ...
    @property
    def map(self) -> Path | None: ...
    @property
    def listing(self) -> Path | None: ...
    @property
    def command(self) -> Sequence[str]: ...
    @property
    def model(self) -> Bytes | None: ...
    @property
    def program(self) -> Bytes | None: ...
    @property
    def stack(self) -> int | None: ...


def build_page(
    done: Build, board: Target, stand_in: str, model: Path, options: str = "", ascii_only: bool = False
) -> Page:
    """The page after a success.

    Args:
        stand_in: the emulator's name; empty if there is none.
        options: those of the model, as ``validate`` must have them too.
    """
    page = Page(ascii_only)
    source = done.made.source
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    page.line(Styled(f"{done.made.folder}/", "head"), "  the generated C, and of its program:")
    what = {
        "host": "the program for this machine",
        "emulator": f"the program for {stand_in}, which stands in for {board.name}",
        "board": f"the program for {board.name}, by PlatformIO",
    }[done.how]
    files = [(done.elf, what), (done.map, "what lies where"), (done.listing, "its instructions")]
    rows: list[Row] = [[_below(path, done.made.folder), words] for path, words in files if path is not None]
    page.table([Column("", style="name", folds=True), Column("", folds=True)], rows, titles=False)
    page.blank()
    page.facts(_sizes(done, board), indent=0)
    page.blank()
    reach = {"host": "", "emulator": " --emulate", "board": " --port URL"}[done.how]
    steps = [
        (f"gatesmith validate {quote(str(model))} --target {quote(board.option)}{reach}{options}", "compare with Keras")
    ]
    if done.how == "board":
        put = f"gatesmith flash {quote(str(done.made.folder))} --target {quote(board.option)} --port URL"
        steps.insert(0, (put, "put it on the board"))
    else:
        steps.append((join(done.command), "start it by hand; it speaks docs/link.md"))
    following(page, steps)
    return page


def _sizes(done: Build, board: Target) -> list[tuple[str, Part]]:
    facts: list[tuple[str, Part]] = []
    for label, key, limit in (("flash", "flash", board.flash), ("RAM", "ram", board.ram)):
        parts = []
        if done.model is not None:
            parts.append(f"{getattr(done.model, key):,} B of the model")
        if done.program is not None:
            whole = getattr(done.program, key)
            bound = f", of {limit:,} B ({100 * whole / limit:.1f} %)" if limit else ""
            parts.append(f"{whole:,} B of the whole program{bound}")
        facts.append((label, "; ".join(parts) or "not known: no size tool for this core is here (pio tells its own)"))
    if done.stack is not None:
        facts.append(("stack", f"{done.stack:,} B  (the model's deepest calls, by the compiler)"))
    facts.append(("model id", done.made.generated.model_id))
    return facts


def build_json(done: Build, board: Target) -> dict[str, Any]:
    """The same as data."""

    def path(file: Path | None) -> str | None:
        return None if file is None else str(file)

    def sizes(of: Bytes | None) -> dict[str, int] | None:
        return None if of is None else {"flash": of.flash, "ram": of.ram}

    return {
        "schema": SCHEMA,
        "gatesmith": __version__,
        "file": done.made.source.path,
        "weights_id": done.made.source.weights_id,
        "model_id": done.made.generated.model_id,
        "target": board.name,
        "how": done.how,
        "folder": str(done.made.folder),
        "elf": path(done.elf),
        "map": path(done.map),
        "listing": path(done.listing),
        "command": list(done.command),
        "model": sizes(done.model),
        "program": sizes(done.program),
        "board": {"flash": board.flash or None, "ram": board.ram or None},
        "stack": done.stack,
    }


def flash_page(
    what: Path, board: Target, port: str | None, model_id: str | None, options: str = "", ascii_only: bool = False
) -> Page:
    """That a board carries a model now, as far as its uploader says; ``options`` as of :func:`build_page`."""
    page = Page(ascii_only)
    where = port or "the port that PlatformIO found"
    page.line(Styled("flashed", "good"), f"  {what} on {board.name}, {where}", hang=9)
    if model_id is not None:
        page.facts([("model id", model_id)], indent=0)
    page.blank()
    model = "MODEL" if model_id is None else quote(str(what))
    command = f"gatesmith validate {model} --target {quote(board.option)} --port {port or 'URL'}{options}"
    following(page, [(command, "ask the board, and compare with Keras")])
    return page


def flash_json(what: Path, board: Target, port: str | None, model_id: str | None) -> dict[str, Any]:
    """The same as data."""
    return {"schema": FLASH_SCHEMA, "file": str(what), "target": board.name, "port": port, "model_id": model_id}


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
