"""The recurrent layouts of every Keras generation, and for comparison of PyTorch and ONNX, as data for a page.

Sources: as in ``gates``; PyTorch 2 ``torch/nn/modules/rnn.py`` (documentation of LSTM, GRU, RNN), ONNX operators
LSTM-14, GRU-14, RNN-14. What concerns Keras is held against files in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from .config import CELLS
from .gates import ORDER, SEPARATE_ORDER

HARD = {"Keras 3": "clip(x / 6 + 0.5, 0, 1)"}
"""hard_sigmoid in Keras 3; all before: :data:`HARD_BEFORE`."""
HARD_BEFORE = "clip(0.2 x + 0.5, 0, 1)"


@dataclass(frozen=True)
class Layout:
    """How one writer keeps one recurrent layer. ``n`` is the number of inputs, ``u`` of units."""

    layer: str
    """``LSTM`` | ``GRU`` | ``SimpleRNN``."""
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
    """Default; empty for SimpleRNN."""
    reset_after: str
    """GRU: default, or ``always``/``never``; empty otherwise."""
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
NUMBER = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


def _default(layer: str, option: str, column: str) -> str:
    for entry in CELLS[layer]:
        if entry.name == option:
            return str(entry.default_in(column)).lower()
    return ""


def _keras(
    layer: str, form: str, writer: _Writer, order: str, arrays: tuple[tuple[str, str], ...], bias: str
) -> Layout:
    column = writer.column
    return Layout(
        layer,
        writer.name,
        form,
        " ".join(order),
        arrays,
        bias,
        _default(layer, "activation", column),
        _default(layer, "recurrent_activation", column),
        _default(layer, "reset_after", column),
        HARD.get(column, HARD_BEFORE),
        writer.path,
    )


def _wide(layer: str) -> str:
    return f"{NUMBER[layer]}u" if NUMBER[layer] > 1 else "u"


def _separate(layer: str) -> list[Layout]:
    """Keras 0.3 and 1: an array for each gate and role."""
    order = SEPARATE_ORDER[layer]
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
    wide, order = _wide(layer), ORDER[layer]
    short = (("<layer>_W", f"(n, {wide})"), ("<layer>_U", f"(u, {wide})"), ("<layer>_b", f"({wide},)"))
    old = _Writer("Keras 1", "Keras 1", "/model_weights/<layer>/<layer>_W")
    found = [_keras(layer, "" if layer == "SimpleRNN" else "consume_less=gpu", old, order, short, "one set")]
    for writer in FUSED + ZIPPED:
        names = ("vars/0", "vars/1", "vars/2") if writer in ZIPPED else ("kernel", "recurrent_kernel", "bias")
        for after in (False, True) if layer == "GRU" else (None,):
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
    double = f"{2 * NUMBER[layer]}u"
    arrays = (
        ("kernel", f"(n, {_wide(layer)}), each gate stored column by column"),
        ("recurrent_kernel", f"(u, {_wide(layer)}), each gate transposed"),
        ("bias", f"({double},)"),
    )
    return Layout(
        layer,
        "Keras 2 and tf.keras",
        f"CuDNN{layer}",
        " ".join(ORDER[layer]),
        arrays,
        "all input biases, then all recurrent biases",
        "tanh",
        "sigmoid",
        "always" if layer == "GRU" else "",
        HARD_BEFORE,
        "/model_weights/<layer>/<layer>/kernel:0",
    )


def _others() -> list[Layout]:
    torch, onnx = (
        {"LSTM": "i f g o", "GRU": "r z n", "SimpleRNN": "h"},
        {"LSTM": "i o f c", "GRU": "z r h", "SimpleRNN": "i"},
    )
    found = []
    for layer, gates in torch.items():
        wide = _wide(layer)
        arrays = (
            ("weight_ih_l0", f"({wide}, n)"),
            ("weight_hh_l0", f"({wide}, u)"),
            ("bias_ih_l0", f"({wide},)"),
            ("bias_hh_l0", f"({wide},)"),
        )
        after = "always" if layer == "GRU" else ""
        sigmoid = "" if layer == "SimpleRNN" else "sigmoid"
        bias = "input and recurrent, both used"
        found.append(
            Layout(layer, "PyTorch", "", gates, arrays, bias, "tanh", sigmoid, after, "clip(x / 6 + 0.5, 0, 1)", "")
        )
    for layer, gates in onnx.items():
        wide = _wide(layer)
        double = f"{2 * NUMBER[layer]}u"
        three = (
            ("W", f"(directions, {wide}, n)"),
            ("R", f"(directions, {wide}, u)"),
            ("B", f"(directions, {double})"),
        )
        after = "linear_before_reset, default 0" if layer == "GRU" else ""
        sigmoid = "" if layer == "SimpleRNN" else "sigmoid"
        bias = "all input biases, then all recurrent biases"
        found.append(
            Layout(layer, "ONNX", "", gates, three, bias, "tanh", sigmoid, after, "max(0, min(1, 0.2 x + 0.5))", "")
        )
    return found


def layouts() -> tuple[Layout, ...]:
    """All layouts: LSTM, GRU, SimpleRNN, each from the oldest Keras on, then PyTorch and ONNX."""
    found = []
    others = _others()
    for layer in ORDER:
        found += [] if layer == "SimpleRNN" else _separate(layer)
        found += _fused(layer)
        found += [] if layer == "SimpleRNN" else [_cudnn(layer)]
        found += [entry for entry in others if entry.layer == layer]
    return tuple(found)
