"""Files below one folder, reached part by part and never through a link; written whole, and on the disk."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from .errors import UsageError
from .scratch import scratch

HIDDEN = ".gatesmith-"
"""Begins the names of folders in which files are written before they are moved to their places."""
WAIT_SECONDS = 60.0
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Tree:
    """An open folder; a context manager. Paths are relative, with ``/``, and have no ``..``.

    What stands in the way of a path, a link or a file where a folder must be, raises UsageError; else OSError.

    Args:
        folder: of the file system; it must exist. It may be reached through links: whoever names it means them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._own)

    def lock(self) -> None:
        """Wait until no other run writes into the folder; held until it is closed.

        Raises:
            UsageError: another one does not end.
        """
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return fcntl.flock(self._own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise UsageError(f"another run of Gatesmith is writing into {self.folder}") from None
                time.sleep(0.01)
            except OSError:
                return None  # a file system without locks

    def names(self) -> list[str]:
        """What is in the folder itself."""
        return [item.name for item in os.scandir(self._own)]

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none, or what is there is no file of its own."""
        try:
            with self._at(path) as (parent, name):
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
        except (OSError, UsageError):
            return None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            return None
        with os.fdopen(file, "rb") as stream:
            return stream.read()

    def digest(self, path: str) -> str | None:
        """SHA-256 of a file's bytes; None as of :meth:`read`."""
        data = self.read(path)
        return None if data is None else hashlib.sha256(data).hexdigest()

    def exists(self, path: str) -> bool:
        """Whether anything is there: also a link, wherever it leads."""
        try:
            with self._at(path) as (parent, name):
                os.stat(name, dir_fd=parent, follow_symlinks=False)
        except (OSError, UsageError):
            return False
        return True

    def check(self, path: str) -> None:
        """That a file can be put there: nothing but folders on the way, and no folder in its place.

        Raises:
            UsageError: it cannot.
        """
        try:
            with self._at(path) as (parent, name):
                if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                    raise self._refused(path, "is a folder")
        except FileNotFoundError:
            return

    def write(self, path: str, data: bytes, mode: int = 0o666) -> None:
        """A new file, whole and on the disk, in folders that are made where they are missing."""
        with self._at(path, make=True) as (parent, name):
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=parent)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(file, rest) :]
                os.fsync(file)
            finally:
                os.close(file)

    def make_room(self, path: str) -> None:
        """The folders on the way to a file, where they are missing."""
        with self._at(path, make=True):
            pass

    def take(self, path: str, other: Tree) -> None:
        """Move a file of another folder of the same file system here, in place of what has its name."""
        with other._at(path) as (there, name), self._at(path) as (here, _):
            os.rename(name, name, src_dir_fd=there, dst_dir_fd=here)

    def remove(self, path: str) -> None:
        """Remove a file, or a link itself."""
        with self._at(path) as (parent, name):
            os.unlink(name, dir_fd=parent)

    def prune(self, path: str) -> None:
        """Remove the folders on the way to a path that are empty."""
        for folder in PurePosixPath(path).parents:
            if folder == PurePosixPath():
                return
            try:
                with self._at(str(folder)) as (parent, name):
                    os.rmdir(name, dir_fd=parent)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    return
                if error.errno != errno.ENOENT:
                    raise

    def sync(self, *paths: str) -> None:
        """Have the disk hold the names in the folder, and in those on the way to the paths."""
        folders = {folder for path in paths for folder in PurePosixPath(path).parents}
        for folder in sorted(folders - {PurePosixPath()}, reverse=True):
            with suppress(FileNotFoundError), self._at(str(folder / "_")) as (parent, _):
                _sync(parent)
        _sync(self._own)

    @contextmanager
    def _at(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder that a path's last part is in, open, and that part."""
        *folders, name = PurePosixPath(path).parts
        if ".." in (*folders, name) or PurePosixPath(path).is_absolute():
            raise self._refused(path, "leads out of it")
        here = os.dup(self._own)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, dir_fd=here)
                try:
                    below = os.open(folder, FOLDER, dir_fd=here)
                except OSError as error:
                    if error.errno in (errno.ELOOP, errno.ENOTDIR):
                        raise self._refused(path, f"goes through {folder}, a link or a file") from None
                    raise
                os.close(here)
                here = below
            yield here, name
        finally:
            os.close(here)

    def _refused(self, path: str, why: str) -> UsageError:
        return UsageError(
            f"cannot write {self.folder}",
            why=f"{path} {why}",
            fix="remove what stands there, or choose another folder with --output",
        )


def replace_file(path: Path, data: bytes) -> None:
    """Write a file that the user named: what was there stays until the new one is whole and on the disk.

    A link is followed, for whoever named it means its end; a device or a pipe is written to as it is.

    Raises:
        OSError: it cannot be written.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        place.write_bytes(data)
        return
    if place.exists() and not os.access(place.parent, os.W_OK):
        place.write_bytes(data)  # the file is the user's to write, its folder is not
        return
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666
    with scratch(place.parent, HIDDEN) as beside, Tree(beside) as fresh, Tree(place.parent) as there:
        fresh.write(place.name, data, mode)
        there.take(place.name, fresh)
        there.sync()


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that has no such thing for folders
            raise
