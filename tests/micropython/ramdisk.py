"""A file system in the heap, for an emulated board that has none: runs there, not here."""

import io
import os
import sys

import vfs


class Written:
    def __init__(self, files, name):
        self.files = files
        self.name = name
        self.parts = []

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)

    def close(self):
        self.files[self.name] = b"".join(self.parts)


class RamDisk:
    def __init__(self):
        self.files = {}

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        pass

    def getcwd(self):
        return "/"

    def open(self, path, mode):
        name = path.split("/")[-1]
        if "w" in mode:
            return Written(self.files, name)
        if name not in self.files:
            raise OSError(2)
        return io.BytesIO(self.files[name])

    def stat(self, path):
        name = path.split("/")[-1]
        if name in ("", "."):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        if name not in self.files:
            raise OSError(2)
        return (0x8000, 0, 0, 0, 0, 0, len(self.files[name]), 0, 0, 0)

    def ilistdir(self, path):
        for name in self.files:
            yield (name, 0x8000, 0, len(self.files[name]))


vfs.mount(RamDisk(), "/ram")
os.chdir("/ram")
sys.path.append("/ram")
