"""Blocks of the documentation, and what carries them out: console blocks command by command, Python blocks of a page as
one program. C blocks of a persona's page, and Python below ``<!-- on the board -->``, are fed the test set.
``<!-- not run: REASON -->`` above a block leaves it out, and the tests print the reason.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from everything import EVERYTHING

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
SECONDS = 300
SAMPLES = None if EVERYTHING else 8
"""Of the test data's 40: no page shows a figure of them."""
BLOCK = re.compile(
    r"(?:^<!-- (?:not run: (?P<reason>[^\n]+)|(?P<board>on the board)) -->\n)?"
    r"^```(?P<kind>console|python|c)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Command:
    """A command, and what the page shows of its answer."""

    words: str
    shown: str


@dataclass(frozen=True)
class Block:
    """A block of a page; with the reason why it is not run, if it is not."""

    kind: str
    text: str
    line: int
    reason: str

    def commands(self) -> list[Command]:
        """The commands of a console block: ``$ `` before each, a backslash at the end of a line that goes on."""
        listed: list[Command] = []
        for part in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
            words, _, shown = re.sub(r"\\\n\s*", "", part).partition("\n")
            listed.append(Command(words, shown))
        return listed


def blocks(page: Path) -> list[Block]:
    """A page's blocks, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            "board" if one["board"] else one["kind"],
            one["text"],
            text.count("\n", 0, one.start()) + 1,
            one["reason"] or "",
        )
        for one in BLOCK.finditer(text)
    ]


def furnish(folder: Path, samples: int | None = SAMPLES) -> None:
    """The files that pages speak of; of the test data so many samples."""
    folder.mkdir(exist_ok=True)
    (folder / "examples").symlink_to(EXAMPLES)
    for source, name in ((".keras", "model.keras"), ("_test.npz", "test.npz"), ("_calibration.npz", "calibration.npz")):
        shutil.copy(EXAMPLES / f"basic_motions{source}", folder / name)
    if samples is not None:
        with np.load(folder / "test.npz") as data:
            some = {name: array[:samples] for name, array in data.items()}
        np.savez(folder / "test.npz", **some)


def follow(page: Path, folder: Path, run: Callable[[str], tuple[int, str, str]]) -> list[str]:
    """Carry out the console blocks of a page; what is left out, with its reason.

    Args:
        run: carries out one command: exit code, stdout, stderr.
    """
    left = []
    for block in blocks(page):
        if block.kind != "console":
            continue
        if block.reason:
            left.append(f"{page.relative_to(ROOT)}:{block.line}: {block.reason}")
            continue
        assert block.commands(), f"{page}:{block.line}: a console block without a command"
        for command in block.commands():
            code, out, err = run(command.words)
            assert code == 0, f"{page}:{block.line}: {command.words}\nexit code {code}\n{out[-2000:]}{err[-2000:]}"
            if command.shown.strip():
                assert alike(command.shown, out), (
                    f"{page}:{block.line}: {command.words}\nsays\n{out}\nthe page\n{command.shown}"
                )
    return left


def alike(shown: str, printed: str) -> bool:
    """Whether a page shows this output; ``...`` matches anything, white space counts as one blank."""
    wanted = re.sub(r"\s*\.\.\.\s*", "...", " ".join(shown.split()))
    return doctest.OutputChecker().check_output(wanted + "\n", " ".join(printed.split()) + "\n", doctest.ELLIPSIS)


def program(page: Path) -> str:
    """The Python blocks of a page, as one program."""
    return "\n".join(block.text for block in blocks(page) if block.kind == "python" and not block.reason)


def shell(folder: Path, path: list[Path], **environment: str) -> Callable[[str], tuple[int, str, str]]:
    """Commands as a shell runs them in a folder, with programs from these folders first."""
    search_path = os.pathsep.join([*map(str, path), os.environ["PATH"]])
    env: Mapping[str, str] = {
        **os.environ, "PATH": search_path, "HOME": str(folder), "CI": "true", "NO_COLOR": "1", **environment
    }  # fmt: skip

    def run(words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            ["bash", "-c", words], cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def extras(words: str) -> list[str] | None:
    """Which extras of Gatesmith a ``pip install`` asks for; None of any other command."""
    command = shlex.split(words)
    if command[:2] != ["pip", "install"]:
        return None
    (packages,) = [re.fullmatch(r"\./gatesmith(?:\[([\w,]+)\])?", one) for one in command[2:]]
    assert packages, words
    return [one for one in (packages[1] or "").split(",") if one]
