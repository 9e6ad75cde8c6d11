"""What commands say on stderr, apart from progress, which speaks where a machine is slow."""

import re

PROGRESS = re.compile(r"^gatesmith: \d+(?:/\d+)? .*\n", re.MULTILINE)


def without_progress(text: str) -> str:
    """The same without the lines of steps that took their time."""
    return PROGRESS.sub("", text)
