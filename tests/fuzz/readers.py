"""``python -m fuzz.readers TARGET [options of libFuzzer]``, or ``all MINUTES``: readers under atheris, which follows
coverage. Several targets, ``json,zip``, are imported once; each has its own process, folder and log in the last option.

Targets: ``json`` (strict JSON), ``zip`` (a .keras in the child), ``savedmodel`` (its files packed, in the child),
``config`` (an architecture with its arrays, to the graph). Anything but an answer or a refusal is a finding. How many
inputs were read is said as it goes on: most are good ones with a change, since of those that libFuzzer changes byte by
byte hardly any gets past the first check.
"""

import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LEAST, TELL, DRAWN = 0.1, 500, 0.75
TARGETS = ("json", "zip", "savedmodel", "config")


def seeds(target: str, folder: Path) -> None:
    """A few inputs to begin with."""
    from .files import GOOD, WHOLE, small_keras

    def write(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)

    if target in ("json", "config"):
        write("architecture", GOOD)
        write("ends", b'{"a": [1e308, -0.0, 1e-400, true, null, "\\u00e9\\ud83d\\ude00"], "b": {"class_name": "x"}}')
    elif target == "zip":
        write("keras", WHOLE["keras"])
        write("stored", small_keras(b"{}", b"no HDF5"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("config.json", GOOD)
            parts.writestr("metadata.json", "{}")
        write("deflated", packed.getvalue())
    else:
        from gatesmith.importers.keras.containers._wire import pack_files

        from .files import savedmodel_files

        graph = b"\x12\x0a\x3a\x08\x0a\x06\x0a\x04\x08\x01\x12\x00"
        write("small", pack_files({"saved_model.pb": graph, "variables/variables.index": bytes(60)}))
        if savedmodel_files():
            write("real", pack_files(savedmodel_files()))


def counted(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """A reader that says at times how many of its inputs were read: at its end libFuzzer asks nobody."""
    from gatesmith.core.errors import GatesmithError

    seen = [0, 0]

    def one(data: bytes) -> None:
        seen[1] += 1
        with suppress(GatesmithError):
            read(data)
            seen[0] += 1
        if seen[1] % TELL == 0:
            print(f"{seen[0]} of {seen[1]} inputs were read", file=sys.stderr, flush=True)

    return one


def changed(target: str) -> Callable[[bytes, int, int], bytes]:
    """libFuzzer's own mutation, or one written for the target."""
    import atheris

    from gatesmith.importers.keras.containers._wire import pack_files

    from .files import GOOD, WEIGHTS, architecture, edited, mutated, savedmodel_files, small_keras

    def drawn(rng: random.Random) -> bytes:
        if target in ("json", "config"):
            return json.dumps(edited(architecture(), rng, 1)).encode()
        if target == "zip":
            return small_keras(GOOD, mutated(WEIGHTS, rng))
        files = savedmodel_files()
        name = rng.choice(sorted(files))
        return pack_files({**files, name: mutated(files[name], rng)})

    def change(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        other = drawn(rng) if rng.random() < DRAWN else b""
        return other if 0 < len(other) <= most else atheris.Mutate(data, most)

    return change


def share(output: str) -> float:
    """The share of the inputs that were read, from the last line that ``counted`` printed."""
    read, seen = re.findall(r"(\d+) of (\d+) inputs were read", output)[-1]
    return int(read) / int(seen)


def runner(target: str) -> Callable[[bytes], object]:
    """What is called with every input; imported under atheris's eyes."""
    from gatesmith.importers.keras.containers import json_strict
    from gatesmith.importers.keras.dialect.interpret import interpret
    from gatesmith.importers.keras.importer import build

    from .files import WHOLE
    from .here import parse, parsed_here

    if target in ("zip", "savedmodel"):
        return lambda data: parse(data, target, "m")
    if target == "json":
        return lambda data: json_strict.parse(data.decode("utf-8", "replace"), "m")

    from gatesmith.importers.keras.containers import archive

    with parsed_here():
        content = archive.read_data(WHOLE["h5"], "m")

    def interpreted(data: bytes) -> object:
        config: Any = json_strict.parse(data.decode("utf-8", "replace"), "m")
        return build(interpret(replace(content, config=archive._architecture(config, "m"))))

    return interpreted


def apart(targets: list[str], options: list[str]) -> str:
    """The target of this process, one after the other; the process that has started them ends with them."""
    for target in targets:
        if (child := os.fork()) == 0:
            options[-1] += f"/{target}"
            os.dup2(os.open(f"{options[-1]}.log", os.O_WRONLY | os.O_CREAT, 0o600), 2)
            return target
        if os.waitpid(child, 0)[1]:
            sys.exit(1)
    sys.exit()


def main() -> int:
    names, *options = sys.argv[1:]
    if names == "all":
        return every(float(options[0]))
    import atheris

    with atheris.instrument_imports(include=["gatesmith"]):
        runs = {target: runner(target) for target in names.split(",")}
    target = names if len(runs) == 1 else apart([*runs], options)
    atheris.Setup([sys.argv[0], *options], counted(runs[target]), custom_mutator=changed(target))
    atheris.Fuzz()
    return 0


def every(minutes: float) -> int:
    """All targets, one after the other, from the seeds made here; findings go into out/fuzz."""
    if find_spec("atheris") is None:
        print("readers: not run: atheris is not installed (pip install 'gatesmith[dev]')")
        return 0
    failed = False
    findings = Path("out/fuzz")
    findings.mkdir(parents=True, exist_ok=True)
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            seeds(target, Path(folder))
            limits = [f"-max_total_time={max(1, round(60 * minutes))}", "-max_len=60000", "-timeout=60"]
            command = [sys.executable, "-m", "fuzz.readers", target, *limits, f"-artifact_prefix={findings}/", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stderr.splitlines() if "cov:" in line or line.startswith("Done")]
        read = share(done.stderr)
        print(f"{target}: {read:.1%} read; {'; '.join(lines[-2:])}", flush=True)
        if done.returncode:
            print(done.stderr[-4000:])
        failed |= done.returncode != 0 or read < LEAST
    return int(failed)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
