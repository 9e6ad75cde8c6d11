"""Programs that end with this process in any case."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence

_thread = threading.local()


def lives() -> None:
    """Declare that this thread ends after every program that it starts."""
    _thread.lives = True


def bound(command: Sequence[str]) -> list[str]:
    """The command, wrapped so that the system kills the program when this process is gone, even if this process was
    killed and could not end the program itself.

    On Linux, util-linux's setpriv does it; elsewhere the command is unchanged. The system watches the *thread* that
    starts a program. So only the main thread, which lives as long as the process, can bind one, and threads that
    declare that they outlive their programs (:func:`lives`).
    """
    main = threading.current_thread() is threading.main_thread() or getattr(_thread, "lives", False)
    if not main or shutil.which(command[0]) is None or not (setpriv := _setpriv()):
        return list(command)
    return [setpriv, "--pdeathsig", "KILL", "--", *command]


@functools.cache
def _setpriv() -> str:
    """The path of a setpriv with the option; empty if there is none. Busybox's setpriv lacks it."""
    path = shutil.which("setpriv") if sys.platform == "linux" else None
    if path is None:
        return ""
    tried = subprocess.run(
        [path, "--pdeathsig", "KILL", "--", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return "" if tried.returncode else path
