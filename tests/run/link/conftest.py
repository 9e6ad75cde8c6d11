"""The toy, compiled once a session in the forms that the link's tests need."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatesmith.run.toolchain.host import WARNINGS, Binary, build, find_compiler, firmware

from .toy import HERE, LibraryDevice

BuildToy = Callable[..., Binary]


@pytest.fixture(scope="session")
def build_toy(tmp_path_factory: pytest.TempPathFactory) -> BuildToy:
    """Builds the toy as a process with further flags."""

    def make(*flags: str) -> Binary:
        out = tmp_path_factory.mktemp("toy")
        return build([HERE / "toy.c"], [HERE / "toy_glue.c"], out, cflags=("-O1", *flags))

    return make


@pytest.fixture(scope="session")
def program(build_toy: BuildToy) -> Binary:
    return build_toy()


@pytest.fixture(scope="session")
def sanitized(build_toy: BuildToy) -> Binary:
    return build_toy("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Shared libraries of link and toy, by payload size in bytes."""
    folder = tmp_path_factory.mktemp("library")

    def make(payload: int) -> Path:
        path = folder / f"toy{payload}.so"
        if not path.exists():
            sources = [HERE / "toy.c", HERE / "toy_glue.c", HERE / "capture.c", firmware() / "link/gatesmith_link.c"]
            command = [*find_compiler().split(), *WARNINGS, "-O1", "-shared", "-fPIC", f"-DGS_LINK_PAYLOAD={payload}"]
            command += [f"-I{firmware() / 'link'}", *map(str, sources), "-o", str(path)]
            subprocess.run(command, check=True, timeout=120)
        return path

    return make


@pytest.fixture
def small(libraries: Callable[[int], Path]) -> LibraryDevice:
    """A device with frames as small as an ATmega's."""
    return LibraryDevice(libraries(64))
