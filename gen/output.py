"""The only module that writes generated files: all of them or none, and never over what somebody else wrote."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from .errors import UsageError

MANIFEST = "gatesmith.json"
Contents = Mapping[str, str | bytes]


def write_folder(
    folder: Path, files: Contents, yours: Contents, facts: Mapping[str, str], force: bool
) -> tuple[Path, ...]:
    """Write files into a folder. A new folder appears whole or not at all; in an old one each file is replaced whole.

    Args:
        folder: made if missing; an old one must be Gatesmith's or empty, unless ``force``.
        files: path -> text or bytes, written anew each time.
        yours: for the user to change: written where there is none, or where it still is as Gatesmith wrote it.
        facts: go into the manifest.
        force: accept a folder that Gatesmith did not write; its other files stay.

    Raises:
        UsageError: the folder is a file, or holds files that Gatesmith did not write.
    """
    place = folder.resolve()
    if place.exists() and not place.is_dir():
        raise UsageError(f"{folder} is a file, not a folder")
    if place.is_dir() and any(place.iterdir()) and not (place / MANIFEST).is_file() and not force:
        raise UsageError(
            f"{folder} holds files that Gatesmith did not write",
            fix=("choose another folder with --output", "or write into this one with --force"),
        )
    before = _manifest(place)
    kept = {path for path in yours if (place / path).is_file() and _digest_of(place / path) != before.get(path)}
    texts = {**files, **{path: text for path, text in yours.items() if path not in kept}}
    written = {path: text.encode() if isinstance(text, str) else text for path, text in texts.items()}
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(written.items())}
    written[MANIFEST] = (json.dumps({**facts, "files": digests}, indent=2) + "\n").encode()
    try:
        if place.is_dir():
            for path in before.keys() - written.keys():
                if (place / path).is_file() and _digest_of(place / path) == before[path]:
                    (place / path).unlink()
                    _remove_empty(place, place / path)
            for path, data in written.items():
                _replace(place / path, data)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as beside:
                fresh = Path(beside) / place.name
                fresh.mkdir()
                for path, data in written.items():
                    (fresh / path).parent.mkdir(parents=True, exist_ok=True)
                    (fresh / path).write_bytes(data)
                fresh.rename(place)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from error
    return tuple(folder / path for path in sorted({*files, *yours, MANIFEST}))


def _manifest(folder: Path) -> dict[str, str]:
    """What Gatesmith wrote into a folder before: paths below it and their digests; empty if that cannot be told."""
    try:
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        return {str(path): str(digest) for path, digest in files.items() if _below(folder, path)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _below(folder: Path, path: str) -> bool:
    """Whether a manifest's path leads to a place below the folder, links followed: the manifest may be anybody's."""
    plain = PurePosixPath(path)
    safe = plain.as_posix() == path and not plain.is_absolute() and ".." not in plain.parts and plain.name != ""
    return safe and (folder / plain).resolve().is_relative_to(folder.resolve())


def _remove_empty(folder: Path, path: Path) -> None:
    """Remove the folders that a file leaves empty."""
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def check_writable(*paths: Path | None) -> None:
    """That files can be written there, before what they are to hold takes its time.

    Raises:
        UsageError: one of them cannot.
    """
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            why = "it is a folder"
        elif not path.parent.is_dir():
            why = f"there is no folder {path.parent}"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            why = "it is not yours to write"
        else:
            continue
        raise UsageError(f"cannot write {path}: {why}")


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
