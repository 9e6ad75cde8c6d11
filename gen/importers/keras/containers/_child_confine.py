"""In the reader process: seccomp leaves it few system calls. Best effort: without libseccomp, only the limits of
``_child`` hold."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import sys

NEEDED = """
read write brk mmap munmap mremap madvise mprotect futex rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack exit
exit_group clock_gettime gettimeofday getrandom lseek fstat newfstatat close sched_yield getpid gettid tgkill
restart_syscall
""".split()
"""System calls that parsing needs: memory, the two pipes, locks, the end. All others fail with EPERM."""
LIBRARY = "libseccomp.so.2"
REFUSE, ALLOW = 0x0005_0000 | errno.EPERM, 0x7FFF_0000
"""``SCMP_ACT_ERRNO(EPERM)`` and ``SCMP_ACT_ALLOW`` of seccomp.h, libseccomp 2."""


class CallFilter:
    """A filter of libseccomp, which knows the numbers of the calls on each architecture."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(LIBRARY)
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.filter = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(REFUSE)))
        for name in NEEDED:
            number = self.library.seccomp_syscall_resolve_name(name.encode())
            # A name that this architecture does not have resolves to a number that the library ignores.
            self.library.seccomp_rule_add(self.filter, ctypes.c_uint32(ALLOW), ctypes.c_int(number), ctypes.c_uint(0))


def rules() -> CallFilter | None:
    """The filter, made while files can still be opened; None without Linux or libseccomp."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            return CallFilter()
    return None


def enter(filtering: CallFilter | None) -> bool:
    """Turns the filter on, and returns whether it holds from here on."""
    return filtering is not None and bool(filtering.filter) and filtering.library.seccomp_load(filtering.filter) == 0
