"""A C compiler for Xtensa cores that Debian has none for, made of what it has.

    python3 xtensa.py --config xtensa_config.c [--define NAME] --assembler llvm-mc-22 --cpu CPU [--without FEATURE]
        [gcc's arguments]

Debian's gcc for the LX106 takes another core's parameters from a shared object (XTENSA_GNU_CONFIG) and then writes that
core's instructions, but the assembler beside it takes none. So each file is compiled to assembly, put into the words
that LLVM's assembler knows, assembled by that for ``--cpu``, and linked by Debian's linker. The assembly stays beside
the object file as ``NAME.s``.

Both halves of gcc's command line that a build needs are here: ``-c FILE -o OBJECT`` and ``OBJECTS -o PROGRAM``.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import source_hash
from pathlib import Path

GCC = "xtensa-lx106-elf-gcc"
COMPILERS = ("gcc", "cc", "clang")
LD = "xtensa-lx106-elf-ld"
HEADERS = "/usr/lib/xtensa-lx106-elf/include"
OWN_FLAGS = ("-ffunction-sections", "-mlongcalls")
"""Not for cc1: in one section a file's calls of itself are resolved here; the others are made long below."""
ROUNDS = 40

INVERSE = {
    **{a: b for pair in (
        ("beq", "bne"), ("beqz", "bnez"), ("blt", "bge"), ("bltu", "bgeu"), ("beqi", "bnei"), ("blti", "bgei"),
        ("bltui", "bgeui"), ("bltz", "bgez"), ("bt", "bf"), ("ball", "bnall"), ("bany", "bnone"), ("bbc", "bbs"),
        ("bbci", "bbsi"),
    ) for a, b in (pair, pair[::-1])}
}  # fmt: skip
SIMCALL = ".byte 0x00, 0x51, 0x00"  # an instruction of emulators, which LLVM does not know
INSTRUCTION = re.compile(r"\s*(?P<name>[a-z][\w.]*)\s+(?P<operands>.*?)\s*$")
OUT_OF_RANGE = re.compile(r":(\d+):\d+: error: (?:loop )?fixup value out of range")
LABEL = re.compile(r"^([\w.$]+):")
SHARED = re.compile(r"\s*\.(?:global|globl|weak)\s+(\S+)")
SECTION = re.compile(r"\s*(?:(\.text|\.data|\.bss)|\.section\s+([^,\s]+))\b")


class CompilerError(Exception):
    """A tool is missing or failed; the text is for people."""


def main(arguments: Sequence[str]) -> int:
    """Compile or link; the exit status."""
    parser = argparse.ArgumentParser(prog="xtensa.py", allow_abbrev=False, add_help=False)
    parser.add_argument("--config", type=Path, required=True)  # parameters of the core, for gcc
    parser.add_argument("--define", action="append", default=[])  # their macros
    parser.add_argument("--assembler", required=True)  # LLVM's
    parser.add_argument("--cpu", required=True)  # the core's name there, or that of one with more
    parser.add_argument("--without", action="append", default=[])  # what that has and the core has not
    core, flags = parser.parse_known_args(arguments)
    try:
        if "-c" in flags:
            compile_file(core, flags)
        else:
            link(flags)
    except CompilerError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def compile_file(core: argparse.Namespace, flags: Sequence[str]) -> None:
    """One C or assembly source to an object file."""
    output, rest = _output(flags)
    source = Path(next((flag for flag in rest if flag.endswith((".c", ".S"))), os.devnull))
    passed = [flag for flag in rest if flag not in ("-c", *OWN_FLAGS)]
    stage = "-E" if source.suffix == ".S" else "-S"
    env = {**os.environ, "XTENSA_GNU_CONFIG": str(plugin(core))}
    # Call graphs (-fcallgraph-info) are named after the assembly, so that is where it has to be.
    if output.suffix == ".o":
        _assembled(core, [*passed, stage], env, output.with_suffix(".s"), output)
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="gatesmith-") as folder:
        _assembled(core, [*passed, stage], env, Path(folder) / "out.s", output)


def _assembled(
    core: argparse.Namespace, flags: Sequence[str], env: dict[str, str], assembly: Path, output: Path
) -> None:
    _run([GCC, "-isystem", HEADERS, *flags, "-o", str(assembly)], env)
    assemble(core, assembly, output)


def link(flags: Sequence[str]) -> None:
    """Object files to a program, without start files and libraries: none has this core's calling convention."""
    output, rest = _output(flags)
    words = [flag for flag in rest if flag.endswith(".o") or flag.startswith(("-T", "-L"))]
    words += [word for flag in rest if flag.startswith("-Wl,") for word in flag.split(",")[1:]]
    # ld would shorten code by its own core's tables.
    try:
        _run([LD, "--no-relax", "--no-warn-rwx-segments", *words, "-o", str(output)])
    except CompilerError as failure:
        if "undefined reference" in str(failure):
            raise CompilerError(
                f"{failure}\nthere is no C library for this core here: only what firmware/ports holds"
            ) from None
        raise


def assemble(core: argparse.Namespace, assembly: Path, output: Path) -> None:
    """Assemble what gcc wrote; the file is left as it was assembled."""
    lines = translated(assembly.read_text("utf-8").splitlines())
    for _ in range(ROUNDS):
        assembly.write_text("\n".join(lines) + "\n", "utf-8")
        command = [
            core.assembler,
            "-triple=xtensa",
            f"-mcpu={core.cpu}",
            f"-mattr={','.join(f'-{feature}' for feature in core.without)}",
            "-filetype=obj",
            str(assembly),
            "-o",
            str(output),
        ]
        done = _done(command)
        if done.returncode == 0:
            return
        far = [int(number) for number in OUT_OF_RANGE.findall(done.stderr)]
        if not far or len(far) != done.stderr.count("error:"):
            raise CompilerError(f"{' '.join(command)}\n{done.stderr}")
        for number in far:
            lines[number - 1] = reaching(lines[number - 1], number)
    raise CompilerError(f"{assembly}: branches are still out of range after {ROUNDS} rounds")


def translated(lines: Sequence[str]) -> list[str]:
    """GNU assembly in LLVM's words, line by line.

    Calls that the assembler leaves to the linker go through a register, as -mlongcalls has it: ours knows no call8.
    """
    near = _local(lines)
    section, result = "", []
    for number, line in enumerate(lines, 1):
        section = _section(line, section)
        match = INSTRUCTION.match(line)
        new = line
        if line.strip() == "simcall":
            new = f"\t{SIMCALL}"
        elif match and re.fullmatch(r"call(4|8|12)", match["name"]) and near.get(match["operands"]) != section:
            window, literal = match["name"].removeprefix("call"), f".Lgs_call{number}"
            new = f"\t.literal {literal}, {match['operands']}; l32r\ta{window}, {literal}; callx{window}\ta{window}"
        elif not match:
            new = re.sub(r"^(\s*)\.word\b", r"\1.long", new)
            new = re.sub(r"^(\s*)\.align\b", r"\1.balign", new)
        result.append(new)
    return result


def _local(lines: Sequence[str]) -> dict[str, str]:
    """Labels that no other file sees, each with its section."""
    section, found = "", {}
    for line in lines:
        section = _section(line, section)
        if match := LABEL.match(line):
            found[match[1]] = section
    shared = {word for line in lines if (match := SHARED.match(line)) for word in match[1].split(",")}
    return {name: place for name, place in found.items() if name not in shared}


def _section(line: str, before: str) -> str:
    match = SECTION.match(line)
    return (match[1] or match[2]) if match else before


def reaching(line: str, number: int) -> str:
    """A branch or loop whose target is too far, in a form that reaches it; still on one line."""
    match = INSTRUCTION.match(line)
    if match is None:
        raise CompilerError(f"line {number}: no branch: {line.strip()}")
    name = match["name"]
    operands, _, target = match["operands"].rpartition(",")
    target = target.strip()
    if name == "loop":
        # The loop registers are set by hand: to a near end first, for the count, then to where they belong.
        near, begin, end = (f".Lgs_{part}{number}" for part in ("near", "begin", "end"))
        return "; ".join((
            f"\t.literal {begin}, {near}", f".literal {end}, {target}", f"loop\t{operands}, {near}",
            f"l32r\t{operands}, {begin}", f"wsr\t{operands}, lbeg", f"l32r\t{operands}, {end}",
            f"wsr\t{operands}, lend", "isync", f"rsr\t{operands}, lcount", f"addi\t{operands}, {operands}, 1",
            f"{near}:",
        ))  # fmt: skip
    if name.endswith(".n"):
        return f"\t{name.removesuffix('.n')}\t{operands}, {target}"
    if name not in INVERSE:
        raise CompilerError(f"line {number}: out of reach: {line.strip()}")
    return f"\t{INVERSE[name]}\t{operands}, .Lgs_over{number}; j\t{target}; .Lgs_over{number}:"


def plugin(core: argparse.Namespace) -> Path:
    """The shared object with the core's parameters, compiled once and kept in the user's cache."""
    key = source_hash(b"\0".join((core.config.read_bytes(), *(name.encode() for name in core.define)))).hex()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatesmith"
    kept = cache / f"{core.config.stem}-{key}.so"
    return kept if kept.is_file() else _plugin(core, kept)


def _plugin(core: argparse.Namespace, kept: Path) -> Path:
    """Compile it, to where it is kept or to the folder of temporary files."""
    import shutil
    import tempfile

    compiler = next(filter(shutil.which, COMPILERS), None)
    if compiler is None:
        raise CompilerError(f"none of these is installed: {', '.join(COMPILERS)}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        kept = Path(tempfile.gettempdir()) / f"gatesmith-{os.getuid()}" / kept.name
        kept.parent.mkdir(mode=0o700, exist_ok=True)
    if not kept.is_file():
        handle, made = tempfile.mkstemp(dir=kept.parent, suffix=".so")
        os.close(handle)
        defines = [f"-D{name}" for name in core.define]
        _run([compiler, "-shared", "-fPIC", "-O1", *defines, str(core.config), "-o", made])
        Path(made).replace(kept)  # whole or not at all: several builds may be at it
    return kept


def _output(flags: Sequence[str]) -> tuple[Path, list[str]]:
    """The file after -o, and the rest."""
    rest = list(flags)
    if "-o" not in rest[:-1]:
        raise CompilerError("no output: -o FILE is missing")
    at = rest.index("-o")
    output = Path(rest[at + 1])
    del rest[at : at + 2]
    return output, rest


def _run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    done = _done(command, env)
    if done.returncode:
        raise CompilerError(done.stderr or f"{command[0]} ended with {done.returncode}")
    sys.stderr.write(done.stderr)


def _done(command: Sequence[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    except OSError as error:
        raise CompilerError(f"{command[0]} cannot be started: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
