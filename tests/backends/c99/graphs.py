"""Graphs without Keras: random recurrent ones, built node by node, whatever a file would have called them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gatesmith.core.functions import LINEAR, Function, function
from gatesmith.core.graph import Graph, Op, Port
from gatesmith.importers.keras.dialect.generations import Rules
from gatesmith.importers.keras.layers.base import Builder
from gatesmith.layers.activation import Activation, VectorActivation
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.dense import Dense
from gatesmith.layers.dot import Dot
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.gru import Gru
from gatesmith.layers.layer_norm import LayerNorm
from gatesmith.layers.lstm import Lstm
from gatesmith.layers.masking import Masking
from gatesmith.layers.merge import Merge
from gatesmith.layers.normalize import Normalize
from gatesmith.layers.permute import Permute
from gatesmith.layers.prelu import Prelu
from gatesmith.layers.recurrent import Recurrent
from gatesmith.layers.repeat import Repeat
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.simple_rnn import SimpleRnn
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.quantize import quantize

Pick = Callable[[Sequence[Any]], Any]
"""Chooses one of several: a seeded generator's choice, or hypothesis's."""

KINDS = ("lstm", "gru", "gru_before", "simple_rnn")
SMOOTH = (
    Function("tanh"),
    Function("linear"),
    Function("sigmoid"),
    Function("relu"),
    Function("softsign"),
    Function("silu"),
    function("gelu", approximate=0.0),
    Function("hard_tanh"),
)
GATES = (Function("sigmoid"), function("hard_sigmoid", slope=0.2, offset=0.5))


class Maker:
    """Adds layers to a graph; weights come from a seed, everything else from ``pick``."""

    def __init__(self, pick: Pick, seed: int = 0) -> None:
        self.pick = pick
        self.rng = np.random.default_rng(seed)
        self.builder = Builder(Rules(), lambda *_: [])
        self.inputs: list[Port] = []
        self.outputs: list[Port] = []

    def weights(self, *shape: int) -> Any:
        scale = 1.0 / np.sqrt(shape[0]) if len(shape) > 1 else 0.3
        return self.rng.normal(0.0, scale, shape).astype(np.float32)

    def input(self, name: str, *shape: int | None) -> int:
        with self.builder.layer(name):
            ident = self.builder.tensor(name, shape)
        self.inputs.append(Port(name, ident))
        return ident

    def output(self, name: str, tensor: int) -> None:
        self.outputs.append(Port(name, tensor))

    def add(self, name: str, op: Op, *inputs: int, lead: int = 0) -> list[int]:
        with self.builder.layer(name):
            return self.builder.add(op, inputs, lead)

    def shape(self, tensor: int) -> tuple[int | None, ...]:
        return self.builder.shape(tensor)

    def cell(
        self, kind: str, inputs: int, units: int, *, masked: bool = False, initial: bool = False, **options: Any
    ) -> Recurrent:
        gates = {"lstm": 4, "gru": 3, "gru_before": 3, "simple_rnn": 1}[kind]
        wanted: tuple[int, ...] = (2, 3 * units) if kind == "gru" else (gates * units,)
        bias = self.weights(*wanted) if options.pop("bias", True) else None
        common = {
            "units": units,
            "inputs": inputs,
            "kernel": self.weights(inputs, gates * units),
            "recurrent": self.weights(units, gates * units),
            "bias": bias,
            "stateful": options.pop("stateful", False),
            "masked": masked,
            "initial": initial,
            "masked_output": options.pop("masked_output", "state"),
            "activation": options.pop("activation", Function("tanh")),
        }
        gate = options.pop("recurrent_activation", GATES[0])
        if kind == "simple_rnn":
            return SimpleRnn(**common)
        if kind == "lstm":
            return Lstm(**common, recurrent_activation=gate)
        return Gru(**common, recurrent_activation=gate, reset_after=kind == "gru")

    def dense(self, inputs: int, units: int, activation: Function = LINEAR) -> Dense:
        return Dense(self.weights(inputs, units), self.weights(units), activation)

    def graph(self) -> Graph:
        builder = self.builder
        whole = Graph("test", tuple(builder.tensors), tuple(builder.nodes), tuple(self.inputs), tuple(self.outputs))
        return whole.pruned().check()


def random_graph(pick: Pick, seed: int = 0) -> Graph:
    """A model of one of several plans, each with its own choices."""
    maker = Maker(pick, seed)
    pick(PLANS)(maker)
    return maker.graph()


def uneven(kind: str, reach: float, seed: int = 0, weighted: bool = False) -> Graph:
    """A cell with a linear candidate whose arguments are about ``reach`` times those of the gates beside it, by its
    bias or by its weights; the gates see the large output that comes of it by small weights."""
    maker = Maker(lambda options: options[0], seed)
    op = maker.cell(kind, 4, 9, activation=LINEAR)
    candidate = slice(18, 27)
    assert op.kernel is not None and op.recurrent is not None and op.bias is not None
    op.bias[..., candidate] *= reach
    if weighted:
        op.kernel[:, candidate] *= reach
    op.recurrent[:, :] /= reach
    op.recurrent[:, candidate] *= 0.3 * reach
    x = maker.input("sequence", None, 4)
    maker.output("everything", maker.add("rnn", op, x)[0])
    return maker.graph()


def _units(m: Maker) -> int:
    return int(m.pick((1, 2, 3, 5, 8, 13, 33)))


def _random_cell(m: Maker, width: int, **options: Any) -> Recurrent:
    options.setdefault("bias", m.pick((True, False)))
    options.setdefault("activation", m.pick(SMOOTH[:3]))
    options.setdefault("recurrent_activation", m.pick(GATES))
    return m.cell(m.pick(KINDS), width, _units(m), **options)


def _frame_op(m: Maker, x: int, name: str) -> int:
    """Something that works on each step alone."""
    width = m.shape(x)[-1]
    assert width is not None
    kind = m.pick(("dense", "activation", "softmax", "layer_norm", "normalize", "prelu", "residual", "reshape"))
    if kind == "dense":
        return m.add(name, m.dense(width, _units(m), m.pick(SMOOTH)), x, lead=1)[0]
    if kind == "activation":
        return m.add(name, Activation(m.pick(SMOOTH)), x, lead=1)[0]
    if kind == "softmax":
        return m.add(name, VectorActivation(Function(m.pick(("softmax", "log_softmax")))), x, lead=1)[0]
    if kind == "layer_norm":
        op = LayerNorm(0.1, m.pick((False, True)), m.weights(width), m.weights(width))
        return m.add(name, op, x, lead=1)[0]
    if kind == "normalize":
        return m.add(name, Normalize(m.weights(width), m.weights(1), None), x, lead=1)[0]
    if kind == "prelu":
        return m.add(name, Prelu(m.weights(width)), x, lead=1)[0]
    if kind == "reshape" and width % 2 == 0:
        (folded,) = m.add(name, Reshape((2, width // 2)), x, lead=1)
        (turned,) = m.add(name + "_turn", Permute((1, 0)), folded, lead=1)
        return m.add(name + "_flat", Reshape((width,)), turned, lead=1)[0]
    (other,) = m.add(name + "_branch", m.dense(width, width, Function("tanh")), x, lead=1)
    mode = m.pick(("add", "subtract", "multiply", "average", "maximum", "minimum"))
    return m.add(name, Merge(mode), x, other, lead=1)[0]


def _stack(m: Maker, x: int, mask: int | None = None) -> int:
    """One to three layers over a sequence."""
    for depth in range(m.pick((1, 2, 3))):
        width = m.shape(x)[-1]
        assert width is not None
        if depth and m.pick((True, False)):
            x = _frame_op(m, x, f"frame_{depth}")
        else:
            held = m.pick(("state", "previous", "zero"))
            op = _random_cell(m, width, masked=mask is not None, masked_output=held, stateful=m.pick((False, True)))
            x = m.add(f"rnn_{depth}", op, x, *([] if mask is None else [mask]))[0]
    return x


def plan_stack(m: Maker) -> None:
    """Stacked layers; the whole sequence and the last step are outputs, in any choice."""
    x = m.input("sequence", m.pick((None, 1, 2, 7)), m.pick((1, 2, 6)))
    mask = None
    if m.pick((False, True)):
        x, mask = m.add("masking", Masking(0.0), x, lead=1)
    x = _stack(m, x, mask)
    ends = m.pick((("all",), ("last",), ("all", "last"), ("last", "states")))
    width = m.shape(x)[-1]
    assert width is not None
    whole, last, *states = m.add("final", _random_cell(m, width, stateful=m.pick((False, True))), x)
    if "all" in ends:
        m.output("everything", whole)
    if "last" in ends:
        head = m.dense(m.shape(last)[0] or 1, 3)
        m.output("last", m.add("head", head, last)[0])
    if "states" in ends:
        for index, state in enumerate(states):
            m.output(f"state_{index}", state)


def plan_bidirectional(m: Maker) -> None:
    """Two directions, merged; maybe read by another layer; maybe masked."""
    width = m.pick((1, 3, 4))
    x = m.input("sequence", m.pick((None, 1, 2, 6)), width)
    masks: list[int] = []
    if m.pick((False, True)):
        x, mask = m.add("masking", Masking(0.0), x, lead=1)
        masks = [mask]
    kind, units = m.pick(KINDS), _units(m)
    held = m.pick(("state", "zero"))
    ahead, ahead_last, *_ = m.add(
        "ahead", m.cell(kind, width, units, masked=bool(masks), masked_output=held), x, *masks
    )
    turned = [m.add(f"turn_{i}", Reverse(), t)[0] for i, t in enumerate([x, *masks])]
    back, back_last, *_ = m.add("back", m.cell(kind, width, units, masked=bool(masks), masked_output=held), *turned)
    join: Op = m.pick((Concatenate(0), Merge("add"), Merge("average"), Merge("multiply")))
    if m.pick((False, True)):
        m.output("last", m.add("join", join, ahead_last, back_last)[0])
        return
    (back,) = m.add("turn_back", Reverse(), back)
    (joined,) = m.add("join", join, ahead, back, lead=1)
    if m.pick((False, True)):
        joined = m.add("after", _random_cell(m, m.shape(joined)[-1] or 1), joined)[0]
    m.output("everything", joined)
    if m.pick((False, True)):
        m.output("backwards", m.add("turn_out", Reverse(), joined)[0])


def plan_encoder_decoder(m: Maker) -> None:
    """States of one layer start another; RepeatVector or a second input feeds it."""
    width, units = m.pick((1, 3)), _units(m)
    kind = m.pick(KINDS)
    x = m.input("source", m.pick((None, 5)), width)
    _, last, *states = m.add("encoder", m.cell(kind, width, units), x)
    if m.pick((False, True)):
        feed, size = m.input("target", m.pick((None, 4)), 2), 2
    else:
        (feed,), size = m.add("repeat", Repeat(m.pick((1, 4))), last), units
    started = m.pick((True, False))
    whole, _, *final = m.add("decoder", m.cell(kind, size, units, initial=started), feed, *(states if started else []))
    m.output("text", m.add("head", m.dense(units, 3, Function("tanh")), whole, lead=1)[0])
    if m.pick((False, True)):
        m.output("state", final[-1])


def plan_given_state(m: Maker) -> None:
    """A state that is a model input of its own."""
    kind, width, units = m.pick(KINDS), 2, _units(m)
    x = m.input("sequence", m.pick((None, 4)), width)
    op = m.cell(kind, width, units, initial=True)
    initial = [m.input(f"given_{state.name}", units) for state in op.states]
    whole, _, *states = m.add("rnn", op, x, *initial)
    m.output("everything", whole)
    for state, final in zip(op.states, states, strict=True):
        m.output(f"final_{state.name}", final)


def plan_time_distributed(m: Maker) -> None:
    """A recurrent layer inside TimeDistributed: steps of steps."""
    outer, inner, width = m.pick((1, 3)), m.pick((1, 4)), m.pick((1, 2))
    x = m.input("windows", outer, inner, width)
    op = _random_cell(m, width)
    with m.builder.deeper(), m.builder.layer("each"):
        whole, last, *states = m.builder.add(op, [x])
    if m.pick((False, True)):
        m.output("all", whole)
    if m.pick((False, True)):
        m.output("inner_state", states[-1])
    m.output("after", m.add("over", _random_cell(m, op.units), last)[1])


def plan_attention(m: Maker) -> None:
    """Work on a whole sequence: softmax over time, products of sequences, flattening, joining in time."""
    steps, width = m.pick((2, 5)), m.pick((2, 3))
    x = m.input("sequence", steps, width)
    units = _units(m)
    whole, last, *_ = m.add("rnn", m.cell(m.pick(KINDS), width, units), x)
    (score,) = m.add("score", m.dense(units, 1), whole, lead=1)
    (share,) = m.add("share", VectorActivation(Function(m.pick(("softmax", "sparsemax")))), score)
    (context,) = m.add("context", Dot((0, 0), m.pick((False, True))), share, whole)
    (context,) = m.add("flat", Reshape((units,)), context)
    (both,) = m.add("both", Concatenate(0), context, last)
    m.output("answer", m.add("head", m.dense(2 * units, 2, Function("sigmoid")), both)[0])
    if m.pick((False, True)):
        (turned,) = m.add("turned", Permute((1, 0)), whole)
        m.output("turned", turned)
    if m.pick((False, True)):
        (longer,) = m.add("longer", Concatenate(0), whole, whole)
        m.output("longer", m.add("again", m.cell("simple_rnn", units, 2), longer)[0])


def plan_two_inputs(m: Maker) -> None:
    """Two sequences that meet step by step, a vector that is seen at every step, an output that is an input."""
    steps = m.pick((None, 4))
    one, two = m.input("one", steps, 2), m.input("two", steps, 3)
    (joined,) = m.add("joined", Concatenate(0), one, two, lead=1)
    if m.pick((False, True)):
        vector = m.input("vector", 5)
        (spread,) = m.add("spread", Repeat(steps), vector, *([] if steps else [joined]))
        (joined,) = m.add("meet", Merge("multiply"), joined, spread, lead=1)
    m.output("everything", _stack(m, joined))
    if m.pick((False, True)):
        m.output("echo", one)
    if m.pick((False, True)):
        m.output("joined", joined)
        m.output("joined_again", joined)


def plan_embedding(m: Maker) -> None:
    """Indices in, with a mask that follows them."""
    masked = m.pick((False, True))
    x = m.input("words", m.pick((None, 6)))
    rows, *mask = m.add("table", Embedding(m.weights(7, 3), masked), x, lead=1)
    m.output("everything", _stack(m, rows, mask[0] if mask else None))


def plan_dense(m: Maker) -> None:
    """No time at all."""
    x = m.input("features", m.pick((1, 4, 70)))
    (y,) = m.add("hidden", m.dense(m.shape(x)[0] or 1, _units(m), m.pick(SMOOTH)), x)
    m.output("answer", m.add("head", m.dense(m.shape(y)[0] or 1, 3), y)[0])


PLANS = (
    plan_stack,
    plan_bidirectional,
    plan_encoder_decoder,
    plan_given_state,
    plan_time_distributed,
    plan_attention,
    plan_two_inputs,
    plan_embedding,
    plan_dense,
)


def lstm(numeric: str, inputs: int = 16, units: int = 32, every: bool = False) -> tuple[Graph, Any]:
    """A fused LSTM in a type, of which the last output, or all of them too, and data of 4 samples."""
    maker = Maker(lambda options: options[0], 3)
    whole, last, *_ = maker.add("lstm", maker.cell("lstm", inputs, units), maker.input("x", None, inputs))
    for name, tensor in (("every", whole), ("last", last))[not every :]:
        maker.output(name, tensor)
    x = np.random.default_rng(3).normal(size=(4, 6, inputs)).astype(np.float32)
    return integers_of(maker.graph(), numeric, x) if NUMERICS[numeric].integer else fuse(maker.graph()), x


def integers_of(graph: Graph, numeric: str, *inputs: Any) -> Graph:
    """The fused graph in integers, calibrated on these inputs, samples first."""
    fused = fuse(graph)
    return quantize(fused, calibrate([(fused, list(inputs))]), NUMERICS[numeric])


def sample(graph: Graph, rng: np.random.Generator, open_steps: int = 5, scale: float = 1.0) -> list[Any]:
    """One sample for each input, without a leading axis; some steps are zero, which a Masking masks."""
    arrays = []
    for port in graph.inputs:
        shape = tuple(open_steps if n is None else n for n in graph.shape(port.tensor))
        x = rng.normal(0.0, scale, shape).astype(np.float32)
        if len(shape) == 1 and port.name == "words":
            x = rng.integers(-1, 9, shape).astype(np.float32)
        elif len(shape) == 2:
            x[rng.random(shape[0]) < 0.3] = 0.0
        arrays.append(x)
    return arrays
