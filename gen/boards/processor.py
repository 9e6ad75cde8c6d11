"""This machine's processor, for compiler flags that depend on it."""

from pathlib import Path


def cpu_features() -> frozenset[str]:
    """This machine's processor features; empty if the system does not report them."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return frozenset()
    for line in info.read_text("utf-8", "replace").splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()
