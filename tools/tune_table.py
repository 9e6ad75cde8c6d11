"""What tuning and training bring, as the table of docs/tune.md: both examples, the workloads and the models of
``tools/integers.py``, in int8, int8w4 and int8w2.

nice .venv/bin/python tools/tune_table.py [--models NAME ...] [--more FOLDER] [--labelled FOLDER] [--out FILE]

Each model is calibrated, tuned and trained on the first part of its data and judged on the rest. ``trained`` has the
samples' labels; models without labels are not trained. ``--more`` names a folder of ``NAME.keras``,
whose inputs are made up, ``--labelled`` one of ``NAME.keras`` and ``NAME.npz`` (seen, seen_labels, held, labels).
``--seconds`` is what the steps of one tuning may take. Rows go to ``out/tune.jsonl`` as they come; a row that is there
is not made again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from gatesmith import tune
from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.quantization.prepare import quantized
from gatesmith.train import lesson, prepare, strip
from gatesmith.train.measure import distance

ROOT = Path(__file__).resolve().parent.parent
TYPES = ("int8", "int8w4", "int8w2")
EPOCHS, BATCH = 10, 32


@dataclass(frozen=True)
class Case:
    """A model and its data.

    Args:
        seen: inputs to calibrate, tune and train. seen_labels: classes of them.
        held: inputs that only judge. labels: their classes.
    """

    name: str
    path: Path
    seen: Any
    held: Any
    seen_labels: Any = None
    labels: Any = None


def examples() -> Iterator[Case]:
    for name in ("japanese_vowels", "basic_motions"):
        parts = [np.load(ROOT / f"examples/{name}_{part}.npz") for part in ("calibration", "test")]
        (seen, y), (held, labels) = ((part["in_0"], part[labels_of(part)]) for part in parts)
        yield Case(name, ROOT / f"examples/{name}.keras", seen, held, y, labels)


def labels_of(part: Any) -> str:
    return next(key for key in ("labels", "y") if key in part.files)


def integers() -> Iterator[Case]:
    """The models that ``tools/integers.py`` makes."""
    folder = ROOT / "out/integers"
    for count, one in enumerate(json.loads((folder / "index.json").read_text("utf-8"))):
        seen, held = (np.load(folder / f"{count}.{part}.npz")["in_0"] for part in ("calibration", "test"))
        yield Case(one["name"], folder / f"{count}.keras", seen, held)


def made_up(folder: Path) -> Iterator[Case]:
    """Sines of random frequency, phase and size, with noise."""
    rng = np.random.default_rng(0)
    for path in sorted(folder.glob("*.keras")):
        shape = keras.saving.load_model(path, compile=False).input_shape[1:]
        steps = np.arange(shape[0]).reshape(-1, *(1,) * (len(shape) - 1))
        spans = ((0.0, 6.3), (0.04, 0.6), (0.5, 1.5))
        phase, speed, size = (rng.uniform(low, high, (300, 1, *shape[1:])) for low, high in spans)
        x = (np.sin(speed * steps + phase) * size + 0.2 * rng.normal(size=(300, *shape))).astype(np.float32)
        yield Case(path.stem, path, x[:150], x[150:])


def labelled(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*.keras")):
        with np.load(path.with_suffix(".npz")) as parts:
            yield Case(path.stem, path, **parts)


def integers_of(model: Any, case: Case, numeric: str, folder: Path) -> Any:
    """What the integers of a model answer on the data that only judge."""
    path = folder / f"{case.name}.keras"
    model.save(path)
    np.savez(folder / "seen.npz", in_0=case.seen)
    settings = Settings(numeric=numeric, calibration=str(folder / "seen.npz"))
    return evaluate(quantized(load(path, settings), settings, NUMERICS[numeric]).graph, [case.held])[0]


def tuned(case: Case, numeric: str) -> tuple[Any, int]:
    """The model, and the steps that it took."""
    made = tune(case.path, case.seen, numeric=numeric)
    return made.model, made.report.steps


def trained(case: Case, numeric: str) -> Any:
    """The model after some epochs with labels."""
    model = keras.saving.load_model(case.path, compile=False)
    prepared = prepare(model, numeric, case.seen)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, EPOCHS * -(-len(case.seen) // BATCH), 0.02)
    prepared.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), "sparse_categorical_crossentropy")
    prepared.fit(case.seen, case.seen_labels, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    return strip(prepared)


def row(case: Case, numeric: str, folder: Path) -> dict[str, Any]:
    model = keras.saving.load_model(case.path, compile=False)
    right = model.predict(case.held, verbose=0)
    classes = case.labels is not None or model.layers[-1].get_config().get("activation") == "softmax"
    facts: dict[str, Any] = {"model": case.name, "type": numeric}
    if case.labels is not None:
        facts["float"] = float(np.mean(right.argmax(-1) == case.labels))
    for kind in ("calibrated", "tuned", "trained")[: 2 if case.labels is None else 3]:
        begun = time.monotonic()
        try:
            makers: dict[str, Callable[[], tuple[Any, int]]] = {
                "calibrated": lambda: (model, 0),
                "tuned": lambda: tuned(case, numeric),
                "trained": lambda: (trained(case, numeric), 0),
            }
            made, steps = makers[kind]()
            seconds = time.monotonic() - begun
            ours = integers_of(made, case, numeric, folder)
        except GatesmithError as error:
            facts[kind] = {"refused": f"{error.what}; {error.why}", "seconds": time.monotonic() - begun}
            continue
        one = distance([ours], [right], [classes])
        spread = np.mean(np.square(right - right.mean(0), dtype=np.float64))
        facts[kind] = {
            "accuracy": None if case.labels is None else float(np.mean(ours.argmax(-1) == case.labels)),
            "r2": float(1 - np.mean(np.square(ours - right, dtype=np.float64)) / spread),
            "agreement": one.agreement,
            "trimmed_db": one.trimmed_db,
            "db": float(10 * np.log10(np.mean(np.square(right)) / np.mean(np.square(ours - right)))),
            "seconds": seconds,
            "steps": steps,
        }
    return facts


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown, as docs/tune.md has them."""
    known = {(one["model"], one["type"]): one for one in rows}
    names = list(dict.fromkeys(name for name, _ in known))
    lines = ["| model | int8 | int8w4 | tuned | int8w2 | tuned | s |", "| --- " * 7 + "|"]
    for name in names:
        int8, four, two = (known.get((name, numeric), {}) for numeric in TYPES)
        cells = [cell(one.get(kind)) for one in (four, two) for kind in ("calibrated", "tuned")]
        seconds = ", ".join(f"{one['tuned']['seconds']:.0f}" if "tuned" in one else "-" for one in (four, two))
        lines.append(f"| {' | '.join((name, cell(int8.get('calibrated')), *cells, seconds))} |")
    lines += ["", "| trained with labels | int8 | int8w4 | int8w2 |", "| --- " * 4 + "|"]
    for name in names:
        kinds = [known.get((name, numeric), {}).get("trained") for numeric in TYPES]
        if any(kinds):
            lines.append(f"| {' | '.join((name, *map(cell, kinds)))} |")
    return "\n".join(lines)


def cell(one: dict[str, Any] | None) -> str:
    """Accuracy if there are labels; same class as float, or share of variance; dB without the worst 2 % of samples."""
    if one is None:
        return "-"
    if "refused" in one:
        return "refused"
    shares = [f"{100 * share:.3g} %" for share in (one["accuracy"], one["agreement"]) if share is not None]
    if one["agreement"] is None:
        shares.append(f"R2 {one['r2']:.3f}".replace("R2 0", "R2 "))
    return f"{', '.join(shares)}, {one['trimmed_db']:.1f} dB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--types", nargs="*", default=TYPES)
    parser.add_argument("--more", type=Path)
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--seconds", type=float, default=lesson.SECONDS)
    parser.add_argument("--out", type=Path, default=ROOT / "out/tune.jsonl")
    parser.add_argument("--table", action="store_true", help="only print the rows of --out, in Markdown")
    args = parser.parse_args()
    if args.table:
        print(table([json.loads(line) for line in args.out.read_text("utf-8").splitlines()]))
        return
    lesson.SECONDS = args.seconds
    args.out.parent.mkdir(exist_ok=True)
    lines = args.out.read_text("utf-8").splitlines() if args.out.exists() else []
    known = {(one["model"], one["type"]) for one in map(json.loads, lines)}
    folder = args.out.parent / "tune"
    folder.mkdir(exist_ok=True)
    made = (made_up(args.more) if args.more else ()), (labelled(args.labelled) if args.labelled else ())
    for case in (*examples(), *integers(), *made[0], *made[1]):
        for numeric in args.types:
            if (args.models and case.name not in args.models) or (case.name, numeric) in known:
                continue
            keras.utils.set_random_seed(1)
            facts = row(case, numeric, folder)
            print(json.dumps(facts), flush=True)
            with args.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
