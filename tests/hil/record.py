"""What cores answered, kept from run to run and shown as a table: a matrix of hours that is cut short goes on where it
was, and what changed since runs again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Chunk:
    """The cases of one firmware, by title.

    Args:
        key: of all that the firmware was made from and of what it had to answer.
        equal: how many gave the wanted bits.
        wrong: those that gave others.
        unfit: those that do not fit the core, and what it lacks.
        strange: those of the equal ones with an output that is not finite.
        seconds: of building and running.
    """

    key: str
    core: str
    numeric: str
    equal: int
    wrong: Sequence[str]
    unfit: Mapping[str, str]
    strange: int
    seconds: float

    def line(self) -> str:
        said = f"{self.core} {self.numeric}: {self.equal} equal, {len(self.wrong)} differ, {len(self.unfit)} do not fit"
        return f"{said}, {self.seconds:.0f} s"


class Record:
    """Chunks by key, in a file of one JSON object a line, which several runs may add to at a time; without a file, of
    this process alone."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.chunks: dict[str, Chunk] = {}
        self._read = 0

    def known(self, key: str) -> Chunk | None:
        """The chunk, if it ran and nothing in it differed."""
        if self.path is not None and self.path.exists():
            with self.path.open(encoding="utf-8") as file:
                file.seek(self._read)
                added = [Chunk(**json.loads(line)) for line in file.readlines()]
                self._read = file.tell()
            self.chunks.update((chunk.key, chunk) for chunk in added)
        chunk = self.chunks.get(key)
        return None if chunk is None or chunk.wrong else chunk

    def add(self, chunk: Chunk) -> None:
        """Keep it, from now on."""
        self.chunks[chunk.key] = chunk
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(chunk)) + "\n")


def summary(chunks: Sequence[Chunk]) -> dict[str, Any]:
    """A core's figures, for the table."""
    types: dict[str, dict[str, Any]] = {}
    for chunk in chunks:
        row = types.setdefault(chunk.numeric, {"equal": 0, "all": 0, "strange": 0, "wrong": [], "unfit": {}})
        row["equal"] += chunk.equal
        row["all"] += chunk.equal + len(chunk.wrong) + len(chunk.unfit)
        row["strange"] += chunk.strange
        row["wrong"] += chunk.wrong
        row["unfit"] |= chunk.unfit
    return {"core": chunks[0].core, "types": types}


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line a core: how many cases of each type gave the wanted bits, of how many; then who did not fit, by name."""
    names = list(dict.fromkeys(name for row in rows for name in row["types"]))
    cells = [("core", *names)]
    for row in sorted(rows, key=lambda row: str(row["core"])):
        found = [row["types"].get(name) for name in names]
        cells.append((row["core"], *("-" if one is None else f"{one['equal']} of {one['all']}" for one in found)))
    widths = [max(len(line[index]) for line in cells) for index in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    for row in rows:
        for name, one in row["types"].items():
            lines += [f"{row['core']} {name} does not fit: {title}: {why}" for title, why in one["unfit"].items()]
            lines += [f"{row['core']} {name} differs: {title}" for title in one["wrong"]]
    strange = max((one["strange"] for row in rows for one in row["types"].values()), default=0)
    return [*lines, f"outputs that are not finite, and equal: in {strange} cases"] if strange else lines
