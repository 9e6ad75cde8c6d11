"""What commands say: on a stream that is a terminal, and on stderr apart from progress, which slow machines tell."""

import io
import re

PROGRESS = re.compile(r"^gatesmith: \d+(?:/\d+)? .*\n", re.MULTILINE)


def without_progress(text: str) -> str:
    """The same without the lines of steps that took their time."""
    return PROGRESS.sub("", text)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True
