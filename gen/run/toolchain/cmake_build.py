"""Firmware by a CMake project, for SDKs with their own start-up code, linker script and image format.

The project is in ``firmware/ports`` and gets a folder of sources with fixed names. Its build folder is cached, so that
the SDK is compiled once, and later only the model.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from . import cache, host

PORT_FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
SECONDS = 600.0


class CMakeProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A CMake project of the firmware folder.

    Args:
        folder: its folder in ``firmware/ports``; ``docs/emulators.md`` lists its variables.
        image: the file to flash or emulate, which it builds besides the program ``device.elf``.
        programs: programs that it needs on PATH.
        folders: CMake variable -> folder that it needs; an environment variable overrides it.
        settings: CMake variables, ``NAME=value``.
    """

    folder: str = msgspec.field(name="project")
    image: str
    programs: tuple[str, ...]
    folders: Mapping[str, str]
    settings: tuple[str, ...]

    def missing(self) -> str:
        """The missing programs and folders; empty if there are none."""
        lacking = [name for name in self.programs if shutil.which(name) is None]
        lacking += [place for place in self.places().values() if not Path(place).is_dir()]
        return ", ".join(lacking)

    def places(self) -> dict[str, str]:
        """Variable -> folder, with environment variables applied."""
        return {name: os.environ.get(name) or place for name, place in self.folders.items()}


def build(
    project: CMakeProject,
    model_source: Path,
    glue_source: Path,
    out: Path,
    *,
    compiler: str,
    cflags: Sequence[str],
    defines: Sequence[str],
) -> tuple[host.Binary, Path]:
    """Compile and link a model, its glue, the link and the project's port.

    Args:
        model_source, glue_source: the sources; their headers are in the same folders.
        out: folder for copies of the objects, of the program, ``device``, and of the image; created if missing.
        compiler: the compiler that the project will use, for the result.
        cflags: flags for the model, its glue and the link, after the warnings.
        defines: macros for these and for the port.

    Returns:
        The program without a command, and the image.

    Raises:
        BuildError: a tool failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = [f"-D{name}" for name in defines]
    files = {
        path.name: path.read_bytes() for source in (model_source, glue_source) for path in source.parent.glob("*.h")
    }
    files |= {"model.c": model_source.read_bytes(), "glue.c": glue_source.read_bytes()}
    files |= {
        "model.flags": _response([*host.WARNINGS, *cflags, "-fcallgraph-info=su", *names]),
        "port.flags": _response([*PORT_FLAGS, *names]),
    }
    with cache.alone(cache.folder() / "cmake" / f"{project.folder}-{_key(project)}") as place:
        _write(place / "sources", files)
        built = place / "build"
        if not (built / "build.ninja").is_file():
            _configure(project, place)
        host.run_tool(["ninja", "-C", str(built)], SECONDS)
        copies = {}
        for source, stem in ((model_source, "model"), (glue_source, "glue")):
            (compiled,) = (built / "CMakeFiles").rglob(f"{stem}.c.o")
            copies[source] = Path(shutil.copy(compiled, out / f"{stem}.o"))
            shutil.copy(compiled.with_suffix(".ci"), out / f"{stem}.ci")
        path = Path(shutil.copy(built / "device.elf", out / "device"))
        image = Path(shutil.copy(built / project.image, out / project.image))
    return host.Binary(path, compiler, tuple(cflags), copies, (copies[model_source],), ()), image


def _configure(project: CMakeProject, place: Path) -> None:
    defines = [
        f"GS_FIRMWARE={host.firmware()}",
        f"GS_SOURCES={place / 'sources'}",
        *(f"{name}={folder}" for name, folder in project.places().items()),
        *project.settings,
    ]
    source, built = host.firmware() / "ports" / project.folder, place / "build"
    shutil.rmtree(built, ignore_errors=True)
    host.run_tool(
        ["cmake", "-G", "Ninja", "-S", str(source), "-B", str(built), *(f"-D{word}" for word in defines)], SECONDS
    )


def _key(project: CMakeProject) -> str:
    """A digest of the settings that need their own build folder; CMake and Ninja detect all other changes."""
    facts = [str(host.firmware()), project.folder, *project.settings, *map(str, project.places().items())]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:12]


def _response(flags: Sequence[str]) -> bytes:
    """A response file of flags, which gcc reads after ``@``."""
    return (shlex.join(flags) + "\n").encode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write these files to a folder and delete all others; an unchanged file keeps its time, and is not compiled
    again."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
