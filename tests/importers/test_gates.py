"""Recurrent weights of every generation: canonical arrays, and the slice of the stored array that each gate is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import ModelError
from gatesmith.importers.keras.containers.stored import StoredArray
from gatesmith.importers.keras.dialect.gates import Gates, read_gates
from gatesmith.importers.keras.dialect.kinds import cells
from gatesmith.importers.keras.dialect.layouts import layouts
from gatesmith.importers.keras.dialect.site import Site

N, U = 3, 4
CELLS = {name: kind.cell for name, kind in cells().items() if kind.cell is not None}
ORDER = {name: cell.order for name, cell in CELLS.items()}
RNG = np.random.default_rng(3)
SITE = Site("m.h5", "rnn", "LSTM", (("rnn", "LSTM"),))


def stored(named: Sequence[tuple[str, np.ndarray]]) -> list[StoredArray]:
    return [StoredArray(name, f"/w/{name}", data, index) for index, (name, data) in enumerate(named)]


def truth(kind: str, sides: int = 1) -> dict[str, np.ndarray]:
    wide = len(ORDER[kind]) * U
    bias = RNG.normal(size=(sides, wide)) if sides == 2 else RNG.normal(size=wide)
    weights = {"kernel": RNG.normal(size=(N, wide)), "recurrent_kernel": RNG.normal(size=(U, wide)), "bias": bias}
    return {name: data.astype("float32") for name, data in weights.items()}


def block(data: np.ndarray, kind: str, gate: str) -> np.ndarray:
    at = ORDER[kind].index(gate) * U
    return data[..., at : at + U]


def read(kind: str, arrays: list[StoredArray], **options: Any) -> Gates:
    config = {"units": U, "use_bias": True, "reset_after": False, **options}
    gates = read_gates(CELLS[kind], arrays, config, bool(options.get("stated")), bool(options.get("cudnn")), SITE)
    check_slices(gates, kind)
    return gates


def check_slices(gates: Gates, kind: str) -> None:
    """Every slice and its code can be evaluated and give the gate's values; together they are the canonical arrays."""
    for part in gates.gates:
        a = part.array.data
        np.testing.assert_array_equal(eval(part.code, {"a": a}), part.data)
        cut = eval(f"a{part.slice}", {"a": a})
        assert cut.size == part.data.size
        assert part.code.startswith(f"a{part.slice}")
        assert bool(part.transform) == (part.code != f"a{part.slice}")
    for role, name in (("kernel", "kernel"), ("recurrent", "recurrent_kernel")):
        for gate in ORDER[kind]:
            (part,) = (p for p in gates.gates if (p.role, p.gate) == (role, gate))
            np.testing.assert_array_equal(part.data, block(gates.weights[name], kind, gate))
    assert [part.gate for part in gates.gates] == sorted((p.gate for p in gates.gates), key=ORDER[kind].index)


def keras_1(kind: str, order: str, weights: dict[str, np.ndarray], names: bool = True) -> list[StoredArray]:
    letters = (("W", "kernel"), ("U", "recurrent_kernel"), ("b", "bias"))
    parts = [
        (f"{kind.lower()}_1_{letter}_{gate}:0" if names else f"param_{index}", block(weights[name], kind, gate))
        for index, (gate, (letter, name)) in enumerate((g, each) for g in order for each in letters)
    ]
    return stored(parts)


@pytest.mark.parametrize(("kind", "order"), [("LSTM", "icfo"), ("GRU", "zrh")])
@pytest.mark.parametrize("names", [True, False])
def test_keras_1_arrays_by_letter_and_keras_0_by_position(kind: str, order: str, names: bool) -> None:
    weights = truth(kind)
    gates = read(kind, keras_1(kind, order, weights, names))
    for name, data in weights.items():
        np.testing.assert_array_equal(gates.weights[name], data)
    assert gates.order == " ".join(order)
    assert ("array names" in gates.evidence) == names
    assert len(gates.gates) == 3 * len(order)


def test_letters_rule_over_positions() -> None:
    weights = truth("LSTM")
    arrays = keras_1("LSTM", "icfo", weights)
    RNG.shuffle(arrays)  # type: ignore[arg-type]
    np.testing.assert_array_equal(read("LSTM", arrays).weights["kernel"], weights["kernel"])


def cudnn(kind: str, weights: dict[str, np.ndarray]) -> list[StoredArray]:
    """What CuDNNLSTM and CuDNNGRU store: Keras 2.3.1's own conversion from the plain layer, ``from_cudnn=False``."""
    count = len(ORDER[kind])
    kernel = np.hstack([k.T.reshape(k.shape, order="C") for k in np.hsplit(weights["kernel"], count)])
    recurrent = np.hstack([k.T for k in np.hsplit(weights["recurrent_kernel"], count)])
    return stored([("kernel:0", kernel), ("recurrent_kernel:0", recurrent), ("bias:0", weights["bias"].reshape(-1))])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("by_class", [True, False])
def test_cudnn_by_class_or_by_bias_length(kind: str, by_class: bool) -> None:
    weights = truth(kind, 2)
    gates = read(kind, cudnn(kind, weights), cudnn=by_class, reset_after=True, stated=kind == "GRU")
    assert gates.cudnn
    np.testing.assert_array_equal(gates.weights["kernel"], weights["kernel"])
    np.testing.assert_array_equal(gates.weights["recurrent_kernel"], weights["recurrent_kernel"])
    bias = weights["bias"] if kind == "GRU" else weights["bias"].sum(axis=0)
    np.testing.assert_array_equal(gates.weights["bias"], bias)
    assert any(f"{2 * len(ORDER[kind])} x {U}" in line for line in gates.evidence)
    first = gates.gates[0]
    assert (first.transform, first.code) == ("F", f"a[:, 0:{U}].T.reshape({N}, {U}, order='F')")
    assert ("two bias sets added" in gates.derived) == (kind == "LSTM")


def test_forget_bias_is_evidence() -> None:
    weights = truth("LSTM")
    weights["bias"] = np.zeros(4 * U, "float32")
    weights["bias"][U : 2 * U] = 1.02
    gates = read("LSTM", stored(list(weights.items())))
    assert any("forget bias near 1 (mean 1.02" in line for line in gates.evidence) and not gates.derived


@pytest.mark.parametrize("stated", [True, False])
def test_what_a_configuration_does_not_say_is_no_evidence(stated: bool) -> None:
    gates = read("GRU", stored(list(truth("GRU", 2).items())), reset_after=stated, stated=stated)
    assert ("config says reset_after=true" in gates.evidence) == stated


@pytest.mark.parametrize(
    ("kind", "change", "options", "message"),
    [
        ("LSTM", {"kernel": (N, 12)}, {}, r"kernel of shape \(3, 12\), expected \(3, 16\)"),
        ("LSTM", {"recurrent_kernel": (4, 12)}, {}, r"recurrent_kernel of shape \(4, 12\), expected \(4, 16\)"),
        ("LSTM", {"bias": (17,)}, {}, r"bias of shape \(17,\), expected \(16,\)"),
        ("LSTM", {"bias": (16,)}, {"cudnn": True}, r"expected \(32,\)"),
        ("LSTM", {"kernel": ()}, {}, r"of shape \(\)"),
        ("GRU", {"bias": (2, 12)}, {"stated": True}, "reset_after=False"),
        ("GRU", {"bias": (12,)}, {"stated": True, "reset_after": True}, "reset_after=True"),
        ("GRU", {"bias": (24,)}, {"stated": True}, "CuDNN's"),
        ("SimpleRNN", {"bias": (8,)}, {}, r"expected \(4,\)"),
    ],
)
def test_wrong_shapes_name_layer_array_and_both_shapes(
    kind: str, change: dict[str, tuple[int, ...]], options: dict[str, Any], message: str
) -> None:
    weights = truth(kind) | {name: np.zeros(shape, "float32") for name, shape in change.items()}
    with pytest.raises(ModelError, match=message) as refusal:
        read(kind, stored(list(weights.items())), **options)
    assert 'layer "rnn"' in refusal.value.what


def test_missing_surplus_and_bad_values() -> None:
    arrays = stored(list(truth("LSTM").items()))
    with pytest.raises(ModelError, match="has 2 weight arrays, expected 3"):
        read("LSTM", arrays[:2])
    with pytest.raises(ModelError, match="has 3 weight arrays, expected 2"):
        read("LSTM", arrays, use_bias=False)
    arrays[1].data[0, 0] = np.nan
    with pytest.raises(ModelError, match="1 values in the array recurrent_kernel"):
        read("LSTM", arrays)


def test_float16_is_widened() -> None:
    weights = truth("GRU")
    gates = read("GRU", stored([(name, data.astype("float16")) for name, data in weights.items()]))
    assert gates.weights["kernel"].dtype == np.float32


def test_layouts_are_the_ones_that_are_read() -> None:
    """The page's table against the reader: arrays made as a row says are accepted."""
    rows = set()
    for row in layouts():
        if row.writer in ("PyTorch", "ONNX", "TFLite") or row.layer not in ORDER:  # a cell that another test registered
            continue
        wide = len(ORDER[row.layer]) * U
        sizes = {"n": N, "u": U, f"{wide // U}u": wide, f"{2 * wide // U}u": 2 * wide}
        named = []
        for name, shape in row.arrays:
            words = shape[1 : shape.index(")")].split(",")
            dims = tuple(sizes.get(word.strip(), 2) for word in words if word.strip())
            named.append((name.replace("<layer>", "rnn_1"), RNG.normal(size=dims).astype("float32")))
        is_cudnn = row.form.startswith("CuDNN")
        after = "reset_after=true" in row.form
        gates = read(
            row.layer, stored(named), cudnn=is_cudnn, reset_after=after or is_cudnn, stated=bool(row.reset_after)
        )
        assert gates.order == row.order
        rows.add((row.layer, row.writer, row.form))
    assert len(rows) > 25
