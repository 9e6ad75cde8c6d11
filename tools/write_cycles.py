"""Write the averages of ``targets/cycles``: cycles a multiply-add of models that are run on each family's core.

    python tools/write_cycles.py [--only FAMILY,FAMILY] MODEL[:DATA.npz] ...

A budget tells milliseconds by them before anything is built. Without DATA, inputs are made up.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from gatesmith.boards import cycles, target
from gatesmith.core.settings import Settings
from gatesmith.files.arrays import write_npz
from gatesmith.flow.choose import choose
from gatesmith.importers.reading import load

TABLES = Path(__file__).resolve().parent.parent / "targets" / cycles.FOLDER
SAMPLES = 16


def boards() -> dict[str, str]:
    """Family -> a board of it whose emulator tells cycles or instructions that have a table, the largest first."""
    found: dict[str, tuple[int, str]] = {}
    for name in target.names():
        board = target.load(name)
        if board.emulator and board.family in target.names(cycles.FOLDER) and board.clock:
            found[board.family] = max(found.get(board.family, (0, "")), (board.flash, name))
    return {family: name for family, (_, name) in found.items()}


def made_up(path: Path, folder: Path) -> Path:
    """Inputs of the model's shapes."""
    graph = load(path, Settings()).graph
    random = np.random.default_rng(0)
    shapes = [[SAMPLES, *(n or 12 for n in graph.shape(port.tensor))] for port in graph.inputs]
    data = folder / f"{path.stem}_inputs.npz"
    arrays = {f"in_{i}": random.normal(size=shape).astype(np.float32) for i, shape in enumerate(shapes)}
    write_npz(data, arrays)
    return data


def main(arguments: list[str]) -> None:
    folder = Path("out")
    folder.mkdir(exist_ok=True)
    families = boards()
    if arguments[0] == "--only":
        wanted = arguments[1].split(",")
        families = {family: name for family, name in families.items() if family in wanted}
        arguments = arguments[2:]
    found: dict[str, dict[str, list[float]]] = {family: {} for family in families}
    for argument in arguments:
        model, _, data = argument.partition(":")
        path = Path(model)
        given = Path(data) if data else made_up(path, folder)
        choice = choose(path, Settings(), given, boards=list(families.values()))
        for row in choice.rows:
            facts = row.facts
            count = (facts.cycles or facts.estimated_cycles) if facts else None
            if facts is not None and count:
                found[row.core].setdefault(row.numeric, []).append(count / facts.macs)
                print(
                    f"{row.core} {row.numeric} {path.stem}: {count / facts.macs:.2f} cycles a multiply-add", flush=True
                )
    for family, numerics in found.items():
        write(family, numerics)


def write(family: str, numerics: dict[str, list[float]]) -> None:
    path = TABLES / f"{family}.toml"
    text = re.sub(r"\n# Cycles a multiply-add[^\n]*\n\[average\]\n(?:[^\n]+\n)*", "", path.read_text("utf-8"))
    means = {name: float(np.mean(counts)) for name, counts in numerics.items()}
    spread = max((abs(c / means[name] - 1) for name, counts in numerics.items() for c in counts), default=0.0)
    if not means:
        return
    most = max(map(len, numerics.values()))
    lines = [f"# Cycles a multiply-add, the mean of {most} models; by tools/write_cycles.py.", "[average]"]
    lines += [f"{name} = {mean:.2f}" for name, mean in means.items()]
    path.write_text(text.rstrip("\n") + "\n\n" + "\n".join([*lines, f"spread = {spread:.2f}"]) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
