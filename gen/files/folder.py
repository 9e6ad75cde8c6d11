"""Output folders: all files of one command or none, and never over a file that Gatesmith did not write.

A new folder is filled in a hidden folder next to it, then moved to its place. In an existing folder, the new files are
first written into a hidden folder within it. Then JOURNAL marks the folder as incomplete, changed files are removed,
the new ones are moved to their places, and JOURNAL is removed. Old and new files are never mixed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from ..core.errors import UsageError, write_error
from .scratch import clean, scratch
from .single import HIDDEN, sync, write_new

MANIFEST = "gatesmith.json"
JOURNAL = "gatesmith.incomplete.json"
"""File in a folder whose update was interrupted: lists its old files and the new ones."""
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
) -> Collection[str]:
    """Write files into a folder: all of them, or none.

    Args:
        folder: created if missing; an existing one must be Gatesmith's or empty, unless ``force``. Its own path may
            contain links, because the user named it.
        files: path -> text or bytes, written each time.
        yours: files for the user to change: written if missing, or if unchanged since Gatesmith wrote them.
        facts: entries of the manifest.
        force: accept a folder that Gatesmith did not write; its other files stay.
        programs: executable files.

    Returns:
        files that the user had changed and that stay: of ``yours``, and those that are written no more.

    Raises:
        UsageError: the folder is a file, holds files that Gatesmith did not write, has a link on the way to a file, or
            cannot be written.
        MachineError: the disk is full or broken.
    """
    place = folder.resolve()
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in {**files, **yours}.items()}
    try:
        _check_room(place, folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        clean(place.parent, HIDDEN)
        if place.is_dir() or not _create(place, {**contents, MANIFEST: _manifest(contents, facts)}, programs):
            with _locked(place):
                return _update(place, contents, yours, facts, programs, force)
    except OSError as error:
        raise write_error(f"cannot write {folder}", error, _state(place)) from error
    return ()


def check_folder(folder: Path, force: bool) -> None:
    """Refuse a folder that must not be written into. Commands that take minutes call this first.

    Raises:
        UsageError: the folder is a file, or cannot be written; or it holds files that Gatesmith did not write, and
            there is no ``force``.
    """
    place = folder.resolve()
    try:
        with scratch(_check_room(place, folder), HIDDEN):
            pass
    except OSError as error:
        raise write_error(f"cannot write {folder}", error, "nothing was written") from error
    _check_owner(place, force)


def _check_room(place: Path, folder: Path) -> Path:
    """The folder itself, or the nearest folder above it that exists."""
    nearest = next(one for one in (place, *place.parents) if one.exists())
    if not nearest.is_dir():
        name = folder if nearest == place else nearest
        raise UsageError(f"{name} is a file, not a folder", fix="name a folder with --output")
    return nearest


def _check_owner(place: Path, force: bool) -> None:
    if force or not place.is_dir() or _written(place) is not None:
        return
    if any(not one.name.startswith(HIDDEN) for one in place.iterdir()):
        raise UsageError(
            f"{place} holds files that Gatesmith did not write",
            fix=("choose another folder with --output", "or write into this one with --force"),
        )


def incomplete(folder: Path) -> bool:
    """Whether an update of the folder was interrupted."""
    return (folder / JOURNAL).is_file()


def _create(place: Path, contents: Mapping[str, bytes], programs: Collection[str]) -> bool:
    """Create a folder with all its files; False if another run has created it meanwhile."""
    with scratch(place.parent, HIDDEN) as hidden:
        fresh = hidden / place.name
        fresh.mkdir()
        _fill(fresh, contents, programs)
        try:
            fresh.rename(place)
        except OSError:
            if place.is_dir():
                return False
            raise
        sync(place.parent)
    return True


def _update(
    place: Path,
    contents: Mapping[str, bytes],
    yours: Collection[str],
    facts: Mapping[str, str],
    programs: Collection[str],
    force: bool,
) -> Collection[str]:
    """Update an existing folder to new contents; returns the user's changed files, which stay."""
    clean(place, HIDDEN)
    _check_owner(place, force)
    old: Digests = _written(place) or {}
    _check_ways(place, (*contents, MANIFEST, JOURNAL))
    current = {path: None if (data := _read(place, path)) is None else _digest(data) for path in {*contents, *old}}
    written = {path: (*old.get(path, ()), _digest(contents[path])) for path in yours}  # before, or now
    changed_by_user = {path for path in yours if _kind(place / path) and current[path] not in written[path]}
    new = {path: data for path, data in contents.items() if path not in changed_by_user}
    manifest = _manifest(new, facts)
    changed = {path: data for path, data in new.items() if current[path] != _digest(data)}
    gone = {path for path in old.keys() - contents.keys() if current[path] is not None}
    stale = {path for path in gone if current[path] in old[path]}
    stays = changed_by_user | gone - stale
    if not changed and not stale and _read(place, MANIFEST) == manifest and not _kind(place / JOURNAL):
        return stays
    for path in (*changed, MANIFEST, JOURNAL):
        if _kind(place / path) == stat.S_IFDIR:
            raise _refused(place, f"{path} is a folder")
    with scratch(place, HIDDEN) as hidden:
        _fill(hidden, {**changed, MANIFEST: manifest, JOURNAL: _journal(old, new)}, programs)
        for path in changed:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
        _exchange(place, hidden, changed, stale)
    return stays


def _exchange(place: Path, fresh: Path, changed: Collection[str], stale: Collection[str]) -> None:
    """Replace old files by new ones. From the first line to the last, JOURNAL marks the folder as incomplete."""
    (fresh / JOURNAL).replace(place / JOURNAL)
    sync(place)
    for path in (MANIFEST, *stale, *changed):
        (place / path).unlink(missing_ok=True)
    for path in changed:
        (fresh / path).replace(place / path)
    for folder in sorted({folder for path in stale for folder in _ways(path)}, reverse=True):
        if _kind(place / folder) and not any((place / folder).iterdir()):
            (place / folder).rmdir()
    (fresh / MANIFEST).replace(place / MANIFEST)
    _sync_ways(place, {*stale, *changed})
    (place / JOURNAL).unlink()


def _fill(folder: Path, contents: Mapping[str, bytes], programs: Collection[str]) -> None:
    """Write files into a new folder."""
    for path, data in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_new(folder / path, data, 0o777 if path in programs else 0o666)
    _sync_ways(folder, contents)


def _written(place: Path) -> Digests | None:
    """The files that Gatesmith wrote into a folder, with their possible digests; None if it wrote none.

    Manifest and journal may be forged: only paths below the folder count, and only files with those digests.
    """
    files: dict[str, set[str]] = defaultdict(set)
    notes = [note for name in (MANIFEST, JOURNAL) if (note := _read(place, name)) is not None]
    for note in notes:
        try:
            for path, digests in json.loads(note)["files"].items():
                if _below(path) and _way_blocked(place, path) is None:
                    files[path].update([digests] if isinstance(digests, str) else map(str, digests))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return files if notes else None


def _below(path: str) -> bool:
    """Whether a manifest's path is a place below its folder."""
    plain = PurePosixPath(path)
    return plain.as_posix() == path and not plain.is_absolute() and ".." not in plain.parts and "\0" not in path


def _kind(path: Path) -> int:
    """The type of the file at a path, ``stat.S_IF...``, without following links; 0 if there is none."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _ways(path: str) -> list[str]:
    """The folders on the way to a path, the outermost first."""
    return [folder.as_posix() for folder in reversed(PurePosixPath(path).parents)][1:]


def _way_blocked(place: Path, path: str) -> str | None:
    """The first part of the way to a path that is a link or a file, not a folder."""
    return next((way for way in _ways(path) if _kind(place / way) not in (0, stat.S_IFDIR)), None)


def _check_ways(place: Path, paths: Collection[str]) -> None:
    """Checks that only folders are on the ways to paths, so that no link leads out of the folder.

    Raises:
        UsageError: there is a link or a file.
    """
    for path in paths:
        if (way := _way_blocked(place, path)) is not None:
            raise _refused(place, f"{path} goes through {way}, a link or a file")


def _read(place: Path, path: str) -> bytes | None:
    """A file's bytes; None if there is none, or a link, a folder or a device."""
    return (place / path).read_bytes() if _kind(place / path) == stat.S_IFREG else None


def _sync_ways(place: Path, paths: Collection[str]) -> None:
    for way in sorted({way for path in paths for way in _ways(path)}, reverse=True):
        if _kind(place / way):
            sync(place / way)
    sync(place)


def _manifest(contents: Mapping[str, bytes], facts: Mapping[str, str]) -> bytes:
    digests = {path: _digest(data) for path, data in sorted(contents.items())}
    return (json.dumps({**facts, "files": digests}, indent=2) + "\n").encode()


def _journal(old: Digests, contents: Mapping[str, bytes]) -> bytes:
    """The journal of the folder's old and new files, by which the next run recognizes files of Gatesmith."""
    new = {path: {_digest(data)} for path, data in contents.items()}
    files = {path: sorted({*old.get(path, ()), *new.get(path, ())}) for path in sorted({*old, *new})}
    return (json.dumps({"incomplete": CUT, "files": files}, indent=2) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refused(place: Path, why: str) -> UsageError:
    fix = "remove what stands there, or choose another folder with --output"
    return UsageError(f"cannot write {place}", why=why, fix=fix)


def _state(place: Path) -> str:
    """The state of the folder after a failure."""
    return CUT if incomplete(place) else "it is whole, old or new" if place.exists() else "nothing was written"


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Lock the folder against other runs; waits until no other run writes into it."""
    file = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):  # nothing is written through it, and all files are in place
            os.close(file)
