"""Programs that show the use of a model, for several platforms; and ``NAME_push.h``, to which they pass samples."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import File, PortView
from ..usage import SEQUENCE, STREAM, WHOLE, WINDOW, Answer, Usage
from .kernels.sets import page
from .literals import ctype


@dataclass(frozen=True)
class Platform:
    """A platform for an example.

    Args:
        entry: the function that the system calls.
        includes: headers besides standard ones.
        wait: code that waits for the time of the next sample, regardless of how long the model took; empty if the
            system has no time.
        reads: whether samples are numbers on standard input; else reading them is left to the user.
    """

    entry: str = "int main(void)"
    includes: tuple[str, ...] = ()
    wait: str = ""
    reads: bool = False


NATIVE = Platform(reads=True)
BARE = Platform()
TICKS = """static TickType_t last;

    if (xTaskDelayUntil(&last, pdMS_TO_TICKS(SAMPLE_MS)) == pdFALSE) { /* late: the rate starts anew */
        vTaskDelay(1);
        last = xTaskGetTickCount();
    }"""
UNTIL = """static uint32_t last;
    const uint32_t passed = (uint32_t){now} - last; /* the model took a part of it */
    const uint32_t left = passed < SAMPLE_MS ? SAMPLE_MS - passed : 1; /* late: the rate starts anew */

    {sleep};
    last += passed + left;"""
ESP_IDF = Platform("void app_main(void)", ("freertos/FreeRTOS.h", "freertos/task.h"), TICKS)
ZEPHYR = Platform(
    includes=("zephyr/kernel.h",), wait=UNTIL.format(now="k_uptime_get_32()", sleep="k_msleep((int32_t)left)")
)
ARDUINO = Platform("void loop()", wait=UNTIL.format(now="millis()", sleep="delay(left)"))


@dataclass(frozen=True)
class Example:
    """A usage on a platform, in C."""

    u: Usage
    p: Platform

    @property
    def pushes(self) -> bool:
        """Whether samples go through ``NAME_push.h``."""
        return self.u.feed in (WINDOW, STREAM)

    @property
    def up(self) -> str:
        return self.u.model.name.upper()

    @property
    def header(self) -> str:
        return f"{self.u.model.name}{'_push' if self.pushes else ''}.h"

    @property
    def reader(self) -> str:
        """The name of the function that reads inputs."""
        return "read_input" if self.u.feed == WHOLE else "read_sample"

    def real(self, port: PortView) -> bool:
        """Whether the reader gives real numbers for an input: always, except for inputs that are read at once and in
        place."""
        return not port.format.integer or self.u.feed != WHOLE

    def reader_type(self, port: PortView) -> str:
        """The C type of the reader's values."""
        return "float" if self.real(port) else ctype(port.dtype)

    def size(self, port: PortView) -> str:
        """The number of values from the reader, as a C expression."""
        name = f"{self.up}_{port.name.upper()}"
        if self.u.sample(port) != port.frame:
            return f"{name} / {self.up}_WINDOW"
        return f"{name} * {self.u.model.lengths[port.axis]}" if self.u.feed == WHOLE and port.axis is not None else name

    def room(self, port: PortView) -> str:
        """The number of values of an output, as a C expression."""
        name = f"{self.up}_{port.name.upper()}"
        answer = next(answer for answer in self.u.answers if answer.port is port)
        rows = self.u.rows(answer)
        if rows is None:
            return f"{name} * {self.most}"
        times = rows * answer.values // port.step
        return f"{name} * {f'{self.up}_WINDOW' if times == self.u.window else times}" if times > 1 else name

    @property
    def most(self) -> str:
        """The largest number of steps of a stored sequence, as a C expression."""
        axis = self.u.model.axes[0]
        return f"{self.up}_MAX_{axis.name.upper()}" if axis.capacity is not None else str(self.u.model.lengths[0])

    def quantized(self, port: PortView, value: str, index: str = "k") -> str:
        """A real number in the input's format."""
        if not port.format.integer:
            return value
        place = f"{index}, " if port.format.features else ""
        return f"{self.u.model.name}_quantize_{port.name}({place}{value})"

    def value(self, answer: Answer, index: str) -> str:
        """A value of an answer as a real number."""
        text = f"y[{index}]"
        place = f"{index}, " if answer.port.format.features else ""
        return f"{self.u.model.name}_real_{answer.port.name}({place}{text})" if answer.port.format.integer else text

    @property
    def run(self) -> str:
        """The arguments of a whole call."""
        model, prefix = self.u.model, "all_" if self.u.feed == SEQUENCE else ""
        free = [str(self.u.model.lengths[i]) for i, axis in enumerate(model.axes) if axis.fixed is None]
        steps = ["steps"] if prefix else free
        return ", ".join([*(prefix + p.name for p in model.inputs), *steps, *(p.name for p in model.outputs)])

    def count(self, answer: Answer) -> str:
        """The number of answers of one call, as a C expression."""
        rows = self.u.rows(answer)
        if rows is None:
            return f"{answer.rows} * steps" if answer.rows > 1 else "steps"
        return str(rows)


def example(usage: Usage, platform: Platform = NATIVE) -> str:
    """A program that reads samples and prints the model's outputs."""
    return page("main.c.mako", e=Example(usage, platform))


def sketch(usage: Usage, speed: int) -> str:
    """The same for Arduino; ``speed`` is that of the serial line, in baud."""
    return page("step.ino.mako", e=Example(usage, ARDUINO), speed=speed or 115200)


def push(usage: Usage) -> dict[str, File]:
    """``NAME_push.h``: takes a sensor's samples one per call, and gives outputs for windows a hop apart.

    Empty if no input is one sequence of samples.
    """
    model = usage.model
    if usage.feed == WHOLE:
        return {}
    axis = model.axes[0] if model.axes else None
    window = usage.window or model.lengths[0]
    text = page("push.h.mako", u=usage, window=window, fixed=axis is None or axis.fixed is not None)
    return {f"{model.name}_push.h": File(text, "gathers a sensor's samples, one a call, into windows")}


def calls(usage: Usage) -> tuple[str, ...]:
    """The calls for users to make."""
    model = usage.model
    name, ins, outs = (model.name, [port.name for port in model.inputs], [port.name for port in model.outputs])
    if usage.feed in (WINDOW, STREAM):
        call = f"{name}_push{'_float' if model.integer else ''}({', '.join(['&model', *ins, *outs])})"
        return (
            f'#include "{name}_push.h"',
            f"static {name}_push_t model;",
            f"{name}_push_reset(&model);  /* once */",
            f"if ({call})  /* each sample; 1 if there is an answer */",
        )
    lines = (f'#include "{name}.h"', f"static {name}_t model;")
    if usage.feed == SEQUENCE and model.causal:
        step = f"{name}_step({', '.join(['&model', *ins, *outs])});"
        return (*lines, f"{name}_reset(&model);  /* before each sequence */", f"{step}  /* each sample */")
    free = [axis.name for axis in model.axes if axis.fixed is None]
    return (*lines, f"{name}_run({', '.join(['&model', *ins, *free, *outs])});  /* everything at once */")
