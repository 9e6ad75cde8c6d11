"""The reports of commands: ``--json`` prints them, a page shows them, ``gatesmith schema`` describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..budget.budget import Part
from ..importers.keras.dialect.spec import ModelOrigin
from ..version import __version__


class Report(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema"):
    """A command's report. Its schema is its tag."""

    gatesmith: str = __version__

    def as_json(self) -> dict[str, Any]:
        """The report for JSON: null for infinities and NaN."""
        data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return data


class ModelReport(Report, frozen=True, kw_only=True):
    """A report on a model file.

    Args:
        written_by: ``Keras 1.2.2``, ``tf.keras 2.6.0``, or the generation if the file has no version.
    """

    file: str
    weights_id: str
    written_by: str


def about(source: ModelOrigin) -> dict[str, Any]:
    """The fields of :class:`ModelReport`."""
    return {"file": source.path, "weights_id": source.weights_id, "written_by": source.written_by}


class Distance(msgspec.Struct, frozen=True):
    """The distance of outputs from the float model's.

    Args:
        agreement: the share of samples with the same largest output; None if outputs are no classes.
        trimmed_db: signal to noise in dB without the worst 2 % of samples.
        error: the largest error of nine samples of ten, in units of the outputs.
    """

    agreement: float | None
    trimmed_db: float
    error: float


class Tuning(ModelReport, frozen=True, kw_only=True, tag="gatesmith/tune/1"):
    """The results of tuning.

    Args:
        numeric: the numeric type.
        samples, held_out: the number of calibration samples, and of those among them that only decide.
        steps, best: the number of steps, and the step whose weights are used; 0: the initial ones.
        interrupted: whether Ctrl-C ended it.
        seconds: time of the steps.
        calibrated, tuned: distances of the integers from the float model before and after tuning, on the held-out
            samples and noisy copies of them.
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
    """Bytes of flash and RAM; None if not known."""

    flash: int | None
    ram: int | None


class BuildReport(ModelReport, frozen=True, kw_only=True, tag="gatesmith/build/1"):
    """A program in a folder.

    Args:
        how: ``host``, ``emulator`` (of a board) or ``board`` (by PlatformIO).
        elf, map, listing: files; None if a tool for them is missing.
        command: the command that starts the program here; empty for a board's own program.
        model: bytes of the model alone; None if they are not known.
        program: bytes of the whole program without its stack; None if the tool for them is missing.
        board: bytes of the board's flash and RAM.
        stack: bytes of the model's deepest call chain, from the compiler; None if not known.
        stand_in: the emulator's name; empty if there is none.
        options: options of ``validate`` for the same program. target_option: the option of ``flash``.
        notes: notes on the generated code.
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
    """Flash or RAM of a board; fields as in :class:`gatesmith.budget.budget.MemoryBudget`."""

    used: int
    limit: int
    free: int
    least: int
    most: int
    parts: tuple[Part, ...]


class BoardBudget(msgspec.Struct, frozen=True, kw_only=True):
    """A model on a board in a numeric type; fields as in :class:`gatesmith.budget.budget.Budget`.

    Args:
        code: the method behind the code's bytes.
        layers: bytes of constants by layer.
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
    """A model on boards; ``unknown`` are targets without bounds, or with a compiler that was never measured.

    Args:
        macs: multiply-adds per ``macs_per``: ``step`` or ``call``, like milliseconds. For a call of open length, those
            of one of its steps.
        notes: notes on options that change nothing in any of the numeric types.
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
        oracle: the oracle of the self-test's outputs.
        platformio: boards of a PlatformIO project, each an environment of it.
        macs: multiply-adds per ``macs_per``: ``step`` or ``call``. For a call of open length, those of one step.
        notes: notes on the generated code.
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
    """A block of the arena.

    Args:
        layer: the layer that writes or uses it; for an input, the input's name.
        what: ``output``, ``input``, or ``scratch``.
        dtype: NumPy's name of its type.
        offset, bytes: its offset and size.
        rows: its number of rows if they are computed one by one; else 1.
        kept: the number of rows that are stored at the same time.
        first, last: its first and last moment of use.
        until: the last layer that reads it; empty for scratch.
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
        states: bytes that persist from step to step.
        inputs, outputs: bytes of a sample's ports in the caller's memory, outside the arena.
        moments: number of moments: one per node, or one per row of a node.
        groups: groups of interleaved layers.
        held: the blocks of the arena, by first use.
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
        options: options of ``validate`` for this board.
    """

    file: str
    target: str
    port: str | None
    model_id: str | None
    options: str


class InspectReport(Report, frozen=True, kw_only=True, tag="gatesmith/inspect/1"):
    """The contents of a model file; ``layers`` with their options, arrays and gates."""

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
    """A model computed step by step.

    Args:
        why, fix: reason and remedy if the model does not stream.
        output: steps from output to output, the first step with one, and the delay.
        own_frames: number of frames that each window computes for itself.
        macs_step, macs_anew: multiply-adds per step, and those if each output were computed from scratch.
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
    """The layouts of gates in each Keras generation."""

    layouts: list[dict[str, Any]]


class TargetsReport(Report, frozen=True, kw_only=True, tag="gatesmith/targets/1"):
    """Facts of targets."""

    targets: list[dict[str, Any]]


class ChooseReport(Report, frozen=True, kw_only=True, tag="gatesmith/choose/1"):
    """A model on boards in numeric types; ``choice`` and ``command`` are null if no combination meets the limits."""

    model: str
    weights_id: str
    data: str
    input: str | None
    samples: int
    notes: tuple[str, ...]
    rate: float | None
    max_error: float | None
    max_accuracy_drop: float | None
    max_ms: float | None
    max_flash: int | None
    choice: dict[str, Any] | None
    command: str | None
    candidates: list[dict[str, Any]]
