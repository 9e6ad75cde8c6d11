"""Completion of targets, numeric types, formats and schemas in shells, and its installation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from ..core.errors import UsageError
from ..files.single import write_file

ASKS = "_GATESMITH_COMPLETE"
"""The environment variable with which a shell asks for completions."""
STARTS = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
"""The file in the home folder that a shell reads at its start."""


def option(flag: str) -> click.Option:
    """An option of the whole program that turns completion on, or shows the script."""
    words = "Install" if flag.startswith("--install") else "Show"
    return click.Option(
        [flag], is_flag=True, expose_value=False, is_eager=True, callback=_complete,
        help=f"{words} completion for this shell: bash, zsh or fish.",
    )  # fmt: skip


def _complete(ctx: click.Context, flag: click.Parameter, chosen: bool) -> None:
    """Install completion in the shell of ``$SHELL``, or print its script.

    Raises:
        UsageError: there is no completion for that shell.
    """
    if not chosen:
        return
    shell = Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell)
    if kind is None or shell not in STARTS:
        raise UsageError(f'nothing completes in the shell "{shell}"', fix=f"set SHELL to one of: {', '.join(STARTS)}")
    if flag.name == "show_completion":
        sys.stdout.write(kind(ctx.command, {}, "gatesmith", ASKS).source() + "\n")
    else:
        script = f"env {ASKS}={shell}_source gatesmith"
        line = f"{script} | source" if shell == "fish" else f'eval "$({script})"'
        starts = Path.home() / STARTS[shell]
        before = starts.read_text("utf-8") if starts.is_file() else ""
        if line not in before:
            write_file(starts, f"{before}\n{line}\n")
        sys.stderr.write(f"{starts}: {line}\n")
    ctx.exit()


def _begun(text: str, names: Iterable[str]) -> list[Any]:
    return [name for name in names if name.startswith(text)]


def targets(text: str) -> list[Any]:
    """Names of targets."""
    from ..boards import target

    return _begun(text, target.names())


def targets_or_all(text: str) -> list[Any]:
    """The same, for commands that also take ``all-emulated``."""
    return [*targets(text), *_begun(text, ["all-emulated"])]


def numerics(text: str) -> list[Any]:
    """Names of numeric types."""
    from ..numerics import NUMERICS

    return _begun(text, NUMERICS)


def formats(text: str) -> list[Any]:
    """Names of the formats of projects around generated code."""
    from ..flow.plan import formats as names

    return _begun(text, names())
