"""Files of random models as Keras saves them: what mutants of architectures are made of."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.containers.stored import Archive

from .here import parsed_here


@cache
def real_models(count: int) -> tuple[Archive, ...]:
    """The models of ``count`` seeds that are saved and read, and a quantized model."""
    from .campaign import plan_of, quiet
    from .judge import by_keras

    models: list[Archive] = []
    quiet()
    with tempfile.TemporaryDirectory() as name, parsed_here():
        folder = Path(name)
        files = [
            (verdict.path, verdict.weights)
            for plan in map(plan_of, range(count))
            if plan
            for verdict in (by_keras(plan, folder),)
        ]
        for path, weights in (*files, *((path, None) for path in quantised(folder))):
            with suppress(GatesmithError):
                models += [archive.read(path, weights) if weights else archive.read(path)] if path else []
    return tuple(models)


def quantised(folder: Path) -> Iterator[Path]:
    """Layers of integers, which their configuration describes."""
    import keras

    for mode in ("int8", "int4"):
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.Dense(2)])
        model.quantize(mode)
        model.save(folder / f"{mode}.keras")
        yield folder / f"{mode}.keras"
