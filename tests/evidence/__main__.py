"""``make prove``: layer cases in every type of integers, proved or named; a table of kinds and types.

    PYTHONPATH=tests python -m evidence [--kind REGEX] [--cases N] [--limit S] [FILE.jsonl]

What was done is kept in the file, a line a case and type: a run that was cut goes on.
"""

import argparse
import json
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from layers import integers
from layers.lab import Subject, distinct, read_case, share
from layers.test_layers import TRANSLATED
from numeric_types import INTEGERS

from gatesmith.core.errors import UnsupportedError
from gatesmith.evidence.proofs import Prover, prove
from gatesmith.evidence.source import Machine
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse

Row = dict[str, Any]


def rows_of(subject: Subject, done: set[tuple[str, str]], prover: Prover, folder: Path) -> list[Row]:
    """A case's rows, for all types that are not done yet."""
    types = [name for name in INTEGERS if (subject.id, name) not in done]
    if not types:
        return []
    graph, inputs = read_case(subject, folder / "case")
    samples = integers.calm(inputs, " ".join(subject.feeds))
    ranges = integers.ranges(fuse(graph), samples)
    rows = []
    for name in types:
        row: Row = {"case": subject.id, "type": name}
        begun = time.monotonic()
        try:
            generated = integers.convert(graph, samples, NUMERICS[name], "case", ranges).code
            place = folder / name
            place.mkdir()
            proofs = prove(generated, Machine(32, 64), place, prover).proofs
            row["units"] = len(proofs)
            row["reasons"] = {one.name: one.result for one in proofs if not one.proved}
        except UnsupportedError as refusal:
            row["refused"] = refusal.what
        rows.append({**row, "seconds": round(time.monotonic() - begun, 1)})
    return rows


def table(rows: list[Row]) -> str:
    """Proved cases of all, and seconds, by kind and type; then the reasons of those that are not proved."""
    cells: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if "refused" not in row:
            cells[row["case"].split(":")[0]][row["type"]].append(row)
    lines = ["| kind | " + " | ".join(INTEGERS) + " |", "| --- |" + " --- |" * len(INTEGERS)]
    for kind, types in sorted(cells.items()):
        words = []
        for name in INTEGERS:
            of = types[name]
            good, took = sum(not row["reasons"] for row in of), sum(row["seconds"] for row in of)
            words.append(f"{good} of {len(of)}, {took:.0f} s" if of else "")
        lines.append(f"| {kind} | " + " | ".join(words) + " |")
    whole = [row for types in cells.values() for of in types.values() for row in of]
    good = sum(not row["reasons"] for row in whole)
    lines.append(f"\n{good} of {len(whole)} proved ({100 * good / max(len(whole), 1):.1f} %)")
    bad = [row for row in whole if row["reasons"]]
    lines += [f"{row['case']} {row['type']}: {name}: {why}" for row in bad for name, why in row["reasons"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evidence")
    parser.add_argument("--kind", default="", help="cases whose name fits")
    parser.add_argument("--cases", type=int, default=0, help="of a kind at most; 0 for all")
    parser.add_argument("--limit", type=float, default=60, help="seconds of processor time for a function")
    parser.add_argument("file", type=Path, nargs="?", default=Path("out/prove.jsonl"))
    options = parser.parse_args()
    subjects = [one for one in distinct(TRANSLATED) if re.search(options.kind, one.id)]
    chosen = share(subjects, options.cases) if options.cases else subjects
    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.touch()
    rows = [json.loads(line) for line in options.file.read_text("utf-8").splitlines()]
    done, prover = {(row["case"], row["type"]) for row in rows}, Prover(options.limit)
    with options.file.open("a", encoding="utf-8") as log:
        for subject in chosen:
            with tempfile.TemporaryDirectory() as folder:
                for row in rows_of(subject, done, prover, Path(folder)):
                    rows.append(row)
                    log.write(json.dumps(row) + "\n")
                    log.flush()
    print(table(rows))


if __name__ == "__main__":
    main()
