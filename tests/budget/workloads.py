"""Models of real sizes, and small ones whose code nobody compiled for the sizes."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import Model, load
from gatesmith.quantization.observations import Observations

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
SEEDS = range(11000, 11055)
"""Of ``budget_models``: none of them is among those of the sizes, nor was one looked at while these were made."""


@cache
def read(path: Path) -> tuple[Model, Observations]:
    """A model, and what calibration shows of it, looked for once."""
    return load(path, Settings()), Observations()


def real(folder: Path) -> Iterator[Path]:
    """The bundled example; LSTM(32); LSTM(32) -> LSTM(16) -> Dense; GRU(40) -> Dense(1); dense layers."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(11)
    yield EXAMPLE
    inputs = {
        "lstm": (x := keras.Input((1, 16)), layers.LSTM(32)(x)),
        "stacked": (
            x := keras.Input((50, 9)),
            layers.Dense(4, "softmax")(layers.LSTM(16)(layers.LSTM(32, return_sequences=True)(x))),
        ),
        "gru": (x := keras.Input((1, 1)), layers.Dense(1)(layers.GRU(40)(x))),
        "dense": (x := keras.Input((100,)), layers.Dense(10, "softmax")(layers.Dense(60, "relu")(x))),
    }
    for name, (start, end) in inputs.items():
        keras.Model(start, end).save(folder / f"{name}.keras")
        yield folder / f"{name}.keras"
