"""All peers on all workloads: their files made, our libraries built, races run and counted. Peers live in processes."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ours

from gatesmith.core.errors import GatesmithError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FORMS = {"float32": ("float32.tflite", "float32.onnx", "emlearn.h"), "int8": ("int8.tflite",)}
READS = {
    "LiteRT": {"float32": "float32.tflite", "int8": "int8.tflite"},
    "tflite-micro": {"float32": "float32.tflite", "int8": "int8.tflite"},
    "ONNX Runtime": {"float32": "float32.onnx"},
    "OpenVINO": {"float32": "float32.onnx"},
    "emlearn": {"float32": "emlearn.h"},
    "Keras": {"float32": ""},
    "Keras predict": {"float32": ""},
}
UNCOUNTED = ("Keras", "Keras predict")
"""Under valgrind TensorFlow takes minutes to begin, and its threads blur what one call is."""
COUNTED = 2
PATIENCE = 3000.0


def process(command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command of a peer, run to its end."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)


def form(python: Path, model: Path, data: Path, file: Path) -> str:
    """Make a peer's file, if it is not there and newer than the model; empty, or why there is none."""
    refusal = file.with_name(f"{file.name}.refused")
    for made in (file, refusal):
        if made.exists() and made.stat().st_mtime > model.stat().st_mtime:
            return "" if made == file else made.read_text("utf-8")
    command = [str(python), str(HERE / "peers" / "forms.py"), str(model), str(data), str(file)]
    done = process(command)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or [""])[-1]
    refusal.write_text(last[:200] or f"the converter ended with status {done.returncode}", "utf-8")
    return refusal.read_text("utf-8")


def prepared(python: Path, models: Sequence[Path], out: Path) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Tasks with both sides' files, and who has none: workload -> numeric -> who -> why."""
    tasks: list[dict[str, str]] = []
    refused: dict[str, Any] = {}
    for model in models:
        data, folder = model.with_name(f"{model.stem}_io.npz"), out / model.stem
        folder.mkdir(parents=True, exist_ok=True)
        for numeric, files in FORMS.items():
            missing = refused.setdefault(model.stem, {}).setdefault(numeric, {})
            try:
                ours.build(model, data, numeric, folder / numeric)
            except GatesmithError as error:
                missing["Gatesmith"] = error.what
                continue
            reasons = {file: form(python, model, data, folder / file) for file in files}
            for peer, reads in READS.items():
                if reasons.get(reads.get(numeric, "")):
                    missing[peer] = reasons[reads[numeric]]
                elif numeric in reads:
                    task = {
                        "folder": str(folder),
                        "ours": str(folder / numeric),
                        "data": str(data),
                        "model": str(model),
                    }
                    tasks.append({**task, "numeric": numeric, "name": f"{model.stem}/{numeric}", "peer": peer})
    return tasks, refused


def played(python: Path, peer: str, tasks: list[dict[str, str]], count: bool) -> dict[str, dict[str, Any]]:
    """Outcomes of one peer's tasks by name; a task that ends the process is told so, and the rest go on in another."""
    outcomes: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        while left := [task for task in tasks if task["name"] not in outcomes]:
            (folder / "tasks.json").write_text(json.dumps(left), "utf-8")
            command = [str(python), str(HERE / "peers" / "race.py"), peer, str(folder / "tasks.json")]
            command += ["--flags=" + " ".join(ours.flags(race=not count))]
            if count:
                valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={folder / 'counts'}"]
                command = [*valgrind, *command, "--count"]
            done = process(command)
            begun = ""
            for line in done.stdout.splitlines():
                if line.startswith("{"):
                    said = json.loads(line)
                    begun = said.get("begun", "")
                    if "done" in said:
                        outcomes[said.pop("done")] = said
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or [""])[-1][:200]
                outcomes[begun or left[0]["name"]] = {"refused": f"the process ended with {done.returncode}: {last}"}
        if count:
            dumped(folder, outcomes)
    return outcomes


def dumped(folder: Path, outcomes: dict[str, dict[str, Any]]) -> None:
    """Instructions of a call from callgrind's dumps, less those of a call of Python into C that does nothing."""
    totals: dict[str, int] = {}
    for file in folder.glob("counts.*"):
        text = file.read_text(errors="replace")
        mark, total = re.search(r"Client Request: (\S+)", text), re.search(r"^summary: (\d+)", text, re.MULTILINE)
        if mark and total:
            totals[mark[1]] = int(total[1])
    for name, outcome in outcomes.items():
        if f"{name}/peer" in totals:
            nothing = totals[f"{name}/nothing"]
            for side in ("ours", "peer"):
                outcome[f"{side}_instructions"] = (totals[f"{name}/{side}"] - nothing) // COUNTED


def races(
    python: Path, models: Sequence[Path], out: Path, peers: Sequence[str], count: bool, keep: Callable[[Any], None]
) -> None:
    """Race all, then count all under callgrind.

    Args:
        keep: gets workload -> numeric type -> peer -> what came out, or why nothing did; again after each peer.
    """
    tasks, table = prepared(python, models, out)
    for who in table.values():
        for numeric, missing in who.items():
            who[numeric] = {name: {"refused": why} for name, why in missing.items()}
    for counting in (False, True) if count else (False,):
        for peer in peers or READS:
            if counting and peer in UNCOUNTED:
                continue
            cells = {
                task["name"]: table[task["name"].split("/")[0]][task["numeric"]].setdefault(peer, {})
                for task in tasks
                if task["peer"] == peer
            }
            own = [task for task in tasks if task["peer"] == peer and "refused" not in cells[task["name"]]]
            for name, outcome in played(python, peer, own, counting).items():
                if not counting or "refused" not in outcome:
                    cells[name].update(rounded(outcome))
                print(f"{peer:14} {name:12} {line(outcome)}", flush=True)
            keep(table)


def rounded(outcome: dict[str, Any]) -> dict[str, Any]:
    """Floats to four digits: no more is known."""
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in outcome.items()}


def line(outcome: dict[str, Any]) -> str:
    """An outcome for people."""
    if "refused" in outcome:
        return f"refused: {outcome['refused']}"
    if "ratio" in outcome:
        return f"x{outcome['ratio']:.2f} ({outcome['ratio_low']:.2f} to {outcome['ratio_high']:.2f})"
    return f"{outcome.get('peer_instructions', 0):,} instructions against {outcome.get('ours_instructions', 0):,}"
