"""The recurrent layouts of every Keras generation, and for comparison of PyTorch, ONNX and TFLite, as data for a page.

Sources: as in ``gates``; PyTorch 2 ``torch/nn/modules/rnn.py`` (documentation of LSTM, GRU, RNN), ONNX operators
LSTM-14, GRU-14, RNN-14, TensorFlow Lite ``kernels/lstm_shared.h``. What concerns Keras is held against files in the
tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .kinds import Cell, cells

HARD = {"Keras 3": "clip(x / 6 + 0.5, 0, 1)"}
"""hard_sigmoid in Keras 3; all before: :data:`HARD_BEFORE`."""
HARD_BEFORE = "clip(0.2 x + 0.5, 0, 1)"


@dataclass(frozen=True)
class Layout:
    """How one writer keeps one recurrent layer. ``n`` is the number of inputs, ``u`` of units."""

    layer: str
    """The layer's class."""
    writer: str
    """``Keras 1``, ``PyTorch``, ..."""
    form: str
    """What sets this layout apart within a writer: ``consume_less=cpu or mem``; often empty."""
    order: str
    """Gates in stored order, in the writer's own letters."""
    arrays: tuple[tuple[str, str], ...]
    """(name, shape) in stored order."""
    bias: str
    activation: str
    """Default."""
    recurrent_activation: str
    """Default; empty where a cell has no such function."""
    reset_after: str
    """Default, or ``always``/``never``; empty where a cell has one form."""
    hard_sigmoid: str
    """What that name means there."""
    path: str
    """Where a file keeps the arrays."""


KERNEL, ROWS = "/model_weights/<layer>/<layer>/kernel:0", "all input biases, then all recurrent biases"
FUSED = (
    ("Keras 2.0 to 2.2", "Keras 2", KERNEL),
    ("Keras 2.3", "Keras 2.3", KERNEL),
    ("tf.keras 2", "tf.keras 2", "/model_weights/<layer>/<layer>/<cell>/kernel:0"),
    ("Keras 3 .h5", "Keras 3", "/model_weights/<layer>/<model>/<layer>/<cell>/kernel"),
    ("Keras 2.12 to 2.15 .keras", "tf.keras 2", "layers/<class>[_n]/cell/vars/0"),
    ("Keras 3 .keras", "Keras 3", "layers/<class>[_n]/cell/vars/0"),
)
"""Writer, column of the table of defaults, place in the file."""


class _Layer:
    """The layouts of one recurrent layer."""

    def __init__(self, name: str, cell: Cell) -> None:
        self.name, self.cell = name, cell
        gates = len(cell.order)
        self.wide = f"{gates}u" if gates > 1 else "u"
        self.double = f"{2 * gates}u"
        self.always = "always" if cell.reset_after else ""

    def keras(
        self, writer: str, column: str, path: str, form: str, order: str, arrays: dict[str, str], bias: str
    ) -> Layout:
        """A layout with the defaults of its Keras."""
        defaults = {option.name: str(option.default_in(column)).lower() for option in self.cell.options}
        inner, outer, after = (defaults.get(key, "") for key in ("activation", "recurrent_activation", "reset_after"))
        hard, listed = HARD.get(column, HARD_BEFORE), tuple(arrays.items())
        return Layout(self.name, writer, form, " ".join(order), listed, bias, inner, outer, after, hard, path)

    def separate(self) -> Iterator[Layout]:
        """Keras 0.3 and 1: an array for each gate and role."""
        shapes = {"W": "(n, u)", "U": "(u, u)", "b": "(u,)"}
        order, bias = self.cell.separate, "one array a gate"
        named = {f"<layer>_{role}_{gate}": shape for gate in order for role, shape in shapes.items()}
        bare = {f"param_{index}": shape for index, shape in enumerate(named.values())}
        yield self.keras("Keras 0.3", "Keras 0", "/layer_<N>/param_<i>", "", order, bare, bias)
        form = "consume_less=cpu or mem"
        yield self.keras("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W_i", form, order, named, bias)

    def fused(self) -> Iterator[Layout]:
        """All gates in one array: Keras 1 on a GPU, and all later."""
        cell, wide = self.cell, self.wide
        short = {"<layer>_W": f"(n, {wide})", "<layer>_U": f"(u, {wide})", "<layer>_b": f"({wide},)"}
        form = "consume_less=gpu" if cell.separate else ""
        path = "/model_weights/<layer>/<layer>_W"
        yield self.keras("Keras 1", "Keras 1", path, form, cell.order, short, "one set")
        for writer, column, path in FUSED:
            names = ("kernel", "recurrent_kernel", "bias") if path.startswith("/") else ("vars/0", "vars/1", "vars/2")
            for after in (False, True) if cell.reset_after else (None,):
                form = "" if after is None else f"reset_after={str(after).lower()}"
                form += " (from 2.1.5)" if after and column == "Keras 2" else ""
                bias, shape = ("input and recurrent row", f"(2, {wide})") if after else ("one set", f"({wide},)")
                arrays = dict(zip(names, (f"(n, {wide})", f"(u, {wide})", shape), strict=True))
                yield self.keras(writer, column, path, form, cell.order, arrays, bias)

    def other(self, writer: str, order: str, arrays: dict[str, str], bias: str, *words: str) -> Layout:
        """A layout without a Keras's defaults; ``words``: of reset_after and hard_sigmoid, form and path."""
        reset_after, hard, form, path = (*words, "", "")[:4]
        sigmoid = "sigmoid" if len(self.cell.order) > 1 else ""
        listed = tuple(arrays.items())
        return Layout(self.name, writer, form, order, listed, bias, "tanh", sigmoid, reset_after, hard, path)

    def cudnn(self) -> Layout:
        """The form of cuDNN, in files of its layers."""
        arrays = {
            "kernel": f"(n, {self.wide}), each gate stored column by column",
            "recurrent_kernel": f"(u, {self.wide}), each gate transposed",
            "bias": f"({self.double},)",
        }
        words = (self.always, HARD_BEFORE, f"CuDNN{self.name}", KERNEL)
        return self.other("Keras 2 and tf.keras", " ".join(self.cell.order), arrays, ROWS, *words)

    def foreign(self) -> Iterator[Layout]:
        """PyTorch's, ONNX's and TFLite's."""
        cell, wide = self.cell, self.wide
        torch = {"weight_ih_l0": f"({wide}, n)", "weight_hh_l0": f"({wide}, u)"}
        torch |= {"bias_ih_l0": f"({wide},)", "bias_hh_l0": f"({wide},)"}
        yield self.other("PyTorch", cell.torch, torch, "input and recurrent, both used", self.always, HARD["Keras 3"])
        onnx = {"W": f"(directions, {wide}, n)", "R": f"(directions, {wide}, u)", "B": f"(directions, {self.double})"}
        linear = "linear_before_reset, default 0" if cell.reset_after else ""
        yield self.other("ONNX", cell.onnx, onnx, ROWS, linear, "max(0, min(1, 0.2 x + 0.5))")
        if cell.tflite:  # of the operator UNIDIRECTIONAL_SEQUENCE_LSTM; other layers are loops or plain operators there
            tflite: dict[str, str] = {}
            for gate in ("input", "forget", "cell", "output"):
                tflite |= {f"input_to_{gate}_weights": "(u, n)", f"recurrent_to_{gate}_weights": "(u, u)"}
                tflite |= {f"{gate}_gate_bias": "(u,)"}
            yield self.other("TFLite", cell.tflite, tflite, "one array a gate", "", HARD["Keras 3"])


def layouts() -> tuple[Layout, ...]:
    """The layouts of every recurrent layer, each from the oldest Keras on, then PyTorch, ONNX and TFLite."""
    listed: list[Layout] = []
    for name, kind in cells().items():
        assert kind.cell is not None
        layer = _Layer(name, kind.cell)
        listed += layer.separate() if kind.cell.separate else ()
        listed += layer.fused()
        listed += [layer.cudnn()] if kind.cell.cudnn else []
        listed += layer.foreign()
    return tuple(listed)
