"""A core directory for the session, and the projects of the bundled example, each generated once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pio_lab import EXAMPLE, Pio, make_core, scons_matches

from gatesmith.flow.generate import generate as generate_model


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes pio work without its registry, as variables of the environment."""
    pytest.importorskip("platformio", reason="PlatformIO is not installed (pip install '.[dev]')")
    assert scons_matches(), "pyproject.toml pins a PlatformIO and a SCons that do not belong together"
    return dict(make_core(tmp_path_factory.mktemp("core")))


@pytest.fixture
def pio(core: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Pio:
    """Run pio itself; the text has both of its streams. Gatesmith's calls of it use the same core."""
    for name, value in core.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str | Path, cwd: Path | None = None, status: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "platformio", *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "PLATFORMIO_NO_ANSI": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done

    return run


@pytest.fixture(scope="session")
def folders() -> dict[tuple[str, ...], Path]:
    """Projects by numeric type and boards."""
    return {}


@pytest.fixture(autouse=True)
def nothing_runs_on(folders: dict[tuple[str, ...], Path]) -> Iterator[None]:
    """An emulator that a test's upload started ends with the test."""
    yield
    for folder in folders.values():
        for pid in folder.glob(".pio/build/*/emulator/pid"):
            with suppress(OSError, ValueError):
                os.kill(int(pid.read_text()), signal.SIGKILL)
            pid.unlink()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, folders: dict[tuple[str, ...], Path]) -> Callable[..., Path]:
    """The example's project for some boards."""
    from gatesmith.core.settings import Settings
    from gatesmith.numerics import NUMERICS

    def make(*boards: str, numeric: str = "float32") -> Path:
        if (numeric, *boards) not in folders:
            folder = tmp_path_factory.mktemp("project") / boards[0]
            calibration = "synthetic" if NUMERICS[numeric].integer else None
            settings = Settings(target=boards[0], numeric=numeric, calibration=calibration)
            generate_model(EXAMPLE, folder, settings, also=boards[1:])
            folders[numeric, *boards] = folder
        return folders[numeric, *boards]

    return make
