"""``python -m fuzz.readers TARGET [options of libFuzzer]``, or ``all MINUTES``: readers under atheris, which follows
coverage.

Targets: ``json`` (strict JSON), ``zip`` (a .keras in the child), ``savedmodel`` (its files packed, in the child),
``config`` (an architecture with its arrays, to the graph). Anything but an answer or a refusal is a finding.
"""

from __future__ import annotations

import io
import os
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

TARGETS = ("json", "zip", "savedmodel", "config")


def seeds(target: str, folder: Path) -> None:
    """A few inputs to begin with, made here: a file of Keras's has no fewer bytes than one of ours."""
    from .files import GOOD, keras_file, small_keras

    def write(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)

    if target in ("json", "config"):
        write("architecture", GOOD)
        write("ends", b'{"a": [1e308, -0.0, 1e-400, true, null, "\\u00e9\\ud83d\\ude00"], "b": {"class_name": "x"}}')
    elif target == "zip":
        write("keras", keras_file(GOOD))
        write("stored", small_keras(b"{}", b"no HDF5"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("config.json", GOOD)
            parts.writestr("metadata.json", "{}")
        write("deflated", packed.getvalue())
    else:
        from gatesmith.importers.keras._wire import pack_files

        from .files import savedmodel_files

        graph = b"\x12\x0a\x3a\x08\x0a\x06\x0a\x04\x08\x01\x12\x00"
        write("small", pack_files({"saved_model.pb": graph, "variables/variables.index": bytes(60)}))
        if savedmodel_files():
            write("real", pack_files(savedmodel_files()))


def runner(target: str) -> Callable[[bytes], None]:
    """What is called with every input; imported under atheris's eyes."""
    from gatesmith.core.errors import GatesmithError
    from gatesmith.importers.keras import dialect, json_strict
    from gatesmith.importers.keras.importer import build

    from .files import GOOD, hdf5_file
    from .here import parse, parsed_here

    if target in ("zip", "savedmodel"):

        def parsed(data: bytes) -> None:
            with suppress(GatesmithError):
                parse(data, target, "m")

        return parsed

    if target == "json":

        def strict(data: bytes) -> None:
            with suppress(GatesmithError):
                json_strict.parse(data.decode("utf-8", "replace"), "m")

        return strict

    from gatesmith.importers.keras import archive
    from gatesmith.importers.keras.sniff import sniff

    good = hdf5_file(GOOD)
    with parsed_here():
        content = archive._read_whole(good, sniff(good), "m")

    def interpreted(data: bytes) -> None:
        with suppress(GatesmithError):
            config: Any = json_strict.parse(data.decode("utf-8", "replace"), "m")
            build(dialect.interpret(replace(content, config=archive._architecture(config, "m"))))

    return interpreted


def main() -> int:
    target, *options = sys.argv[1:]
    if target == "all":
        return every(float(options[0]))
    import atheris

    with atheris.instrument_imports(include=["gatesmith", "_child", "_child_zip", "_child_savedmodel", "_wire"]):
        run = runner(target)
    atheris.Setup([sys.argv[0], *options], run)
    atheris.Fuzz()
    return 0


def every(minutes: float) -> int:
    """All targets, one after the other, from the seeds made here; what is found goes into out/fuzz."""
    if find_spec("atheris") is None:
        print("readers: not run: atheris is not installed (pip install 'gatesmith[dev]')")
        return 0
    failed = 0
    found = Path("out/fuzz")
    found.mkdir(parents=True, exist_ok=True)
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            seeds(target, Path(folder))
            limits = [f"-max_total_time={max(1, round(60 * minutes))}", "-max_len=40000", "-timeout=60"]
            command = [sys.executable, "-m", "fuzz.readers", target, *limits, f"-artifact_prefix={found}/", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stderr.splitlines() if "cov:" in line or line.startswith("Done")]
        print(f"{target}: {'; '.join(lines[-2:])}", flush=True)
        if done.returncode:
            print(done.stderr[-4000:])
            failed = 1
    return failed


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
