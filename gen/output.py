"""The only module that writes generated files: all of them or none, and never over what somebody else wrote."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import UsageError

MANIFEST = "gatesmith.json"


def write_folder(
    folder: Path, files: Mapping[str, str], yours: Mapping[str, str], facts: Mapping[str, str], force: bool
) -> tuple[Path, ...]:
    """Write files into a folder, through a new folder beside it that takes its place at the end.

    Args:
        folder: made if missing; an old one must be Gatesmith's or empty, unless ``force``.
        files: path -> text, written anew each time.
        yours: written only where there is none, for the user to change.
        facts: go into the manifest.
        force: accept a folder that Gatesmith did not write; its other files stay.

    Raises:
        UsageError: the folder is a file, or holds files that Gatesmith did not write.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file() and not force:
        raise UsageError(
            f"{folder} holds files that Gatesmith did not write",
            fix=("choose another folder with --output", "or write into this one with --force"),
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place:
            fresh = Path(place) / "new"
            if folder.is_dir():
                shutil.copytree(folder, fresh, symlinks=True)
            else:
                fresh.mkdir()
            written = dict(files)
            written |= {path: text for path, text in yours.items() if not (fresh / path).exists()}
            digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())}
            written[MANIFEST] = json.dumps({**facts, "files": digests}, indent=2) + "\n"
            for path, text in written.items():
                (fresh / path).write_text(text, "utf-8", newline="\n")
            if folder.is_dir():
                folder.rename(Path(place) / "old")
            fresh.rename(folder)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from error
    return tuple(folder / path for path in sorted({*files, *yours, MANIFEST}))


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays under exactly this name.

    Raises:
        UsageError: the file cannot be written.
    """
    memory = io.BytesIO()
    np.savez(memory, **arrays)
    _write(path, memory.getvalue())


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a report.

    Raises:
        UsageError: the file cannot be written.
    """
    _write(path, (json.dumps(facts, indent=2) + "\n").encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
