"""What cores answered, kept from run to run and shown as a table: a matrix of hours that is cut short goes on where it
was, and what changed since runs again."""

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
        text = f"{self.core} {self.numeric}: {self.equal} equal, {len(self.wrong)} differ, {len(self.unfit)} do not fit"
        return f"{text}, {self.seconds:.0f} s"


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
    """The figures of a core in a type, for the table."""
    wrong = [title for chunk in chunks for title in chunk.wrong]
    unfit = {title: why for chunk in chunks for title, why in chunk.unfit.items()}
    equal = sum(chunk.equal for chunk in chunks)
    return {
        "core": chunks[0].core,
        "numeric": chunks[0].numeric,
        "equal": equal,
        "all": equal + len(wrong) + len(unfit),
        "strange": sum(chunk.strange for chunk in chunks),
        "wrong": wrong,
        "unfit": unfit,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line a core: how many cases of each type gave the wanted bits, of how many; then who did not fit, by name."""
    types = list(dict.fromkeys(row["numeric"] for row in rows))
    cells = [("core", *types)]
    for core in sorted({row["core"] for row in rows}):
        counts = {row["numeric"]: f"{row['equal']} of {row['all']}" for row in rows if row["core"] == core}
        cells.append((core, *(counts.get(name, "-") for name in types)))
    widths = [max(len(line[index]) for line in cells) for index in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    for row in rows:
        lines += [f"{row['core']} does not fit: {title}: {why}" for title, why in row["unfit"].items()]
        lines += [f"{row['core']} differs: {title}" for title in row["wrong"]]
    strange = max((row["strange"] for row in rows), default=0)
    return [*lines, f"outputs that are not finite, and equal: in {strange} cases"] if strange else lines
