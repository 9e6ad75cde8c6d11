"""The only module that writes generated files: all of them or none, and never over what somebody else wrote.

A new folder is made beside its place and moved there whole. In an old one, the new files are written into a hidden
folder within it; then JOURNAL says that the folder is incomplete, the files that change are removed, the new ones move
to their places, and JOURNAL goes. So a run that is cut leaves the old files, or the new ones, or a folder that says
what it lacks, and never old and new side by side; the next run completes it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..core.errors import UsageError, from_system
from ..core.scratch import clean, scratch
from ..core.tree import HIDDEN, Tree, replace_file

MANIFEST = "gatesmith.json"
JOURNAL = "gatesmith.incomplete.json"
"""Of a folder whose update was cut: which files were and which were to be in it."""
CUT = "an update of this folder was cut off, and files are missing: run the same gatesmith command again"
Contents = Mapping[str, str | bytes]
Digests = Mapping[str, Collection[str]]


def write_folder(
    folder: Path,
    files: Contents,
    yours: Contents,
    facts: Mapping[str, str],
    force: bool,
    programs: Collection[str] = (),
) -> None:
    """Write files into a folder: all of them, or none.

    Args:
        folder: made if missing; an old one must be Gatesmith's or empty, unless ``force``.
        files: path -> text or bytes, written anew each time.
        yours: for the user to change: written where there is none, or where it still is as Gatesmith wrote it.
        facts: go into the manifest.
        force: accept a folder that Gatesmith did not write; its other files stay.
        programs: files that can be run.

    Raises:
        UsageError: the folder is a file, holds files that Gatesmith did not write, has a link in the way, or cannot be
            written.
        MachineError: the disk is full or broken.
    """
    place = folder.resolve()
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in {**files, **yours}.items()}
    modes = dict.fromkeys(programs, 0o777)
    try:
        if place.exists() and not place.is_dir():
            raise UsageError(f"{folder} is a file, not a folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        clean(place.parent, HIDDEN)
        if place.is_dir() or not _made(place, contents, facts, modes):
            _updated(place, contents, yours, facts, modes, force)
    except OSError as error:
        raise from_system(f"cannot write {folder}", error, _state(place)) from error


def incomplete(folder: Path) -> bool:
    """Whether an update of the folder was cut."""
    return (folder / JOURNAL).is_file()


def _made(place: Path, contents: Mapping[str, bytes], facts: Mapping[str, str], modes: Mapping[str, int]) -> bool:
    """A folder that did not exist, made whole; False if somebody else has made it meanwhile."""
    with scratch(place.parent, HIDDEN) as beside:
        (beside / place.name).mkdir()
        with Tree(beside / place.name) as fresh, Tree(place.parent) as parent:
            written = {**contents, MANIFEST: _manifest(contents, facts)}
            for path, data in written.items():
                fresh.write(path, data, modes.get(path, 0o666))
            fresh.sync(*written)
            try:
                (beside / place.name).rename(place)
            except OSError:
                if place.is_dir():
                    return False
                raise
            parent.sync()
    return True


def _updated(
    place: Path,
    contents: Mapping[str, bytes],
    yours: Collection[str],
    facts: Mapping[str, str],
    modes: Mapping[str, int],
    force: bool,
) -> None:
    """A folder that exists, as it is to be."""
    with Tree(place) as tree:
        tree.lock()
        clean(place, HIDDEN)
        before = _known(tree)
        if before is None and tree.names() and not force:
            raise UsageError(
                f"{place} holds files that Gatesmith did not write",
                fix=("choose another folder with --output", "or write into this one with --force"),
            )
        known: Digests = before or {}
        kept = {path for path in yours if tree.exists(path) and tree.digest(path) not in known.get(path, ())}
        wanted = {path: data for path, data in contents.items() if path not in kept}
        manifest = _manifest(wanted, facts)
        changed = {path: data for path, data in wanted.items() if tree.digest(path) != _digest(data)}
        stale = {path for path in known.keys() - wanted.keys() if tree.digest(path) in known[path]}
        if not changed and not stale and tree.read(MANIFEST) == manifest and not tree.exists(JOURNAL):
            return
        for path in (*changed, MANIFEST, JOURNAL):
            tree.check(path)
        with scratch(place, HIDDEN) as beside, Tree(beside) as fresh:
            for path, data in changed.items():
                fresh.write(path, data, modes.get(path, 0o666))
            fresh.write(MANIFEST, manifest)
            fresh.write(JOURNAL, _journal(known, wanted))
            for path in changed:
                tree.make_room(path)
            with _undisturbed():
                _exchange(tree, fresh, changed, stale)


def _exchange(tree: Tree, fresh: Tree, changed: Collection[str], stale: Collection[str]) -> None:
    """Old files out, new files in. From the first line to the last the folder says that it is incomplete."""
    tree.take(JOURNAL, fresh)
    tree.sync()
    for path in (MANIFEST, *stale, *changed):
        if tree.exists(path):
            tree.remove(path)
    for path in changed:
        tree.take(path, fresh)
    for path in stale:
        tree.prune(path)
    tree.sync(*stale, *changed)
    tree.take(MANIFEST, fresh)
    tree.sync()
    tree.remove(JOURNAL)
    tree.sync()


def _known(tree: Tree) -> Digests | None:
    """What Gatesmith wrote into a folder: paths and the digests they may have; None if it wrote nothing there.

    Manifest and journal may be anybody's: only paths below the folder count, and only files with those bytes.
    """
    found: dict[str, set[str]] = defaultdict(set)
    there = False
    for name in (MANIFEST, JOURNAL):
        data = tree.read(name)
        there = there or data is not None
        try:
            for path, digests in json.loads(data or b"{}")["files"].items():
                if _below(path):
                    found[path].update([digests] if isinstance(digests, str) else map(str, digests))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return found if there else None


def _below(path: str) -> bool:
    """Whether a manifest's path is one that leads to a place below its folder."""
    plain = PurePosixPath(path)
    return plain.as_posix() == path and not plain.is_absolute() and ".." not in plain.parts and "\0" not in path


def _manifest(contents: Mapping[str, bytes], facts: Mapping[str, str]) -> bytes:
    digests = {path: _digest(data) for path, data in sorted(contents.items())}
    return (json.dumps({**facts, "files": digests}, indent=2) + "\n").encode()


def _journal(before: Digests, wanted: Mapping[str, bytes]) -> bytes:
    """What the folder had or is to have, so that the next run knows its own files."""
    new = {path: {_digest(data)} for path, data in wanted.items()}
    files = {path: sorted({*before.get(path, ()), *new.get(path, ())}) for path in sorted({*before, *new})}
    return (json.dumps({"incomplete": CUT, "files": files}, indent=2) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _state(place: Path) -> str:
    """What a failure has left."""
    return CUT if incomplete(place) else "it is as it was" if place.exists() else "nothing was written"


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that end the process wait for the moment that files take to move."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        UsageError, MachineError: the file cannot be written.
    """
    memory = io.BytesIO()
    np.savez(memory, **arrays)
    _write(path, memory.getvalue())


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a report.

    Raises:
        UsageError, MachineError: the file cannot be written.
    """
    _write(path, (json.dumps(facts, indent=2) + "\n").encode())


def write_text(path: Path, text: str) -> None:
    """Write a file of text.

    Raises:
        UsageError: the file cannot be written.
    """
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    try:
        replace_file(path, content)
    except OSError as error:
        raise from_system(f"cannot write {path}", error) from error
