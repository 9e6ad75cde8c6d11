"""Firmware by a CMake project: where a maker's SDK brings its own start-up code, linker script and image format.

The project lies in ``firmware/ports`` and gets a folder of sources under fixed names; its build folder is kept, so that
the SDK is compiled once and then only the model.
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
        folder: under ``firmware/ports``; ``docs/emulators.md`` lists its variables.
        image: the file that it builds beside the program ``device.elf``, and that is flashed or emulated.
        programs: that it needs on PATH.
        folders: CMake variable -> folder that it needs; a variable of the environment names another.
        settings: CMake variables, ``NAME=value``.
    """

    folder: str = msgspec.field(name="project")
    image: str
    programs: tuple[str, ...]
    folders: Mapping[str, str]
    settings: tuple[str, ...]

    def missing(self) -> str:
        """What is not installed, empty if nothing."""
        lacking = [name for name in self.programs if shutil.which(name) is None]
        lacking += [place for place in self.places().values() if not Path(place).is_dir()]
        return ", ".join(lacking)

    def places(self) -> dict[str, str]:
        """Variable -> folder, after a look into the environment."""
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
        model_source, glue_source: each with its headers in its folder.
        out: folder for copies of the objects, of the program, ``device``, and of the image; made if missing.
        compiler: that the project will use, for the record.
        cflags: for the model, its glue and the link, after the warnings.
        defines: for these and for the port.

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
    """What needs a build folder of its own; all else CMake and Ninja notice by themselves."""
    facts = [str(host.firmware()), project.folder, *project.settings, *map(str, project.places().items())]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:12]


def _response(flags: Sequence[str]) -> bytes:
    """A file of flags, as gcc reads one behind ``@``."""
    return (shlex.join(flags) + "\n").encode()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold these files; what is as it was keeps its time, and is not compiled again."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
