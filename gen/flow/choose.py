"""Choose: a model on every core in every numeric type, each measured once; which board and type are the least that do.

Where a type errs more than is allowed, layers that need it are given wider ones: a mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from ..boards import target
from ..boards.backends import C99
from ..core.errors import UsageError
from ..core.settings import SILENT, Progress, Settings
from ..numerics import NUMERICS
from .limits import NONE, Limits, unlimited
from .measure import Measurements, store
from .plan import numerics_of
from .results import Candidate, Choice
from .validate import ask
from .weigh import begin, errors_of, judge

UNITS = {"hz": 1.0, "khz": 1e3, "mhz": 1e6}


def rate_of(text: str | None) -> float | None:
    """Steps a second from ``10Hz``, ``2.5kHz`` or a number.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    word = text.strip().lower()
    unit = next((unit for unit in ("khz", "mhz", "hz") if word.endswith(unit)), "")
    try:
        rate = float(word.removesuffix(unit)) * UNITS.get(unit, 1.0)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e9:
        raise UsageError(f'--rate {text}: how often a step comes, as "10Hz"', fix="--rate 10Hz, --rate 2.5kHz")
    return rate


def boards_of(wanted: Sequence[str]) -> list[str]:
    """The boards that are meant: names with commas between them, or every board that is emulated here.

    Raises:
        UsageError: a target does not exist, or nothing can be said of it.
    """
    named = [name for words in wanted for name in words.split(",") if name]
    if wanted and not named:
        raise UsageError("--boards names no board", fix="--boards NAME,NAME; or leave it out")
    if not named:
        return [name for name in target.names() if target.load(name).emulator and target.load(name).backend == C99]
    for name in named:
        board = target.load(name)
        if not board.emulator or board.backend != C99:
            raise UsageError(
                f"nothing that counts stands in for {name}", fix="gatesmith targets lists what boards are emulated on"
            )
    return list(dict.fromkeys(named))


def choose(
    path: Path,
    settings: Settings,
    data: Path,
    input: Path | None = None,
    boards: Sequence[str] = (),
    limits: Limits = NONE,
    progress: Progress = SILENT,
) -> Choice:
    """Measure a model on boards in numeric types, and find the least that keeps limits.

    Args:
        data: calibrates integers. Without ``input``, every fourth sample is held out to judge by.
        boards: as of :func:`boards_of`.

    Raises:
        GatesmithError: the model, the data or the command line are refused; what befalls a board is told of it.
    """
    names = boards_of(boards)
    settings = replace(unlimited(settings), calibration=str(data), emulate=True)
    asked = ask(path, settings, input or data, progress, held_out=input is None)
    types = _types(names, settings.numeric)
    with progress.step("errors"):
        errors = errors_of(asked, settings, types, limits)
    found: list[Candidate] = []
    with Measurements(store(settings.cache)) as measurements:
        begun = [(name, begin(asked, replace(settings, target=name), errors, measurements)) for name in names]
        for name, waits in begun:
            with progress.step(name):
                for done, wait in enumerate(waits):
                    progress.counted(done, len(waits))
                    found.append(wait())
    rows, best = judge(found, limits)
    return Choice(asked.model, asked.note, len(asked.inputs[0]), rows, best, limits, data, input)


def _types(names: Sequence[str], wanted: str | None) -> list[str]:
    taken = [numeric for name in names for numeric in numerics_of(target.load(name))]
    found = [name for name in NUMERICS if name in taken and wanted in (None, name)]
    if not found:
        raise UsageError(f'no board takes the numeric type "{wanted}"', fix=f"choose one of: {', '.join(NUMERICS)}")
    return found


def command_of(choice: Choice) -> str:
    """The command that writes the chosen code."""
    best = choice.best
    assert best is not None
    words = ["gatesmith", "generate", str(choice.model.path), "--target", best.target, "--numeric", best.numeric]
    if NUMERICS[best.numeric].integer:
        words += ["--calibration", str(choice.data)]
    words += [word for kept in best.kept for word in ("--keep", kept)]
    return " ".join(map(quote, [*words, "--output", f"{Path(best.target).stem}_model"]))
