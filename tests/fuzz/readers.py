"""``python -m fuzz.readers [options of libFuzzer] FOLDER``: readers under atheris, which follows coverage. Targets are
imported once; each has its own process, and folder and log in the last option.

Targets: ``json`` (strict JSON), ``zip`` (a .keras in the child), ``savedmodel`` (its files packed, in the child),
``config`` (an architecture with its arrays, to the graph). Anything but an answer or a refusal is a finding. How many
inputs were read is said as it goes on: most are good ones with a change, since of those that libFuzzer changes byte by
byte hardly any gets past the first check.
"""

import json
import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

TELL, DRAWN = 500, 0.75
TARGETS = ("json", "zip", "savedmodel", "config")


def drawn(target: str, rng: random.Random) -> bytes:
    """A good input with a change."""
    from gatesmith.importers.keras.containers._wire import pack_files

    from .files import GOOD, WEIGHTS, architecture, edited, mutated, savedmodel_files, small_keras

    if target in ("json", "config"):
        return json.dumps(edited(architecture(), rng, 1)).encode()
    if target == "zip":
        return small_keras(GOOD, mutated(WEIGHTS, rng))
    files = savedmodel_files()
    name = rng.choice(sorted(files))
    return pack_files({**files, name: mutated(files[name], rng)})


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

    def change(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        other = drawn(target, rng) if rng.random() < DRAWN else b""
        return other if 0 < len(other) <= most else atheris.Mutate(data, most)

    return change


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


def apart(options: list[str]) -> str:
    """The target of this process, one after the other; the process that has started them ends with them."""
    for target in TARGETS:
        if (child := os.fork()) == 0:
            options[-1] += f"/{target}"
            os.dup2(os.open(f"{options[-1]}.log", os.O_WRONLY | os.O_CREAT, 0o600), 2)
            return target
        if os.waitpid(child, 0)[1]:
            sys.exit(1)
    sys.exit()


def main() -> None:
    import atheris

    options = sys.argv[1:]
    with atheris.instrument_imports(include=["gatesmith"]):
        runs = {target: runner(target) for target in TARGETS}
    target = apart(options)
    atheris.Setup([sys.argv[0], *options], counted(runs[target]), custom_mutator=changed(target))
    atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
