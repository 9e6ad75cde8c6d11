"""A Keras made ready to build models: its policy, and its names."""

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


def fresh_names(keras: Any) -> None:
    """Let Keras count its layers' names from the beginning, so that a file depends on its plan alone."""
    counting = keras.backend if keras.__name__ == "tf_keras" else import_module("keras.src.utils.naming")
    counting.reset_uids()
