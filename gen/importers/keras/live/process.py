"""A process of its own for Keras, which is slow to load and may fail in many ways."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ....core.imports import without

TIMEOUT = 300.0
QUIET = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
"""What keeps TensorFlow from telling about the machine."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TRACEBACK = "Traceback (most recent call last):\n"


def words(said: object) -> str:
    """What Keras says, in one line and without a terminal's codes for bold and colours."""
    return " ".join(COLOURS.sub("", str(said)).split())


def run(module: str, answer: Path, package: str, *arguments: str) -> str:
    """Runs ``python -m gatesmith.MODULE PACKAGE ...``.

    Args:
        answer: the file that it writes.
        package: the Keras that it loads, which is ``tf.keras`` to TensorFlow then.

    Returns:
        Why there is no answer; empty where there is one.
    """
    environment = {**os.environ, **QUIET, "TF_USE_LEGACY_KERAS": str(int(package == "tf_keras"))}
    command = [sys.executable, "-m", f"gatesmith.{module}", package, *arguments]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {TIMEOUT:g} s"
    if done.returncode == 0 and answer.is_file():
        return ""
    _, raised, text = done.stderr.decode("utf-8", "replace").strip().rpartition(TRACEBACK)
    lines = text.splitlines() or ["no message"]
    error = next((n for n, line in enumerate(lines) if raised and line[:1].strip()), len(lines) - 1)
    return words("\n".join(lines[error:]))[:300]


def loaded(package: str) -> Any:
    """A Keras in the process that is its own."""
    gc.disable()  # nothing of what is loaded goes away again, and looking takes longer than to compute
    with without("pandas", "matplotlib", "IPython"):  # a third of its start, for nothing that is asked of it here
        keras = import_module(package)
    gc.freeze()
    gc.enable()
    return keras
