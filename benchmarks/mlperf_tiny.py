"""The MLPerf Tiny models that a folder holds, compiled, beside Keras and beside their own .tflite files.

    python benchmarks/mlperf_tiny.py CORPUS [--samples 256]

CORPUS has an ``INDEX.json`` that lists ``mlperf_...`` entries with their files, inputs and Keras's outputs. No labelled
data come with them: what can be told is how often the same class is the largest. To the few inputs that ship, others of
the same spread are added, smoothed so that classes vary; Keras's answer to these is this project's float64 definition,
which is compared with Keras on the inputs that ship. Integers are calibrated on a third of the added inputs, which are
not judged. RAM is the working memory with inputs and outputs. TensorFlow runs the .tflite files, where it is installed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.core.settings import Settings
from gatesmith.flow.memory import memory
from gatesmith.flow.run import run
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

Floats = npt.NDArray[np.float32]
NUMERICS = ("float32", "int8", "int16w8")


def inputs_like(shipped: Floats, count: int) -> Floats:
    """Inputs of the same spread as those that ship, half of them smooth along their first axis."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 1.0, (count, *shipped.shape[1:]))
    smooth = sum(np.roll(noise, k, axis=1) for k in range(5)) / np.sqrt(5)
    drift = rng.normal(0.0, 0.7, (count, *(1,) * (shipped.ndim - 1)))
    noise[::2] = smooth[::2] + drift[::2]
    made: Floats = (noise * shipped.std() + shipped.mean()).clip(shipped.min(), shipped.max()).astype(np.float32)
    return made


def tflite(path: Path, x: Floats) -> Floats | None:
    """The answers of a .tflite file; None without TensorFlow."""
    try:
        import tensorflow as tf  # noqa: PLC0415  (slow, and not always there)
    except ImportError:
        return None
    device = tf.lite.Interpreter(model_path=str(path))
    device.allocate_tensors()
    (port,), (out,) = device.get_input_details(), device.get_output_details()
    answers = []
    for sample in x:
        given: Any = sample[None].reshape(port["shape"])
        if port["dtype"] is not np.float32:
            scale, zero = port["quantization"]
            limits = np.iinfo(port["dtype"])
            given = np.clip(np.round(given / scale + zero), limits.min, limits.max).astype(port["dtype"])
        device.set_tensor(port["index"], given)
        device.invoke()
        answer = device.get_tensor(out["index"])[0].astype(np.float32)
        if out["dtype"] is not np.float32:
            scale, zero = out["quantization"]
            answer = (answer - zero) * scale
        answers.append(answer)
    return np.array(answers)


def rows(entry: dict[str, Any], root: Path, samples: int, folder: Path) -> Iterator[tuple[str, Floats | None, int]]:
    """How each way is called, its answers, and its RAM; Keras's first."""
    files = [root / file["path"] for file in entry["files"]]
    model = next(path for path in files if path.suffix != ".tflite")
    with np.load(root / entry["io"]["npz"]) as data:
        shipped, answers = data["in_0"], data["out_0"]
    added = inputs_like(shipped, samples)
    shown, judged = added[: samples // 3], added[samples // 3 :]
    x = np.concatenate([shipped, judged])
    (right,) = Reference(load(model, Settings()).graph).run([x])
    apart = float(np.abs(right[: len(shipped)] - answers).max())
    assert apart < 1e-4, f"the definition is {apart} from Keras on the inputs that ship"
    yield f"Keras (definition within {apart:.0e} of it)", right.astype(np.float32), 0
    np.savez(folder / "in.npz", in_0=x)
    np.savez(folder / "shown.npz", in_0=np.concatenate([shipped, shown]))
    for numeric in NUMERICS:
        calibration = str(folder / "shown.npz") if numeric != "float32" else None
        settings = Settings(numeric=numeric, calibration=calibration)
        result = run(model, settings, input=folder / "in.npz")
        assert result.outputs is not None
        plan = memory(model, settings)
        yield f"C, {numeric}", result.outputs[0], plan.arena + plan.states + plan.inputs + plan.outputs
    for path in files:
        if path.suffix == ".tflite":
            yield path.name.split("__")[-1], tflite(path, x), 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--samples", type=int, default=256)
    args = parser.parse_args()
    index = json.loads((args.corpus / "INDEX.json").read_text("utf-8"))
    found = [entry for entry in index["entries"] if entry["id"].startswith("mlperf_")]
    if not found:
        sys.exit(f"{args.corpus / 'INDEX.json'} lists no mlperf_ entry")
    print(f"{'model':18} {'way':42} {'same class':>14} {'of shipped':>10} {'error':>9} {'RAM':>8}")
    for entry in found:
        shipped = entry["io"]["inputs"]["in_0"][0]
        with tempfile.TemporaryDirectory() as folder:
            right: Floats | None = None
            for way, answers, ram in rows(entry, args.corpus, args.samples, Path(folder)):
                if answers is None:
                    print(f"{entry['id']:18} {way:42} no TensorFlow to run it")
                    continue
                right = answers if right is None else right
                same = answers.argmax(-1) == right.argmax(-1)
                error = float(np.abs(answers - right).max())
                counts = f"{same.sum()} of {len(same)}", f"{same[:shipped].sum()} of {shipped}"
                print(f"{entry['id']:18} {way:42} {counts[0]:>14} {counts[1]:>10} {error:9.2g} {ram or '':>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
