"""What tuning and training bring, as the table of docs/tune.md: both examples, the workloads and the models of
``tools/integers.py``, in int8, int8w4 and int8w2.

nice .venv/bin/python tools/tune_table.py [--models NAME ...] [--more FOLDER] [--out FILE]

Each model is calibrated, tuned and trained on the first part of its data and judged on the rest. ``trained`` has the
samples' labels; models without labels are not trained. ``--more`` names a folder of ``NAME.keras``,
whose inputs are made up. Rows go to ``out/tune.jsonl`` as they come; a row that is there is not made again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
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
from gatesmith.train import prepare, strip
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
        phase, speed, size = (rng.uniform(*span, (300, 1, *shape[1:])) for span in ((0, 6.3), (0.04, 0.6), (0.5, 1.5)))
        x = (np.sin(speed * steps + phase) * size + 0.2 * rng.normal(size=(300, *shape))).astype(np.float32)
        yield Case(path.stem, path, x[:150], x[150:])


def integers_of(model: Any, case: Case, numeric: str, folder: Path) -> Any:
    """What the integers of a model answer on the data that only judge."""
    path = folder / f"{case.name}.keras"
    model.save(path)
    np.savez(folder / "seen.npz", in_0=case.seen)
    settings = Settings(numeric=numeric, calibration=str(folder / "seen.npz"))
    return evaluate(quantized(load(path, settings), settings, NUMERICS[numeric]).graph, [case.held])[0]


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
            made = {
                "calibrated": lambda: model,
                "tuned": lambda: tune(case.path, case.seen, numeric=numeric).model,
                "trained": lambda: trained(case, numeric),
            }[kind]()
            seconds = time.monotonic() - begun
            ours = integers_of(made, case, numeric, folder)
        except GatesmithError as error:
            facts[kind] = {"refused": error.what}
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
        }
    return facts


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown: same class as float or share of variance, then dB without the worst 2 % of samples."""
    lines = ["| model | type | calibrated | tuned | trained | s |", "| --- | --- | --- | --- | --- | --- |"]
    for one in rows:
        cells = [cell(one.get(kind)) for kind in ("calibrated", "tuned", "trained")]
        seconds = f"{one['tuned']['seconds']:.0f}" if "seconds" in one["tuned"] else ""
        lines.append(f"| {one['model']} | {one['type']} | {' | '.join(cells)} | {seconds} |")
    return "\n".join(lines)


def cell(one: dict[str, Any] | None) -> str:
    if one is None:
        return "-"
    if "refused" in one:
        return "refused"
    accuracy = "" if one["accuracy"] is None else f"{one['accuracy']:.1%}, "
    share = f"R2 {one['r2']:.3f}" if one["agreement"] is None else f"{one['agreement']:.1%}"
    return f"{accuracy}{share}, {one['trimmed_db']:.1f} dB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--types", nargs="*", default=TYPES)
    parser.add_argument("--more", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "out/tune.jsonl")
    parser.add_argument("--table", action="store_true", help="only print the rows of --out, in Markdown")
    args = parser.parse_args()
    if args.table:
        print(table([json.loads(line) for line in args.out.read_text("utf-8").splitlines()]))
        return
    args.out.parent.mkdir(exist_ok=True)
    lines = args.out.read_text("utf-8").splitlines() if args.out.exists() else []
    known = {(one["model"], one["type"]) for one in map(json.loads, lines)}
    folder = args.out.parent / "tune"
    folder.mkdir(exist_ok=True)
    for case in (*examples(), *integers(), *(made_up(args.more) if args.more else ())):
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
