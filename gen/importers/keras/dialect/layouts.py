"""The recurrent layouts of every Keras generation, and for comparison of PyTorch, ONNX and TFLite, as data for a page.

Sources: as in ``gates``; PyTorch 2 ``torch/nn/modules/rnn.py`` (documentation of LSTM, GRU, RNN), ONNX operators
LSTM-14, GRU-14, RNN-14, TensorFlow Lite ``kernels/lstm_shared.h``. What concerns Keras is held against files in the
tests.
"""

from __future__ import annotations

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


@dataclass(frozen=True)
class _Writer:
    name: str
    column: str
    """Column of the table of defaults."""
    path: str
    cell: str = ""
    """What stands before an array's name."""


FUSED = (
    _Writer("Keras 2.0 to 2.2", "Keras 2", "/model_weights/<layer>/<layer>/kernel:0"),
    _Writer("Keras 2.3", "Keras 2.3", "/model_weights/<layer>/<layer>/kernel:0"),
    _Writer("tf.keras 2", "tf.keras 2", "/model_weights/<layer>/<layer>/<cell>/kernel:0"),
    _Writer("Keras 3 .h5", "Keras 3", "/model_weights/<layer>/<model>/<layer>/<cell>/kernel"),
)
ZIPPED = (
    _Writer("Keras 2.12 to 2.15 .keras", "tf.keras 2", "layers/<class>[_n]/cell/vars/0"),
    _Writer("Keras 3 .keras", "Keras 3", "layers/<class>[_n]/cell/vars/0"),
)


def _default(cell: Cell, option: str, column: str) -> str:
    for entry in cell.options:
        if entry.name == option:
            return str(entry.default_in(column)).lower()
    return ""


def _keras(
    layer: str, form: str, writer: _Writer, order: str, arrays: tuple[tuple[str, str], ...], bias: str
) -> Layout:
    column, cell = writer.column, _cell(layer)
    return Layout(
        layer,
        writer.name,
        form,
        " ".join(order),
        arrays,
        bias,
        _default(cell, "activation", column),
        _default(cell, "recurrent_activation", column),
        _default(cell, "reset_after", column),
        HARD.get(column, HARD_BEFORE),
        writer.path,
    )


def _cell(layer: str) -> Cell:
    cell = cells()[layer].cell
    assert cell is not None
    return cell


def _wide(cell: Cell) -> str:
    return f"{len(cell.order)}u" if len(cell.order) > 1 else "u"


def _separate(layer: str) -> list[Layout]:
    """Keras 0.3 and 1: an array for each gate and role."""
    order = _cell(layer).separate
    shapes = {"W": "(n, u)", "U": "(u, u)", "b": "(u,)"}
    named = tuple((f"<layer>_{role}_{gate}", shapes[role]) for gate in order for role in shapes)
    bare = tuple((f"param_{index}", shape) for index, (_, shape) in enumerate(named))
    bias = "one array a gate"
    return [
        _keras(layer, "", _Writer("Keras 0.3", "Keras 0", "/layer_<N>/param_<i>"), order, bare, bias),
        _keras(
            layer,
            "consume_less=cpu or mem",
            _Writer("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W_i"),
            order,
            named,
            bias,
        ),
    ]


def _fused(layer: str) -> list[Layout]:
    cell = _cell(layer)
    wide, order = _wide(cell), cell.order
    short = (("<layer>_W", f"(n, {wide})"), ("<layer>_U", f"(u, {wide})"), ("<layer>_b", f"({wide},)"))
    old = _Writer("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W")
    found = [_keras(layer, "consume_less=gpu" if cell.separate else "", old, order, short, "one set")]
    for writer in FUSED + ZIPPED:
        names = ("vars/0", "vars/1", "vars/2") if writer in ZIPPED else ("kernel", "recurrent_kernel", "bias")
        for after in (False, True) if cell.reset_after else (None,):
            if after and writer.column == "Keras 2":
                form, bias, shape = "reset_after=true (from 2.1.5)", "input and recurrent row", f"(2, {wide})"
            elif after:
                form, bias, shape = "reset_after=true", "input and recurrent row", f"(2, {wide})"
            else:
                form, bias, shape = "" if after is None else "reset_after=false", "one set", f"({wide},)"
            arrays = ((names[0], f"(n, {wide})"), (names[1], f"(u, {wide})"), (names[2], shape))
            found.append(_keras(layer, form, writer, order, arrays, bias))
    return found


def _cudnn(layer: str) -> Layout:
    cell = _cell(layer)
    double = f"{2 * len(cell.order)}u"
    arrays = (
        ("kernel", f"(n, {_wide(cell)}), each gate stored column by column"),
        ("recurrent_kernel", f"(u, {_wide(cell)}), each gate transposed"),
        ("bias", f"({double},)"),
    )
    return Layout(
        layer,
        "Keras 2 and tf.keras",
        f"CuDNN{layer}",
        " ".join(cell.order),
        arrays,
        "all input biases, then all recurrent biases",
        "tanh",
        "sigmoid",
        "always" if cell.reset_after else "",
        HARD_BEFORE,
        "/model_weights/<layer>/<layer>/kernel:0",
    )


def _others(layer: str) -> list[Layout]:
    """PyTorch's, ONNX's and TFLite's."""
    cell = _cell(layer)
    wide, double = _wide(cell), f"{2 * len(cell.order)}u"
    sigmoid = "sigmoid" if len(cell.order) > 1 else ""
    torch = (
        ("weight_ih_l0", f"({wide}, n)"),
        ("weight_hh_l0", f"({wide}, u)"),
        ("bias_ih_l0", f"({wide},)"),
        ("bias_hh_l0", f"({wide},)"),
    )
    onnx = (
        ("W", f"(directions, {wide}, n)"),
        ("R", f"(directions, {wide}, u)"),
        ("B", f"(directions, {double})"),
    )
    always = "always" if cell.reset_after else ""
    linear = "linear_before_reset, default 0" if cell.reset_after else ""
    both, rows = "input and recurrent, both used", "all input biases, then all recurrent biases"
    hard, clipped = "clip(x / 6 + 0.5, 0, 1)", "max(0, min(1, 0.2 x + 0.5))"
    return [
        Layout(layer, "PyTorch", "", cell.torch, torch, both, "tanh", sigmoid, always, hard, ""),
        Layout(layer, "ONNX", "", cell.onnx, onnx, rows, "tanh", sigmoid, linear, clipped, ""),
        *([_tflite(layer, cell)] if cell.tflite else []),
    ]


def _tflite(layer: str, cell: Cell) -> Layout:
    """Of the operator UNIDIRECTIONAL_SEQUENCE_LSTM; other recurrent layers are loops or plain operators there."""
    arrays: list[tuple[str, str]] = []
    for gate in ("input", "forget", "cell", "output"):
        arrays += [(f"input_to_{gate}_weights", "(u, n)"), (f"recurrent_to_{gate}_weights", "(u, u)")]
        arrays += [(f"{gate}_gate_bias", "(u,)")]
    return Layout(
        layer, "TFLite", "", cell.tflite, tuple(arrays), "one array a gate", "tanh", "sigmoid", "", HARD["Keras 3"], ""
    )


def layouts() -> tuple[Layout, ...]:
    """The layouts of every recurrent layer, each from the oldest Keras on, then PyTorch, ONNX and TFLite."""
    found = []
    for layer in cells():
        cell = _cell(layer)
        found += _separate(layer) if cell.separate else []
        found += _fused(layer)
        found += [_cudnn(layer)] if cell.cudnn else []
        found += _others(layer)
    return tuple(found)
