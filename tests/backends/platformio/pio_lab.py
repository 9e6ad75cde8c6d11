"""PlatformIO's own `pio` without its registry: a core directory whose platforms are stand-ins for the real ones.

A stand-in has the real one's name and boards, so that a generated platformio.ini is used as it is. Its compilers and
emulators are Debian's; uno and megaatmega2560 get Debian's copy of the real Arduino core, the others a small one of
our own.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gatesmith.boards import target
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain.platformio import OFFLINE

HERE = Path(__file__).resolve().parent / "standins"
EXAMPLE = HERE.parents[3] / "examples" / "basic_motions.keras"
AVR_CORE = Path("/usr/share/arduino/hardware/arduino/avr")
SCONS = "import sys\n\nfrom SCons.Script import main\n\nsys.exit(main())\n"
PLATFORM = """from platformio.public import PlatformBase


class {name}Platform(PlatformBase):
    def is_embedded(self):
        return {embedded}
"""

# Our target, the variant and the macros of Debian's Arduino core.
AVR = {
    "uno": ("standard", ("ARDUINO_AVR_UNO", "ARDUINO_ARCH_AVR")),
    "mega2560": ("mega", ("ARDUINO_AVR_MEGA2560", "ARDUINO_ARCH_AVR")),
}
# Targets that get the small core, for the UART and timer of their emulators.
EMULATED = ("bluepill_f103c8", "nucleo_f446re", "nucleo_h743zi", "esp32c3")
Pio = Callable[..., "subprocess.CompletedProcess[str]"]
SETTINGS = {
    "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No",
    "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    "PLATFORMIO_DISABLE_PROGRESSBAR": "true",
    **OFFLINE,
}


def wanted(name: str) -> str:
    """The lowest version of a tool that this PlatformIO takes."""
    from platformio.dependencies import get_core_dependencies

    return str(get_core_dependencies()[name]).lstrip("~^>= ")


def scons_matches() -> bool:
    """Whether the SCons that is installed is the one that PlatformIO would fetch: 4.41101.0 stands for 4.11.1."""
    import SCons

    match = re.fullmatch(r"4\.(\d)(\d\d)(\d\d)\.\d+", wanted("tool-scons"))
    return match is not None and SCons.__version__ == f"{match[1]}.{int(match[2])}.{int(match[3])}"


def make_core(core: Path) -> Mapping[str, str]:
    """Fill a core directory; returns the environment that makes pio use it."""
    tool(core, "tool-scons").joinpath("scons.py").write_text(SCONS)
    if cppcheck := shutil.which("cppcheck"):
        tool(core, "tool-cppcheck").joinpath("cppcheck").symlink_to(cppcheck)
    if AVR_CORE.is_dir():
        (core / "packages" / "framework-arduino-avr").symlink_to(AVR_CORE)
    platform(core, "native", "1.2.1", "native.py", {})
    releases: dict[tuple[str, str], dict[str, Any]] = {}
    for name in AVR:
        releases.setdefault(release(name), {})[board_of(name)] = avr(name, core)
    for name in EMULATED:
        releases.setdefault(release(name), {})[board_of(name)] = emulated(name, core)
    for (name, version), boards in releases.items():
        platform(core, name, version, "embedded.py", boards)
    return {"PLATFORMIO_CORE_DIR": str(core), **SETTINGS}


def board_of(name: str) -> str:
    pio = target.load(name).platformio
    assert pio is not None
    return pio.board


def release(name: str) -> tuple[str, str]:
    """Name and lowest version of the platform that a target asks for."""
    pio = target.load(name).platformio
    assert pio is not None
    platform_name, _, version = pio.platform.partition("@^")
    return platform_name, version


def tool(core: Path, name: str) -> Path:
    """An empty tool package that pio takes for the registry's."""
    folder, version = core / "packages" / name, wanted(name)
    folder.mkdir(parents=True)
    spec = {"owner": "platformio", "id": None, "name": name, "requirements": None, "uri": None}
    write(folder / "package.json", {"name": name, "version": version})
    write(folder / ".piopm", {"type": "tool", "name": name, "version": version, "spec": spec})
    return folder


def platform(core: Path, name: str, version: str, builder: str, boards: Mapping[str, Any]) -> None:
    """A platform in a folder, and the link that makes pio take it for the registry's."""
    folder = core / "standins" / name
    (folder / "builder").mkdir(parents=True)
    (folder / "boards").mkdir()
    facts = {"name": name, "title": f"Stand-in for {name}", "version": version, "packages": {}}
    if boards:
        facts["frameworks"] = {"arduino": {"script": "builder/framework.py"}}
        (folder / "builder" / "framework.py").write_text("")
    write(folder / "platform.json", facts)
    (folder / "platform.py").write_text(PLATFORM.format(name=name.capitalize(), embedded=bool(boards)))
    shutil.copy(HERE / builder, folder / "builder" / "main.py")
    for board, data in boards.items():
        write(folder / "boards" / f"{board}.json", data)
    (core / "platforms").mkdir(exist_ok=True)
    spec = {"owner": "platformio", "id": None, "name": name, "requirements": None, "uri": f"symlink://{folder}"}
    write(core / "platforms" / f"{name}.pio-link", {"cwd": "/", "spec": spec})


def avr(name: str, place: Path) -> dict[str, Any]:
    """A board with Debian's Arduino core, built as that core's platform.txt says."""
    variant, macros = AVR[name]
    framework = place / "packages" / "framework-arduino-avr"
    return board_file(
        name,
        place,
        prefix="avr-",
        machine=[*target.load(name).compiler.machine, "-flto"],
        defines=["F_CPU=16000000L", *macros],
        core=[str(framework / "cores" / "arduino"), str(framework / "variants" / variant)],
        ldflags=["-fuse-linker-plugin"],
    )


def emulated(name: str, place: Path) -> dict[str, Any]:
    """A board with the small core, for the machine that QEMU emulates."""
    board = target.load(name)
    stand_in = emulator.load(board.emulator)
    return board_file(
        name,
        place,
        prefix=board.compiler.command.removesuffix("gcc"),
        machine=[*board.compiler.machine, *stand_in.firmware.cflags],
        defines=[],
        core=[str(HERE / "core")],
        ldflags=list(stand_in.firmware.ldflags),
    )


def start(name: str, folder: Path) -> str:
    """The command behind `-t upload`; it fails where the emulator is not installed."""
    stand_in = emulator.load(target.load(name).emulator)
    if stand_in.missing():
        return "false"
    folder.mkdir(parents=True)
    words = [sys.executable, str(HERE / "start.py"), "$UPLOAD_PORT", "$BUILD_DIR/emulator"]
    return " ".join(f'"{word}"' for word in [*words, *stand_in.prepare(folder, Path("$SOURCE"))])


def board_file(name: str, place: Path, **build: Any) -> dict[str, Any]:
    board = target.load(name)
    return {
        "name": f"Stand-in for {name}",
        "url": "https://docs.platformio.org",
        "vendor": "Gatesmith's tests",
        "frameworks": ["arduino"],
        "build": {"mcu": board.core.lower(), "f_cpu": "16000000L", **build},
        "upload": {
            "maximum_size": board.flash,
            "maximum_ram_size": board.ram,
            "start": start(name, place / "runners" / name),
        },
    }


def write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2), "utf-8")
