"""The result of ``gatesmith.convert``: generated code, its outputs, its costs, and its comparison with Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..backends.base import Generated
from ..core.errors import UsageError
from ..core.graph import Array
from ..files.single import write_file
from ..flow.budget import BudgetTable, table
from ..flow.built import built_here
from ..flow.calibrate import survey
from ..flow.facts import Facts
from ..flow.gather import gather
from ..flow.generate import generate
from ..flow.plan import Plan
from ..flow.results import ValidateResult
from ..flow.send import send
from ..flow.validate import validate
from ..importers.reading import Model, fitted
from ..oracle.compare import OutputComparison
from ..oracle.reference import evaluate
from ..quantization.prepare import in_numbers
from ..report.budget import budget_page
from ..report.html import html, trace_of
from ..report.page import Page, Sheet, Styled
from ..report.results import validate_page
from ..run.built import Built
from ..run.toolchain.host import has_compiler
from .calibration import Calibration
from .folder import Folder, Samples, arrays
from .showing import Shown
from .wording import in_python, pythonic


@dataclass(frozen=True, repr=False)
class Validation(Shown):
    """A device's outputs compared with Keras's.

    Args:
        result: all facts of the flow.
    """

    result: ValidateResult

    @property
    def passed(self) -> bool:
        """Whether the verdict is PASS."""
        return self.result.passed

    @property
    def verdict(self) -> str:
        """The judged quantity and its limit, in a sentence."""
        return self.facts.verdict

    @property
    def accuracy(self) -> float | None:
        """Accuracy of the first output on the device, 0 to 1; None without labels, and for a regression."""
        return self.outputs[0].accuracy_device

    @property
    def rmse(self) -> float | None:
        """RMSE of the first output against labels, in its units; None without labels, and for classes."""
        scores = self.outputs[0].scores
        return None if scores is None else scores.device.get("rmse")

    @property
    def max_error(self) -> float:
        """Largest difference from Keras over all outputs, in their units."""
        return max(row.max_abs for row in self.outputs)

    @property
    def outputs(self) -> tuple[OutputComparison, ...]:
        """Errors of each output."""
        return self.result.outputs

    @property
    def facts(self) -> Facts:
        """The report, as ``--report`` writes it."""
        return self.result.report

    def page(self) -> Page:
        """The page of ``gatesmith validate``."""
        return validate_page(self.result)

    def picture(self) -> str:
        """A picture of the first output compared with Keras's, if matplotlib is installed."""
        if find_spec("matplotlib") is None:
            return ""
        return trace_of(self.outputs[0].name, self.result.answers[0], self.result.right[0])

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        result = f"{'PASS' if self.passed else 'FAIL'}: {self.verdict}"
        return f"<Validation {result} ({self.facts.target}, {self.facts.numeric})>"


@dataclass(frozen=True, repr=False)
class Fit(Shown):
    """Flash, RAM and stack of a model on a board.

    Args:
        table: the model, and its budget in each requested numeric type.
    """

    table: BudgetTable

    def page(self) -> Page:
        """The page of ``gatesmith budget``."""
        return budget_page(self.table)

    @property
    def fits(self) -> str:
        """``yes``, ``close`` or ``no``: the best of the numeric types."""
        words = {one.fits for one in self.table.budgets}
        return next(word for word in ("yes", "close", "no") if word in words)

    @property
    def flash(self) -> int:
        """Bytes of flash, of the first numeric type."""
        return self.table.budgets[0].flash.used

    @property
    def ram(self) -> int:
        """Bytes of RAM, of the first numeric type."""
        return self.table.budgets[0].ram.used

    def __repr__(self) -> str:
        one = self.table.budgets[0]
        return f"<Fit {self.fits}: {one.target}, {one.numeric}, flash {self.flash:,} B, RAM {self.ram:,} B>"


class Artifact(Shown):
    """Generated code for a target.

    Attributes:
        files: path -> text of the library, or of the modules for MicroPython.
        generated: names, ports, model id, bytes.
    """

    def __init__(self, folder: Folder, model: Model, plan: Plan, generated: Generated) -> None:
        self._folder = folder
        self._model = model
        self._plan = plan
        self._programs: dict[tuple[tuple[int, ...], ...], Built] = {}
        self.generated = generated

    @property
    def name(self) -> str:
        """Prefix of the generated names."""
        return self.generated.name

    @property
    def target(self) -> str:
        """The board or machine."""
        return self._plan.target.name

    @property
    def numeric(self) -> str:
        """The numeric type."""
        return self._plan.numeric.name

    @property
    def files(self) -> Mapping[str, str]:
        """Path -> text of the library, or of the modules for MicroPython."""
        return self.generated.files

    @property
    def model_id(self) -> str:
        """16 hex digits: the id that a device reports before its outputs are compared."""
        return self.generated.model_id

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the code was generated."""
        return tuple(in_python(note) for note in self.generated.graph.notes)

    def page(self) -> Page:
        """The generated code and its costs."""
        return Page(self._draw)

    def _draw(self, page: Sheet) -> None:
        generated = self.generated
        page.line(Styled(self.name, "head"), f" | {self.target}, {self.numeric} | model id {self.model_id}")
        page.facts(
            ("model", self._model.reading.source.path),
            ("weights", f"{generated.weight_bytes:,} B"),
            ("state", f"{generated.state_bytes:,} B"),
            ("files", ", ".join(self.files)),
            *(("note", note) for note in self.notes),
            indent=2,
        )

    @pythonic
    def predict(self, x: Samples) -> Array | list[Array]:
        """The outputs of the generated code.

        Integers are computed by their definition in NumPy, and equal the device's bit for bit. Floats are those of the
        generated C, compiled for this machine; a board's outputs may differ in the last bits. Without a C compiler, and
        for MicroPython, they are the definition's in float64, which a device matches to its tolerance.

        Args:
            x: inputs, (samples, ...) each, as :data:`gatesmith.api.folder.Samples`.

        Returns:
            The output, (samples, ...) as float32, or a list if the model has several outputs.

        Raises:
            DataError: ``x`` does not fit the model.
            BuildError: the compiler fails.
        """
        inputs, _ = arrays(x, self._model.graph)
        plain = [np.asarray(one, np.float32) for one in inputs]
        model = fitted(self._model, plain)
        if not (self.generated.integer or self._plan.python) and has_compiler():
            outputs = self._compiled(model, plain)
        else:
            # The definition of the graph that was generated, for sequences as long as these.
            graph, settings, numeric = self.generated.graph, self._plan.settings, self._plan.numeric
            graph = graph if model is self._model else in_numbers(model, settings, numeric)
            outputs = evaluate(graph, plain, np.float64)
        return outputs[0] if len(outputs) == 1 else outputs

    def _compiled(self, model: Model, inputs: list[Array]) -> list[Array]:
        """Outputs of the C code, which is compiled once per shape of inputs."""
        shapes = tuple(x.shape[1:] for x in inputs)
        if shapes not in self._programs:
            generated = self.generated if model is self._model else None
            folder = self._folder.inner(f"program_{len(self._programs)}")
            self._programs[shapes] = built_here(model, self._plan, folder, generated)
        program = self._programs[shapes]
        with program.start() as device:
            return program.give(send(device, program.take(inputs), by_steps=False))

    @pythonic
    def validate(
        self,
        x: Samples | None = None,
        y: Any = None,
        *,
        emulate: bool = False,
        port: str | None = None,
        tolerance: float | None = None,
        samples: int | None = None,
        measure: bool = True,
    ) -> Validation:
        """Run the code and compare its outputs with Keras's.

        Args:
            x: inputs as for :meth:`predict`; without it, samples are chosen.
            y: labels, (samples,) or one-hot rows, for accuracies.
            emulate: run a board's program on an emulator.
            port: the port of a real board: ``/dev/ttyUSB0``, ``COM3``, ``socket://HOST:PORT``.
            tolerance: largest difference from Keras, x max(1, largest output). The default judges classes and accuracy,
                or the RMSE (:mod:`gatesmith.flow.verdict`).
            samples: number of samples of ``x`` to judge by, evenly spaced, or the first ones if the model is stateful;
                without ``x``, number of samples to choose.
            measure: whether to count instructions, bytes and stack too.

        Raises:
            GatesmithError: the data do not fit, a tool is missing, or the device fails. Differing is no error: see
                :attr:`Validation.passed`.
        """
        path, board = self._data(x, y), self._plan.target
        if not (emulate or port or board.is_host):
            raise UsageError(
                f"{board.name} is a board: say how to reach it",
                fix=(
                    "emulate=True runs it on an emulator of the board",
                    'port="/dev/ttyACM0" reaches a real one',
                    "without a target, gatesmith.convert makes code that this machine runs",
                ),
            )
        settings = replace(self._plan.settings, emulate=emulate, port=port, tolerance=tolerance, samples=samples)
        return Validation(validate(self._model.path, settings, path, measured=measure))

    @pythonic
    def budget(self, *boards: str) -> Fit:
        """Flash, RAM and stack on its target, or on other boards.

        Raises:
            UsageError: a board does not exist or has no bounds.
        """
        settings = replace(self._plan.settings, numeric=self._plan.numeric.name)
        return Fit(table(self._model.path, settings, boards or (self._plan.settings.target,)))

    @pythonic
    def calibrate(self, x: Samples | None = None, y: Any = None) -> Calibration:
        """Errors of its integers: each value compared with float, and the outputs.

        Args:
            x, y: inputs and labels on which errors are measured; the default is the calibration data.

        Raises:
            UsageError: its type is no integer type, or there are labels without inputs.
            DataError: ``x`` does not fit the model.
        """
        settings = replace(self._plan.settings, numeric=self._plan.numeric.name)
        return Calibration(survey(self._model.path, settings, self._data(x, y)))

    def _data(self, x: Samples | None, y: Any) -> Path | None:
        """Inputs and labels as a file.

        Raises:
            UsageError: labels without inputs.
            DataError: ``x`` does not fit the model.
        """
        if y is not None and x is None:
            raise UsageError("labels belong to inputs", fix="give x as well")
        return None if x is None else self._folder.data("x", x, self._model.graph, y)

    @pythonic
    def report(
        self,
        file: str | Path,
        x: Samples | None = None,
        y: Any = None,
        *,
        boards: Sequence[str] = (),
        emulate: bool = True,
    ) -> Validation | None:
        """Write a report in pictures: one HTML file that needs neither network nor JavaScript.

        Args:
            x: inputs, as for :meth:`validate`.
            y: labels, as for :meth:`validate`.
            boards: further targets; the report names those without an emulator here.
            emulate: run boards' programs on emulators; without it, only this machine runs.

        Returns:
            The validation of the target; None if it could not run.

        Raises:
            UsageError: matplotlib is not installed, or the file cannot be written.
        """
        path = self._data(x, y)
        targets = [self._plan.settings.target, *boards] if emulate else ["host"]
        gathered = gather(self._model.path, targets, self._plan.settings, input=path)
        write_file(Path(file), html(gathered))
        results = [row.done for row in gathered.runs.rows if row.target == targets[0]]
        return Validation(results[0]) if results and results[0] is not None else None

    @pythonic
    def save(self, folder: str | Path, *, format: str | None = None, force: bool = False) -> tuple[Path, ...]:
        """Write the folder that ``gatesmith generate`` writes: library, example, self-test, or a PlatformIO project.

        Args:
            format: the project around the code: ``make``, ``platformio``, ``library``, ``arduino``, ``idf``,
                ``zephyr`` or ``cmake``; the default is the target's.
            force: accept a folder that Gatesmith did not write; its other files stay.

        Returns:
            The files.

        Raises:
            UsageError: the folder holds files that Gatesmith did not write.
            BudgetError: the model does not fit the board.
        """
        settings = replace(self._plan.settings, format=format)
        return generate(self._model.path, Path(folder), settings, force).files

    def __repr__(self) -> str:
        generated = self.generated
        return (
            f"<Artifact {self.name}: {self.target}, {self.numeric}, {generated.weight_bytes:,} B weights,"
            f" {generated.state_bytes:,} B state, model id {self.model_id}>"
        )
