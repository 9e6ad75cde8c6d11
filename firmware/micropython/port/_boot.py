# Frozen: mounts the board's flash as ports/rp2 mounts its own. Here it is memory that a soft reset leaves alone.
import sys

import uctypes
import vfs

AT = 0x21800000  # firmware/micropython/build puts the board's own here


class Flash:
    BLOCK = 4096
    BLOCKS = 352

    def __init__(self, memory):
        self.memory = memory

    def readblocks(self, block, data, offset=0):
        at = block * self.BLOCK + offset
        data[:] = self.memory[at : at + len(data)]

    def writeblocks(self, block, data, offset=0):
        at = block * self.BLOCK + offset
        self.memory[at : at + len(data)] = data

    def ioctl(self, request, value):
        if request == 4:
            return self.BLOCKS
        return self.BLOCK if request == 5 else 0


flash = Flash(memoryview(uctypes.bytearray_at(AT, Flash.BLOCK * Flash.BLOCKS)))
try:
    disk = vfs.VfsLfs2(flash, progsize=256)
except OSError:
    vfs.VfsLfs2.mkfs(flash, progsize=256)
    disk = vfs.VfsLfs2(flash, progsize=256)
vfs.mount(disk, "/")
sys.path.append("/lib")
del sys, uctypes, vfs, AT, Flash, flash, disk
