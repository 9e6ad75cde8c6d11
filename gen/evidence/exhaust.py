"""Functions of one narrow value, run at every value it can have."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pycparser.c_generator import CGenerator

from ..run.toolchain.host import run_tool
from .source import Source, names, put, rendered
from .values import Bounds

MOST = 1 << 17
"""Values of an argument that are tried."""
SECONDS = 300.0
SANITIZED = ("-O1", "-w", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


class Exhaust:
    """The results of a source's helpers over all arguments; compiled once, with sanitizers.

    Args:
        folder: for the program.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self.source, self.folder = source, folder
        self.cases: dict[tuple[str, str], int] = {}
        self.compiled = -1
        self.runs: dict[tuple[str, str, int, int], Bounds | None] = {}

    def bounds(self, function: str, arguments: str, low: int, high: int) -> Bounds | None:
        """The least and the largest result.

        Args:
            arguments: C's, where ``x`` is the value that is tried.

        Returns:
            nothing where a sanitizer stops it.
        """
        key = (function, arguments, low, high)
        if key not in self.runs:
            number = self.cases.setdefault((function, arguments), len(self.cases))
            self._compile()
            command = [str(self.folder / "exhaust"), str(number), str(low), str(high)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            results = [int(word) for word in done.stdout.split()]
            self.runs[key] = None if done.returncode else (results[0], results[1])
        return self.runs[key]

    def _compile(self) -> None:
        if self.compiled == len(self.cases):
            return
        self.compiled = len(self.cases)
        path = self.folder / "exhaust.c"
        cases = [(name, arguments, number) for (name, arguments), number in self.cases.items()]
        put(self.folder, {path.name: rendered("exhaust.c.mako", source=self._text(), cases=cases)})
        run_tool(["gcc", *SANITIZED, "-o", str(self.folder / "exhaust"), str(path)], SECONDS)

    def _text(self) -> str:
        """The functions asked for with what they call, and the tables."""
        plain, wanted = CGenerator(), {name for name, _ in self.cases}
        tables: set[str] = {
            word for _, arguments in self.cases for word in self.source.tables if word in arguments.split(", ")
        }
        todo = list(wanted)
        while todo:
            for name in names(self.source.functions[todo.pop()]):
                if name in self.source.functions and name not in wanted:
                    wanted.add(name)
                    todo.append(name)
                if name in self.source.tables:
                    tables.add(name)
        parts = [plain.visit(self.source.tables[name]) + ";" for name in self.source.tables if name in tables]
        return "\n".join(
            [*parts, *(plain.visit(node) for name, node in self.source.functions.items() if name in wanted)]
        )
