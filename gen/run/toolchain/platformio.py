"""Building and flashing with PlatformIO's ``pio``; a missing network is reported at once."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit
from urllib.request import getproxies

from ...core.errors import BuildError, UsageError
from ...core.settings import Progress
from .host import TAIL_LINES, run_process

REGISTRY = (("api.registry.platformio.org", 443), ("api.registry.nm1.platformio.org", 443))
PROBE_SECONDS = 2.0
SECONDS = 3600.0
"""Seconds of one call: the first one for a board downloads its compiler and its core."""
QUIET = {"PLATFORMIO_DISABLE_PROGRESSBAR": "true", "PLATFORMIO_NO_ANSI": "true"}
OFFLINE = {
    # A proxy without a host: network access fails at once instead of after a minute.
    "HTTP_PROXY": "http://",
    "HTTPS_PROXY": "http://",
    "http_proxy": "http://",
    "https_proxy": "http://",
    "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No",
}
INSTALLING = re.compile(r"Manager: Installing (.+)$", re.MULTILINE)
NO_NETWORK = re.compile(r"HTTPClientError|InternetConnectionError|not connected to the Internet|Proxy(Error|URL)")
FAILED = re.compile(r"^=+ \[FAILED\]", re.MULTILINE)


def build(project: Path, env: str, progress: Progress) -> Path:
    """Build one environment of a project; missing packages are downloaded.

    Returns:
        The program, an ELF file.

    Raises:
        UsageError: the folder is not a PlatformIO project.
        BuildError: there is no ``pio``, it failed, or it cannot reach its registry; with its last lines.
    """
    with progress.step("build"):
        command = _call(project, "run", "-e", env)
    folder = _build_folder(project) / env
    for name in ("firmware.elf", "program", "program.exe"):
        if (folder / name).is_file():
            return folder / name
    raise BuildError(
        "pio has built the project, but its program is not where it should be",
        where=command,
        why=f"neither firmware.elf nor program is in {folder}",
        fix="a build_dir of your own in platformio.ini: leave it out, or set PLATFORMIO_BUILD_DIR",
    )


def upload(project: Path, env: str, port: str | None, progress: Progress) -> None:
    """Build if necessary, and flash the program to a board.

    Args:
        port: PlatformIO's ``upload_port``; if None, it searches for the board.

    Raises:
        UsageError, BuildError: as in ``build``.
    """
    with progress.step("flash"):
        _call(project, "run", "-e", env, "-t", "upload", *(["--upload-port", port] if port else []))


def find() -> str:
    """The ``pio`` command: next to this Python, on PATH, or in the folder of PlatformIO's own installer.

    Raises:
        BuildError: there is no ``pio``.
    """
    installation = Path.home() / ".platformio" / "penv" / ("Scripts" if os.name == "nt" else "bin")
    for folder in (Path(sys.executable).parent, None, installation):
        for name in ("pio", "platformio"):
            if path := shutil.which(name, path=None if folder is None else str(folder)):
                return path
    raise BuildError(
        "PlatformIO is not installed: there is no pio beside this Python, on PATH or in ~/.platformio",
        fix=("pip install 'gatesmith[boards]'", "or pip install platformio"),
    )


def reachable() -> bool:
    """Whether PlatformIO's registry, or the proxy on the way to it, takes a connection within ``PROBE_SECONDS``."""
    places: Sequence[tuple[str, int]] = REGISTRY
    if proxy := getproxies().get("https"):
        with contextlib.suppress(ValueError):
            parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
            if not parts.hostname:
                return False
            places = [(parts.hostname, parts.port or 80)]
    answers: SimpleQueue[bool] = SimpleQueue()

    def probe(place: tuple[str, int]) -> None:
        try:
            socket.create_connection(place, PROBE_SECONDS).close()
        except OSError:
            answers.put(False)
        else:
            answers.put(True)

    # Threads, because a name lookup has no time limit of its own.
    for place in places:
        threading.Thread(target=probe, args=(place,), daemon=True).start()
    with contextlib.suppress(Empty):
        return any(answers.get(timeout=PROBE_SECONDS) for _ in places)
    return False


def _call(project: Path, *arguments: str) -> str:
    """Run pio on a project.

    Returns:
        The command for a user to type.
    """
    _is_project(project)
    command = [find(), arguments[0], "-d", str(project), *arguments[1:]]
    shown = " ".join(["pio", *command[1:]])
    online = reachable()
    environment = {**os.environ, **QUIET, **({} if online else OFFLINE)}
    status, text = run_process(command, SECONDS, "pio", env=environment)
    if status == 0:
        return shown
    if not online and NO_NETWORK.search(text):
        missing = INSTALLING.findall(text)
        raise BuildError(
            "PlatformIO cannot fetch what this board needs: its registry is not reachable from here",
            where=shown,
            why=f"not installed yet: {missing[-1]}" if missing else _tail(text),
            fix=(
                f"where there is a network: pio pkg install -d {project}",
                "behind a proxy: set HTTPS_PROXY",
                "gatesmith validate --emulate needs no PlatformIO",
            ),
        )
    raise BuildError(f"pio {arguments[0]} failed with exit status {status}", where=shown, why=_tail(text))


def _tail(text: str) -> str:
    """The last lines before pio's own summary."""
    output = FAILED.split(text)[0].rstrip() or text.rstrip()
    return "\n".join(output.splitlines()[-TAIL_LINES:])


def _is_project(project: Path) -> None:
    if not (project / "platformio.ini").is_file():
        raise UsageError(
            f"{project} is no PlatformIO project: there is no platformio.ini in it",
            fix="gatesmith generate MODEL --target BOARD -o FOLDER makes one",
        )


def _build_folder(project: Path) -> Path:
    path = os.environ.get("PLATFORMIO_BUILD_DIR")
    if path:
        return Path(path)
    return Path(os.environ.get("PLATFORMIO_WORKSPACE_DIR") or project / ".pio") / "build"
