"""Gatesmith: a trained Keras file goes in, a step function for a named board comes out.

import gatesmith

made = gatesmith.convert(model, target=board, numeric="int8", calibration=x_train)
made.predict(x)                       # the device's own numbers
made.validate(x, y, emulate=True)     # compared with Keras on an emulated core
made.save("firmware/")
gatesmith.inspect(model).gates["lstm"]["f"].W
"""

from __future__ import annotations

from .version import __version__

TYPE_CHECKING = False
"""As in ``typing``, which takes its time to load: until ``cli`` is there, Ctrl-C ends in a traceback."""
if TYPE_CHECKING:
    from typing import Any

    from .api import Artifact, Calibration, Chosen, Inspection, Validation, calibrate, choose, convert, inspect, targets
    from .core.errors import GatesmithError
    from .core.graph import Graph
    from .train import Tuned, tune

__all__ = [
    "Artifact", "Calibration", "Chosen", "GatesmithError", "Inspection", "Tuned", "Validation", "__version__",
    "calibrate", "choose", "convert", "inspect", "load", "targets", "tune",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What needs NumPy and the flow is loaded when first asked for."""
    if name == "GatesmithError":
        from .core.errors import GatesmithError

        return GatesmithError
    if name in ("Tuned", "train", "tune"):
        from importlib import import_module

        train = import_module(".train", __name__)
        return train if name == "train" else getattr(train, name)
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module 'gatesmith' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load(path_or_model: Any, **options: Any) -> Graph:
    """Read a trained model: a ``.keras``, HDF5 or JSON file, a SavedModel folder, or a Keras model in memory.

    Args:
        path_or_model: the file's path, or the model.
        options: ``weights``, ``keras_backend``, ``stop_before``, ``written_by`` as of :func:`gatesmith.convert`.

    Raises:
        GatesmithError: the file is damaged, hostile, or holds something Gatesmith does not translate.
    """
    from .importers.reading import graph_of

    return graph_of(path_or_model, **options)
