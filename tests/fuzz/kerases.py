"""A Keras made ready to build models: its policy, its names, and cells that it need not trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def policy_of(keras: Any, name: str) -> Iterator[None]:
    policies = keras.mixed_precision
    before = policies.global_policy() if hasattr(policies, "global_policy") else policies.dtype_policy()
    set_global = policies.set_global_policy if hasattr(policies, "set_global_policy") else policies.set_dtype_policy
    set_global(name)
    try:
        yield
    finally:
        set_global(before)


@contextmanager
def plain_cells(keras: Any, wanted: bool) -> Iterator[None]:
    """tf_keras traces every LSTM and GRU three times, for graphics cards that are not there: it takes seconds."""
    if keras.__name__ != "tf_keras" or not wanted:
        yield
        return
    kinds = [keras.layers.LSTM, keras.layers.GRU]
    for kind in kinds:
        kind._could_use_gpu_kernel = property(lambda _: False, lambda _, value: None)
    try:
        yield
    finally:
        for kind in kinds:
            del kind._could_use_gpu_kernel


def fresh_names(keras: Any) -> None:
    """Let Keras count its layers' names from the beginning, so that a file depends on its plan alone."""
    counting = keras.backend if keras.__name__ == "tf_keras" else import_module("keras.src.utils.naming")
    counting.reset_uids()
