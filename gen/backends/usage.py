"""The use of a generated model: its inputs and the meaning of its outputs. Every example, in C or Python, follows it.

A model is used as it was validated. A window of fixed length gets its samples one by one and gives outputs when it is
full. A stream gives outputs at its own rate. A sequence of open length starts with zero states and gives outputs at its
end, or at each step.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import UsageError
from ..core.graph import Graph
from ..core.op import Op
from .base import Generated, PortView

WINDOW, STREAM, SEQUENCE, WHOLE = "window", "stream", "sequence", "whole"
"""Ways to feed a model: samples until a window is full; a stream; a sequence of open length; all values at once."""
CLASSES, BINARY, LABELS, VALUES = "classes", "binary", "labels", "values"
"""Kinds of outputs: the largest of several values; yes or no; several yes or no; quantities."""


@dataclass(frozen=True)
class OutputNames:
    """The data's or the user's names for outputs: names of classes, and units of quantities."""

    classes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An output as an example prints it.

    Args:
        task: ``classes``, ``binary``, ``labels`` or ``values``.
        values: values of one answer, along the output's last axis.
        names: names of the classes, if known.
        units: units of the values, if known: one for all, or one per value.
        shares: whether the values are probabilities.
    """

    port: PortView
    task: str
    values: int
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    shares: bool = False

    @property
    def rows(self) -> int:
        """Answers in one step's output; in the whole output if it has no time axis."""
        return self.port.step // self.values

    @property
    def number(self) -> str:
        """The format of a value for ``printf`` and Python: far from 0, six digits may not distinguish its integers."""
        form = self.port.format
        return "%.9g" if form.integer and (form.has_far_zero or form.features) else "%g"


@dataclass(frozen=True)
class Usage:
    """The way a model is called.

    Args:
        feed: ``window``, ``stream``, ``sequence`` or ``whole``.
        window: samples of a window; 0 for other ways.
        stepped: whether a window goes through the model sample by sample, so that it is never stored whole.
        stateful: whether states persist from one sequence to the next, without a reset.
        filler: the value of masked samples, which fill a short sequence; None if nothing is masked.
    """

    model: Generated
    feed: str
    answers: tuple[Answer, ...]
    window: int
    stepped: bool
    stateful: bool
    filler: float | None

    @property
    def by_samples(self) -> bool:
        """Whether each call takes one sample of the sequences."""
        return self.feed != WHOLE

    def sample(self, port: PortView) -> int:
        """Values of an input per call: one sample of a sequence, all values of other inputs."""
        return port.frame // self.window if self.gathered(port) and port.axis is None else port.frame

    def gathered(self, port: PortView) -> bool:
        """Whether an input is a sequence with samples that come one by one."""
        return self.by_samples and (port.axis is not None or (len(self.model.inputs) == 1 and len(port.shape) == 2))

    def rows(self, answer: Answer) -> int | None:
        """Answers of one call; None if their number is that of the sequence's steps."""
        if answer.port.axis is None or self.feed == STREAM or self.at_each_step:
            return answer.rows
        if self.feed == SEQUENCE:
            return None
        alike = any(port.axis == answer.port.axis for port in self.model.inputs)
        return answer.rows * (self.window if alike and self.window else self.model.lengths[answer.port.axis])

    @property
    def at_each_step(self) -> bool:
        """Whether a sequence of open length gives outputs at each step, not at its end."""
        return (
            self.feed == SEQUENCE and self.model.causal and any(answer.port.axis is not None for answer in self.answers)
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in sentences."""
        if self.feed == WINDOW:
            short = () if self.filler is None else (f"Fill a shorter one with {self.filler:g}, which the model masks.",)
            return (f"It takes {_samples(self.window)} one by one, and answers after the last.", *short)
        if self.feed == STREAM:
            rate = self.model.rate
            assert rate is not None
            first = "with the first" if rate.first == 1 else f"with sample {rate.first}"
            then = "with each sample" if rate.every == 1 else f"with every {rate.every} samples"
            return (f"It takes samples as they come: the first answer comes {first}, then one {then}.",)
        if self.feed == SEQUENCE:
            when = "after each" if self.at_each_step else "after the last"
            return (f"It takes a sequence of any length, sample by sample, and answers {when}.",)
        return ("It takes all values of its inputs at once, and answers.",)


def usage(model: Generated, graph: Graph | None = None, words: OutputNames | None = None) -> Usage:
    """The way a model is called.

    Args:
        graph: the float model, which gives the meaning of the outputs; by default, the generated one.
        words: names of classes and units.

    Raises:
        UsageError: names or units fit no output.
    """
    meaning = model.graph if graph is None else graph
    feed = _feed(model)
    whole = any(port.axis is not None for port in model.outputs)
    axis = next((model.axes[port.axis] for port in model.inputs if port.axis is not None), None)
    window = 0
    if feed == WINDOW:
        window = (axis.fixed or axis.length or 0) if axis else next(p.shape[0] or 0 for p in model.inputs)
    stepped = model.causal and axis is not None and not (whole or model.graph.stateful)
    filler = _filler(meaning) if feed == WINDOW else None
    answers = _answers(model, meaning, words or OutputNames())
    return Usage(model, feed, answers, window, stepped, model.graph.stateful, filler)


def _filler(graph: Graph) -> float | None:
    """The value that marks a sample of the only input as masked."""
    readers = [node.op for node in graph.nodes if node.inputs[0] == graph.inputs[0].tensor]
    return next((op.marker for op in readers if op.marker is not None), None) if len(graph.inputs) == 1 else None


def _feed(model: Generated) -> str:
    if model.rate is not None:
        return STREAM
    if len(model.axes) == 1 and any(port.axis is not None for port in model.inputs):
        axis = model.axes[0]
        return SEQUENCE if axis.fixed is None and axis.length is None else WINDOW
    first = model.inputs[0]
    alone = len(model.inputs) == 1 and first.axis is None and not first.in_arena
    return WINDOW if alone and len(first.shape) == 2 and first.shape[0] != 1 else WHOLE


def _answers(model: Generated, graph: Graph, words: OutputNames) -> tuple[Answer, ...]:
    """The meaning of each output.

    Raises:
        UsageError: names or units fit no output.
    """
    makers = graph.producer()
    answers = []
    for port, source in zip(model.outputs, graph.outputs, strict=True):
        tensor = source.tensor
        while (node := makers.get(tensor)) is not None and node.op.view is not None:
            tensor = node.inputs[0]
        values = 1 if len(port.shape) == (port.axis is not None) else port.shape[-1] or 1
        answers.append(_answer(port, None if node is None else node.op, values, words))
    sizes = " and ".join(str(answer.values) for answer in answers)
    if words.classes and not any(answer.names for answer in answers):
        raise UsageError(
            f"--classes: {len(words.classes)} names fit no output of this model",
            why=f"its outputs have {sizes} values",
            fix="a name for each value of an output; two names, the no first, of one probability",
        )
    if words.units and not any(answer.units for answer in answers):
        raise UsageError(
            f"--units: {len(words.units)} units fit no output of this model",
            why=f"its outputs have {sizes} values, or are classes",
            fix="one unit for all values of an output, or a unit for each of them",
        )
    return tuple(answers)


def _answer(port: PortView, op: Op | None, values: int, words: OutputNames) -> Answer:
    shares = op is not None and op.shares
    names = words.classes if len(words.classes) == (2 if values == 1 else values) else ()
    if values == 1 and shares and names:
        return Answer(port, BINARY, values, names, shares=True)
    if op is not None and op.chooses:
        return Answer(port, CLASSES, values, names, shares=shares)
    if names and values > 1:
        return Answer(port, LABELS if shares else CLASSES, values, names, shares=shares)
    units = words.units if not shares and len(words.units) in (1, values) else ()
    return Answer(port, VALUES, values, units=units, shares=shares)


def _samples(count: int) -> str:
    return f"{count:,} sample{'s' if count > 1 else ''}"
