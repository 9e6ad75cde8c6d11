"""``gatesmith trust``: allows a project's or a target's file to start the programs that it names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from ..core.settings import Flag
from ..files.trust import UntrustedError, grant
from .options import Argument
from .streams import say


def trust(
    files: Annotated[tuple[Path, ...], Argument("Target files; gatesmith.toml here without any.", "FILE")] = (),
    yes: Annotated[bool, Flag("Do not ask: for scripts that have their own reasons.")] = False,
) -> None:
    """Show the programs that a file starts, and trust them."""
    files = files or _files_here()
    if not files:
        say("gatesmith.toml is not here, and no file is named: nothing needs trust")
    for file in files:
        privileges = _privileges(file)
        if not privileges:
            say(f"{file} needs no trust: it starts nothing, and writes into its folder only")
            continue
        refusal = UntrustedError(file, privileges)
        if yes:
            _show(refusal)
            grant(file, privileges)
        elif not agreed(refusal):
            raise refusal


def agreed(refusal: UntrustedError) -> bool:
    """Show what a file does, and ask whether to trust it; False without a terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _show(refusal)
    sys.stderr.write("Trust it with that from now on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        return False
    grant(refusal.file, refusal.privileges)
    return True


def _files_here() -> tuple[Path, ...]:
    """This folder's project files, and the targets' files that they name."""
    from ..flow import project

    targets = project.load().options.get("target", [])
    files = [name for name in ([targets] if isinstance(targets, str) else targets) if name.endswith(".toml")]
    return tuple(file for file in map(Path, (project.FILE, project.LOCAL, *files)) if file.is_file())


def _privileges(file: Path) -> tuple[str, ...]:
    from ..boards import target
    from ..flow import project

    if file.name not in (project.FILE, project.LOCAL):
        return target.privileges(target.describe(str(file)))
    folder = project.load(file.parent)
    if file.name == project.FILE:
        return project.privileges(folder.options, file.parent)
    return tuple(sentence for url in folder.ports.values() for sentence in project.privileges({"port": url}))


def _show(refusal: UntrustedError) -> None:
    for each in refusal.privileges:
        say(f"{refusal.file}: it {each}")
