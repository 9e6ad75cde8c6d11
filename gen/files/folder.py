"""Output folders: all files of one command or none, and never over a file that somebody else wrote.

A new folder is made beside its place and moved there whole. In an old one, the new files are written into a hidden
folder within it; then JOURNAL says that the folder is incomplete, the files that change are removed, the new ones move
to their places, and JOURNAL goes. Old and new files are never side by side.
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

from ..core.errors import UsageError, from_system
from .scratch import clean, scratch
from .single import HIDDEN, sync, write_new

MANIFEST = "gatesmith.json"
JOURNAL = "gatesmith.incomplete.json"
"""In a folder whose update was interrupted: the files that it had, and those that it was to get."""
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
        folder: made if missing; an old one must be Gatesmith's or empty, unless ``force``. It may be reached through
            links, because the user named it.
        files: path -> text or bytes, written anew each time.
        yours: for the user to change: written where there is none, or where it still is as Gatesmith wrote it.
        facts: go into the manifest.
        force: accept a folder that Gatesmith did not write; its other files stay.
        programs: files that can be run.

    Returns:
        those of ``yours`` that the user had changed, which are not written.

    Raises:
        UsageError: the folder is a file, holds files that Gatesmith did not write, has a link in the way, or cannot be
            written.
        MachineError: the disk is full or broken.
    """
    place = folder.resolve()
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in {**files, **yours}.items()}
    try:
        _check_room(place, folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        clean(place.parent, HIDDEN)
        if place.is_dir() or not _create(place, {**contents, MANIFEST: _manifest(contents, facts)}, programs):
            with _alone(place):
                return _update(place, contents, yours, facts, programs, force)
    except OSError as error:
        raise from_system(f"cannot write {folder}", error, _state(place)) from error
    return ()


def check_folder(folder: Path, force: bool) -> None:
    """Refuse a folder that is not to be written into; work of minutes asks this first.

    Raises:
        UsageError: the folder is a file, or cannot be written; or it holds files that Gatesmith did not write, and
            there is no ``force``.
    """
    place = folder.resolve()
    try:
        with scratch(_check_room(place, folder), HIDDEN):
            pass
    except OSError as error:
        raise from_system(f"cannot write {folder}", error, "nothing was written") from error
    _check_owner(place, force)


def _check_room(place: Path, folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
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
    """Make a folder that does not exist, whole; False if another run has made it meanwhile."""
    with scratch(place.parent, HIDDEN) as beside:
        fresh = beside / place.name
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
    """Bring a folder that exists to its wanted contents; the user's files that are changed, and stay."""
    clean(place, HIDDEN)
    _check_owner(place, force)
    known: Digests = _written(place) or {}
    _check_ways(place, (*contents, MANIFEST, JOURNAL))
    there = {path: None if (data := _read(place, path)) is None else _digest(data) for path in {*contents, *known}}
    ours = {path: (*known.get(path, ()), _digest(contents[path])) for path in yours}  # as written before, or now
    changed_by_user = {path for path in yours if _kind(place / path) and there[path] not in ours[path]}
    wanted = {path: data for path, data in contents.items() if path not in changed_by_user}
    manifest = _manifest(wanted, facts)
    changed = {path: data for path, data in wanted.items() if there[path] != _digest(data)}
    stale = {path for path in known.keys() - wanted.keys() if there[path] in known[path]}
    if not changed and not stale and _read(place, MANIFEST) == manifest and not _kind(place / JOURNAL):
        return changed_by_user
    for path in (*changed, MANIFEST, JOURNAL):
        if _kind(place / path) == stat.S_IFDIR:
            raise _refused(place, f"{path} is a folder")
    with scratch(place, HIDDEN) as beside:
        _fill(beside, {**changed, MANIFEST: manifest, JOURNAL: _journal(known, wanted)}, programs)
        for path in changed:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
        _exchange(place, beside, changed, stale)
    return changed_by_user


def _exchange(place: Path, fresh: Path, changed: Collection[str], stale: Collection[str]) -> None:
    """Old files out, new files in. From the first line to the last the folder says that it is incomplete."""
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
    """The files that Gatesmith wrote into a folder, with the digests they may have; None if it wrote none.

    Manifest and journal may be anybody's: only paths below the folder count, and only files with those bytes.
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
    """Whether a manifest's path is one that leads to a place below its folder."""
    plain = PurePosixPath(path)
    return plain.as_posix() == path and not plain.is_absolute() and ".." not in plain.parts and "\0" not in path


def _kind(path: Path) -> int:
    """What is at a path, as ``stat.S_IF...``, a link itself; 0 if nothing is."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _ways(path: str) -> list[str]:
    """The folders on the way to a path, the outermost first."""
    return [folder.as_posix() for folder in reversed(PurePosixPath(path).parents)][1:]


def _way_blocked(place: Path, path: str) -> str | None:
    """The first part of the way to a path that is there and no folder: a link or a file."""
    return next((way for way in _ways(path) if _kind(place / way) not in (0, stat.S_IFDIR)), None)


def _check_ways(place: Path, paths: Collection[str]) -> None:
    """That no link leads out of the folder, and nothing but folders is on the way.

    Raises:
        UsageError: there is.
    """
    for path in paths:
        if (way := _way_blocked(place, path)) is not None:
            raise _refused(place, f"{path} goes through {way}, a link or a file")


def _read(place: Path, path: str) -> bytes | None:
    """A file's bytes; None where nothing is, or a link, a folder or a device."""
    return (place / path).read_bytes() if _kind(place / path) == stat.S_IFREG else None


def _sync_ways(place: Path, paths: Collection[str]) -> None:
    for way in sorted({way for path in paths for way in _ways(path)}, reverse=True):
        if _kind(place / way):
            sync(place / way)
    sync(place)


def _manifest(contents: Mapping[str, bytes], facts: Mapping[str, str]) -> bytes:
    digests = {path: _digest(data) for path, data in sorted(contents.items())}
    return (json.dumps({**facts, "files": digests}, indent=2) + "\n").encode()


def _journal(before: Digests, wanted: Mapping[str, bytes]) -> bytes:
    """The files that the folder had or is to have, so that the next run knows its own."""
    new = {path: {_digest(data)} for path, data in wanted.items()}
    files = {path: sorted({*before.get(path, ()), *new.get(path, ())}) for path in sorted({*before, *new})}
    return (json.dumps({"incomplete": CUT, "files": files}, indent=2) + "\n").encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refused(place: Path, why: str) -> UsageError:
    fix = "remove what stands there, or choose another folder with --output"
    return UsageError(f"cannot write {place}", why=why, fix=fix)


def _state(place: Path) -> str:
    """What a failure has left."""
    return CUT if incomplete(place) else "it is whole, old or new" if place.exists() else "nothing was written"


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Wait until no other run writes into the folder, and keep others out."""
    file = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):  # nothing is written through it, and the files are in their places
            os.close(file)
