"""What commands answer: ``--json`` prints it, a page shows it, ``gatesmith schema`` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..budget.budget import Part
from ..importers.keras.dialect.spec import ModelOrigin
from ..version import __version__


class Report(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema"):
    """A command's answer. Its schema is its tag."""

    gatesmith: str = __version__

    def as_json(self) -> dict[str, Any]:
        """As JSON has it: null for what is no number."""
        data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return data


class ModelReport(Report, frozen=True, kw_only=True):
    """An answer about a model file.

    Args:
        written_by: ``Keras 1.2.2``, ``tf.keras 2.6.0``, or the generation where the file has no version.
    """

    file: str
    weights_id: str
    written_by: str


def about(source: ModelOrigin) -> dict[str, Any]:
    """The fields of :class:`ModelReport`."""
    return {"file": source.path, "weights_id": source.weights_id, "written_by": source.written_by}


class Distance(msgspec.Struct, frozen=True):
    """How far answers are from the float model's.

    Args:
        agreement: the share of samples with the same largest output; None where outputs are no classes.
        trimmed_db: signal to noise in dB without the worst 2 % of samples.
        error: what nine samples of ten stay below, in units of the outputs.
    """

    agreement: float | None
    trimmed_db: float
    error: float


class Tuning(ModelReport, frozen=True, kw_only=True, tag="gatesmith/tune/1"):
    """What tuning has brought.

    Args:
        numeric: the type.
        samples, held_out: of the calibration data, and how many of them only decide.
        steps, best: steps made, and the one whose weights are kept.
        interrupted: whether Ctrl-C ended it.
        seconds: what the steps took.
        calibrated, tuned: how far from the float model the integers are, before and after, on the samples held out and
            noisy copies of them.
        output: the file that was written.
    """

    numeric: str
    samples: int
    held_out: int
    steps: int
    best: int
    interrupted: bool
    seconds: float
    calibrated: Distance
    tuned: Distance
    output: str | None


class Bytes(msgspec.Struct, frozen=True):
    """Bytes of flash and RAM; None where nobody knows."""

    flash: int | None
    ram: int | None


class BuildReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/build/1"):
    """A program in a folder.

    Args:
        how: ``host``, ``emulator`` (for a board's stand-in) or ``board`` (through PlatformIO).
        elf, map, listing: files; None where a tool for it is missing.
        command: what starts the program here; empty for a board's own.
        model: bytes of the model alone, None where they are not told apart.
        program: bytes of the whole program without its stack, None where the tool for it is missing.
        board: what there is of both.
        stack: bytes of the model's deepest call chain, as the compiler knows it; None if it cannot tell.
        stand_in: the emulator's name; empty if there is none.
        options: by which ``validate`` takes the same program. target_option: by which ``flash`` does.
        notes: on the generated code.
    """

    model_id: str
    target: str
    how: str
    folder: str
    elf: str
    map: str | None = None
    listing: str | None = None
    command: tuple[str, ...] = ()
    model: Bytes | None = None
    program: Bytes | None = None
    board: Bytes
    stack: int | None = None
    stand_in: str
    options: str
    target_option: str
    notes: tuple[str, ...]


class MemoryUse(msgspec.Struct, frozen=True):
    """Flash or RAM of a board; fields as of :class:`gatesmith.budget.budget.MemoryBudget`."""

    used: int
    limit: int
    free: int
    least: int
    most: int
    parts: tuple[Part, ...]


class BoardBudget(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a board in a numeric type; fields as of :class:`gatesmith.budget.budget.Budget`.

    Args:
        code: how the code's bytes are known.
        layers: bytes of constants.
    """

    target: str
    numeric: str
    fits: str
    code: str
    not_compiled: str | None
    reasons: tuple[str, ...]
    flash: MemoryUse
    ram: MemoryUse
    stack: int
    milliseconds: float | None
    milliseconds_error: float | None
    by_steps: bool
    layers: Mapping[str, int]
    largest_array: int
    code_like: str | None


class BudgetReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/budget/1"):
    """A model on boards; ``unknown`` are targets without bounds, or whose compiler nobody has measured.

    Args:
        macs: multiply-adds of a ``macs_per``: ``step`` or ``call``, as milliseconds are. A call of open length is told
            by one of its steps.
        notes: on options that change nothing in any of the numeric types.
    """

    macs: int
    macs_per: str
    counted: str = "bare firmware: model, link, port, C library; no Arduino core, no SDK"
    budgets: tuple[BoardBudget, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


class GenerateReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/generate/1"):
    """A folder of generated files.

    Args:
        oracle: what the self-test's answers are by.
        platformio: boards of a PlatformIO project, each an environment of it.
        macs: multiply-adds of a ``macs_per``: ``step`` or ``call``. A call of open length is told by one of its steps.
        notes: on the generated code.
    """

    model_id: str
    folder: str
    files: list[str]
    oracle: str
    platformio: tuple[str, ...]
    weight_bytes: int
    state_bytes: int
    macs: int
    macs_per: str
    notes: tuple[str, ...]


class Allocation(msgspec.Struct, frozen=True):
    """Something in the arena.

    Args:
        layer: that makes it, or works with it; an input's own name.
        what: ``output``, ``input``, or ``scratch``.
        dtype: NumPy's name of its type.
        offset, bytes: where it lies, and how long it is.
        rows: how many it has, where they come and go one by one; 1 where it is one whole.
        kept: how many of them have a place at a time.
        first, last: the first and the last moment at which some of it is needed, of all moments.
        until: the last layer that reads it; empty of scratch.
    """

    layer: str
    what: str
    dtype: str
    offset: int
    bytes: int
    rows: int
    kept: int
    first: int
    last: int
    until: str


class MemoryReport(Report, frozen=True, kw_only=True, tag="gatesmith/memory/1"):
    """The plan of a model's working memory in a numeric type.

    Args:
        arena: bytes of the arena.
        states: bytes that last from step to step.
        inputs, outputs: bytes of a sample's, which the caller holds: of ports that do not lie in the arena.
        moments: of all work: a node's, or one for each of its rows.
        groups: layers that take turns, a row each.
        held: what lies in the arena, in the order in which it comes.
    """

    file: str
    numeric: str
    arena: int
    states: int
    inputs: int
    outputs: int
    moments: int
    groups: tuple[tuple[str, ...], ...]
    held: tuple[Allocation, ...]


class FlashReport(Report, frozen=True, kw_only=True, tag="gatesmith/flash/1"):
    """A model on a board.

    Args:
        model_id: None for a folder.
        options: by which ``validate`` asks the board.
    """

    file: str
    target: str
    port: str | None
    model_id: str | None
    options: str


class InspectReport(Report, frozen=True, kw_only=True, tag="gatesmith/inspect/1"):
    """What a model file holds; ``layers`` with their options, arrays and gates."""

    file: str
    format: str
    sha256: str
    generation: str
    keras_version: str
    backend: str
    weights_id: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    model: dict[str, str]
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    parameters: int
    macs_per_step: int
    macs_once: int
    macs_total: int | None
    steps: int | None
    state_bytes: int
    layers: list[dict[str, Any]]


class GatesReport(Report, frozen=True, kw_only=True, tag="gatesmith/gates/1"):
    """Every gate's slices, by layer."""

    file: str
    sha256: str
    generation: str
    keras_version: str
    weights_id: str
    layers: dict[str, Any]


class StreamReport(Report, frozen=True, kw_only=True, tag="gatesmith/stream/1"):
    """A model on its time axis.

    Args:
        why, fix: of a model that does not stream.
        output: every how many steps, first at which, how late.
        own_frames: of each window, made for it alone.
        macs_step, macs_anew: multiply-adds a step, and if each output were computed anew.
    """

    file: str
    window: int | None
    hop: int | None
    streams: bool
    why: str
    fix: tuple[str, ...]
    output: dict[str, int] | None
    finishes: bool
    own_frames: int
    carried: str
    macs_step: int
    macs_anew: int
    layers: list[dict[str, Any]]


class LayoutsReport(Report, frozen=True, kw_only=True, tag="gatesmith/layouts/1"):
    """How each Keras generation stores gates."""

    layouts: list[dict[str, Any]]


class TargetsReport(Report, frozen=True, kw_only=True, tag="gatesmith/targets/1"):
    """Facts of targets."""

    targets: list[dict[str, Any]]


class ChooseReport(Report, frozen=True, kw_only=True, tag="gatesmith/choose/1"):
    """A model on boards in numeric types; ``choice`` and the ``command`` that writes it are null if none does."""

    model: str
    weights_id: str
    data: str
    input: str | None
    samples: int
    rate: float | None
    max_error: float | None
    max_accuracy_drop: float | None
    max_ms: float | None
    max_flash: int | None
    choice: dict[str, Any] | None
    command: str | None
    candidates: list[dict[str, Any]]
