"""A separate process for Keras, which is slow to load and may fail in many ways."""

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
"""Environment variables that keep TensorFlow from logging facts about the machine."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TRACEBACK = "Traceback (most recent call last):\n"


def words(message: object) -> str:
    """A message of Keras in one line, without a terminal's codes for bold and colours."""
    return " ".join(COLOURS.sub("", str(message)).split())


def run(module: str, answer: Path, package: str, *arguments: str) -> str:
    """Runs ``python -m gatesmith.MODULE PACKAGE ...``.

    Args:
        answer: the file that the module writes.
        package: the Keras that the module loads; TensorFlow uses it as ``tf.keras``.

    Returns:
        The reason why there is no answer; empty if there is one.
    """
    environment = {**os.environ, **QUIET, "TF_USE_LEGACY_KERAS": str(int(package == "tf_keras"))}
    command = [sys.executable, "-m", f"gatesmith.{module}", package, *arguments]
    try:
        process = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {TIMEOUT:g} s"
    if process.returncode == 0 and answer.is_file():
        return ""
    _, raised, text = process.stderr.decode("utf-8", "replace").strip().rpartition(TRACEBACK)
    lines = text.splitlines() or ["no message"]
    error = next((n for n, line in enumerate(lines) if raised and line[:1].strip()), len(lines) - 1)
    return words("\n".join(lines[error:]))[:300]


def loaded(package: str) -> Any:
    """Loads a Keras package in its own process."""
    gc.disable()  # nothing that is loaded is ever freed, and a collection takes longer than the computation
    with without("pandas", "matplotlib", "IPython"):  # a third of its start time, and not needed here
        keras = import_module(package)
    gc.freeze()
    gc.enable()
    return keras
