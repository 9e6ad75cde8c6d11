"""Cases of LocallyConnected1D, LocallyConnected2D."""

from collections.abc import Iterator
from typing import Any

from . import Case, cases, each


def _cases() -> Iterator[Case]:
    kinds: tuple[dict[str, Any], ...] = (
        *each(strides=(..., 2)),
        *each(implementation=(2, 3)),
        {"use_bias": False, "activation": "softmax"},
        {"implementation": 2, "padding": "same", "activation": "relu"},
    )
    always: dict[str, Any] = {"feeds": ["gentle"], "only": "tf_keras"}
    for options in kinds:
        kind = {"filters": 4, **options}
        yield from cases("LocallyConnected1D", (7, 3), kernel_size=3, options=[kind], **always)
        yield from cases("LocallyConnected2D", (5, 6, 2), kernel_size=(2, 3), options=[kind], **always)


CASES = tuple(_cases())
