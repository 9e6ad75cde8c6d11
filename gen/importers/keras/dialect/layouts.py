"""The recurrent layouts of every Keras generation and, for comparison, of PyTorch, ONNX and TFLite, for a page.

Sources: as in ``gates``; PyTorch 2 ``torch/nn/modules/rnn.py`` (documentation of LSTM, GRU, RNN), ONNX operators
LSTM-14, GRU-14, RNN-14, TensorFlow Lite ``kernels/lstm_shared.h``. The tests compare Keras's layouts with files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ....core.graph import shape_text
from .kinds import Cell, cells

HARD = {"Keras 3": "clip(x / 6 + 0.5, 0, 1)"}
"""hard_sigmoid in Keras 3; in all earlier ones: :data:`HARD_BEFORE`."""
HARD_BEFORE = "clip(0.2 x + 0.5, 0, 1)"


@dataclass(frozen=True)
class GateLayout:
    """One writer's layout of one recurrent layer. ``n`` is the number of inputs, ``u`` of units."""

    layer: str
    """The layer's class."""
    writer: str
    """``Keras 1``, ``PyTorch``, ..."""
    form: str
    """The option that selects this layout of a writer: ``consume_less=cpu or mem``; often empty."""
    order: str
    """Gates in stored order, in the writer's own letters."""
    arrays: tuple[tuple[str, str], ...]
    """(name, shape) in stored order."""
    bias: str
    activation: str
    """Default."""
    recurrent_activation: str
    """Default; empty if a cell has no such function."""
    reset_after: str
    """Default, or ``always``/``never``; empty if a cell has one form."""
    hard_sigmoid: str
    """The formula under that name there."""
    path: str
    """Path of the arrays in a file."""


KERNEL, ROWS = "/model_weights/<layer>/<layer>/kernel:0", "all input biases, then all recurrent biases"
OLD = (
    ("Keras 0.3", "Keras 0", "/layer_<N>/param_<i>", "param_{0}", "separate"),
    ("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W_i", "<layer>_{1}", "separate"),
    ("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W", "<layer>_{1}", "short"),
)
FUSED = (
    ("Keras 2.0 to 2.2", "Keras 2", KERNEL, "{1}"),
    ("Keras 2.3", "Keras 2.3", KERNEL, "{1}"),
    ("tf.keras 2", "tf.keras 2", "/model_weights/<layer>/<layer>/<cell>/kernel:0", "{1}"),
    ("Keras 3 .h5", "Keras 3", "/model_weights/<layer>/<model>/<layer>/<cell>/kernel", "{1}"),
    ("Keras 2.12 to 2.15 .keras", "tf.keras 2", "layers/<class>[_n]/cell/vars/0", "vars/{0}"),
    ("Keras 3 .keras", "Keras 3", "layers/<class>[_n]/cell/vars/0", "vars/{0}"),
)
"""Writer, column of the table of defaults, place in the file, an array's name by its number and word."""


@dataclass(frozen=True)
class _Units:
    """``u``, or ``4u``."""

    times: int = 1

    def __rmul__(self, times: int) -> _Units:
        return _Units(times * self.times)

    def __str__(self) -> str:
        return f"{self.times}u" if self.times > 1 else "u"


U = _Units()


def _keras(name: str, cell: Cell) -> Iterator[GateLayout]:
    """The layouts of every Keras, with its defaults."""
    rows = [row for row in OLD if cell.separate or row[-1] != "separate"]
    rows += [(*row, form) for row in FUSED for form in (("row", "rows") if cell.reset_after else ("row",))]
    for writer, column, path, word, form in rows:
        setting, order = "", cell.separate if form == "separate" else cell.order
        if column == "Keras 1" and cell.separate:
            setting = "consume_less=cpu or mem" if form == "separate" else "consume_less=gpu"
        elif cell.reset_after and form in ("row", "rows"):
            setting = f"reset_after={str(form == 'rows').lower()}"
            setting += " (from 2.1.5)" if form == "rows" and column == "Keras 2" else ""
        arrays = enumerate(cell.arrays(form, "n", U).items())
        listed = tuple((word.format(index, role), shape_text(shape)) for index, (role, shape) in arrays)
        bias = {"separate": "one array a gate", "rows": "input and recurrent row"}.get(form, "one set")
        defaults = {option.name: str(option.default_in(column)).lower() for option in cell.options}
        inner, outer, after = (defaults.get(key, "") for key in ("activation", "recurrent_activation", "reset_after"))
        hard = HARD.get(column, HARD_BEFORE)
        yield GateLayout(name, writer, setting, " ".join(order), listed, bias, inner, outer, after, hard, path)


def _frameworks(name: str, cell: Cell) -> Iterator[GateLayout]:
    """The layouts of cuDNN, PyTorch, ONNX and TFLite."""
    wide, double = len(cell.gates) * U, 2 * len(cell.gates) * U
    always, outer = "always" if cell.reset_after else "", "sigmoid" if len(cell.gates) > 1 else ""

    def layout(writer: str, order: str, arrays: dict[str, str], bias: str, *words: str) -> GateLayout:
        after, hard, form, path = (*words, "", "")[:4]
        return GateLayout(name, writer, form, order, tuple(arrays.items()), bias, "tanh", outer, after, hard, path)

    if cell.cudnn:
        arrays = {
            "kernel": f"(n, {wide}), each gate stored column by column",
            "recurrent_kernel": f"(u, {wide}), each gate transposed",
            "bias": f"({double},)",
        }
        words = (always, HARD_BEFORE, f"CuDNN{name}", KERNEL)
        yield layout("Keras 2 and tf.keras", " ".join(cell.order), arrays, ROWS, *words)
    torch = {"weight_ih_l0": f"({wide}, n)", "weight_hh_l0": f"({wide}, u)"}
    torch |= {"bias_ih_l0": f"({wide},)", "bias_hh_l0": f"({wide},)"}
    yield layout("PyTorch", cell.torch, torch, "input and recurrent, both used", always, HARD["Keras 3"])
    onnx = {"W": f"(directions, {wide}, n)", "R": f"(directions, {wide}, u)", "B": f"(directions, {double})"}
    linear = "linear_before_reset, default 0" if cell.reset_after else ""
    yield layout("ONNX", cell.onnx, onnx, ROWS, linear, "max(0, min(1, 0.2 x + 0.5))")
    if cell.tflite:  # of the operator UNIDIRECTIONAL_SEQUENCE_LSTM; other layers are loops or plain operators there
        tflite: dict[str, str] = {}
        for gate in ("input", "forget", "cell", "output"):
            tflite |= {f"input_to_{gate}_weights": "(u, n)", f"recurrent_to_{gate}_weights": "(u, u)"}
            tflite |= {f"{gate}_gate_bias": "(u,)"}
        yield layout("TFLite", cell.tflite, tflite, "one array a gate", "", HARD["Keras 3"])


def layouts() -> tuple[GateLayout, ...]:
    """The layouts of every recurrent layer, each from the oldest Keras on, then PyTorch, ONNX and TFLite."""
    cells_by_name = ((name, kind.cell) for name, kind in cells().items() if kind.cell is not None)
    return tuple(layout for name, cell in cells_by_name for layout in (*_keras(name, cell), *_frameworks(name, cell)))
