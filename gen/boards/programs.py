"""The programs that a target names, and which of them a user's file may name without being trusted.

Only words that are known to start and load nothing need no trust. It is an allow list, because compilers get ever more
options that run a program, load a library, or read and write files: ``-wrapper``, ``-fplugin=``, ``-B``, ``-specs=``,
``@file``, ``-Xclang``, ``-Wl,-plugin``, ``-fuse-ld=``, ``-T``, ``-include``, ``-o``, ``-mdynconfig=``. A macro may only
be a number: its text would be code.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

OPTIMIZATIONS = (
    "asynchronous-unwind-tables|builtin|common|data-sections|exceptions|fast-math|finite-math-only|function-sections"
    "|inline-functions|ipa-cp-clone|jump-tables|math-errno|omit-frame-pointer|peel-loops|short-enums|signed-zeros"
    "|single-precision-constant|split-loops|stack-protector|strict-aliasing|trapping-math|tree-vectorize"
    "|tree-loop-distribute-patterns|unroll-loops|unwind-tables"
)
FLAG = re.compile(
    r"-O([0-3sgz]|fast)?|-g[0-3]?|-w|-pipe|-std=(c|gnu)[0-9][0-9a-z]|-W[a-z][a-z0-9-]*(=[a-z0-9-]+)?"
    r"|-m(cpu|tune|arch|abi|fpu|float-abi|mcu)=[A-Za-z0-9_.+-]+|-m(?!llvm)[a-z][a-z0-9.-]*"
    rf"|-f(no-)?({OPTIMIZATIONS})|-ffp-contract=(fast|off|on)|--param=[a-z-]+=[0-9]+|-D ?[A-Za-z_]\w*(=[0-9]+)?"
)
"""Flags that start, load, read and write nothing."""
VERSION = r"(@[\^~<>=]*[0-9][0-9.]*)?"
NAME = re.compile(r"[A-Za-z0-9_-]+")
PIO_OPTIONS = re.compile(
    r"upload_(protocol|speed)|board_build\.(core|f_cpu|f_flash|flash_mode|mcu)|board_upload\.\w+_size"
)
"""PlatformIO's options that take a plain word and start nothing."""


BALANCED = "balanced"


class ConditionalFlags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Flags for a processor of this machine that has all of these features."""

    cpu: tuple[str, ...]
    cflags: tuple[str, ...]


class Compiler(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[compiler]``: the compiler of a target and its flags.

    Args:
        command: the compiler; empty for this machine's own.
        cflags: all flags, contraction allowed; in a file, those not in ``machine``, ``tuned`` and ``when``.
        exact: all flags under which every target computes the same bits; in a file, as ``cflags``.
        package: Debian packages that contain it; empty if Debian has none.
        machine: flags of both lists that name the processor; other build tools have their own.
        tuned: flags of both lists that speed up code at their own level of optimisation; dropped at other levels.
        when: further flags of ``machine``, by this machine's processor.
        optimize: the goal: ``speed``, ``size``, or ``balanced`` (:mod:`gatesmith.boards.optimized`).
    """

    command: str
    cflags: tuple[str, ...]
    exact: tuple[str, ...]
    package: str = ""
    machine: tuple[str, ...] = ()
    tuned: tuple[str, ...] = ()
    when: tuple[ConditionalFlags, ...] = ()
    optimize: str = BALANCED

    def flags(self, exact: bool) -> tuple[str, ...]:
        """The flags of a build."""
        return self.exact if exact else self.cflags

    def privileges(self, commands: Collection[str]) -> tuple[str, ...]:
        """The whole command lines that do more than compile by one of the known ``commands``, as sentences."""
        path = str(Path(self.command).absolute()) if "/" in self.command else self.command
        sentences = []
        for flags in dict.fromkeys((self.cflags, self.exact)):
            special = [flag for flag in flags if not FLAG.fullmatch(flag)]
            if special or self.command not in commands:
                at = f" in {Path.cwd()}" if any(mark in flag for flag in special for mark in "/@") else ""
                sentences.append(f"starts the compiler{at}: {shlex.join([path or '$CC', *flags])}")
        return tuple(sentences)


class PlatformIO(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[platformio]``: PlatformIO's name of a board, and the other options of its environment in ``platformio.ini``.
    In a target, each option is a tuple of strings, one per line."""

    platform: str
    board: str
    framework: str
    options: Mapping[str, Any] = {}

    def privileges(self, platforms: Collection[str]) -> tuple[str, ...]:
        """Actions of PlatformIO that the known ``platforms`` do not cover, as sentences."""
        names = "|".join(re.escape(name.partition("@")[0]) for name in platforms)
        sentences = []
        if self.platform not in platforms and not re.fullmatch(f"({names}){VERSION}", self.platform):
            sentences.append(f"lets PlatformIO install and run platform = {self.platform}")
        words = {"board": (self.board,), "framework": (self.framework,)}
        for key, values in {**words, **self.options}.items():
            allowed = FLAG if key == "build_flags" else NAME
            known = key in words or key == "build_flags" or PIO_OPTIONS.fullmatch(key)
            if not known or not all(allowed.fullmatch(value) for value in values):
                sentences.append(f"gives PlatformIO the option {key} = {', '.join(values)}")
        return tuple(sentences)
