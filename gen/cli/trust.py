"""A target file by path names programs that Gatesmith starts: said when such a file is first used."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..core.errors import GatesmithError
from .streams import say


def tell(targets: Sequence[str]) -> None:
    """Say what a target file may do, once for each content."""
    for name in targets:
        if name.endswith(".toml"):
            _tell(name)


def _tell(name: str) -> None:
    from ..boards import target
    from ..run.toolchain import cache

    try:
        board = target.load(name)
        content = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    except (GatesmithError, OSError):
        return  # the command says it
    known = cache.folder() / "targets" / content
    if known.exists():
        return
    programs = [f"the compiler {board.compiler.command or 'of this machine'}"]
    if board.platformio is not None:
        programs.append(f"what PlatformIO installs and runs for {board.platformio.platform or board.name}")
    say(
        f"note: {name} names programs that Gatesmith starts as you: {', '.join(programs)}."
        " Use only target files that you trust (docs/boards.md). Said once for this content."
    )
    with suppress(OSError):
        known.parent.mkdir(parents=True, exist_ok=True)
        known.touch()
