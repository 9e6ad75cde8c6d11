"""Programs that end with this process, however it ends."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence

_thread = threading.local()


def lives() -> None:
    """Say that this thread ends after every program that it starts."""
    _thread.lives = True


def bound(command: Sequence[str]) -> list[str]:
    """The command, so that the system kills the program when this process is gone: also when it was killed, and could
    not end the program itself.

    On Linux, by util-linux's setpriv; elsewhere the command as it is. The system watches the *thread* that starts a
    program, so only the main thread, which lives as long as the process, can bind one, and those that say that they
    outlive the programs they start (:func:`lives`).
    """
    main = threading.current_thread() is threading.main_thread() or getattr(_thread, "lives", False)
    if not main or shutil.which(command[0]) is None or not (setpriv := _setpriv()):
        return list(command)
    return [setpriv, "--pdeathsig", "KILL", "--", *command]


@functools.cache
def _setpriv() -> str:
    """The path of a setpriv that knows the option; empty without one. Busybox has one that does not."""
    path = shutil.which("setpriv") if sys.platform == "linux" else None
    if path is None:
        return ""
    tried = subprocess.run(
        [path, "--pdeathsig", "KILL", "--", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return "" if tried.returncode else path
