"""What an op may carry, shown by one that is made up here: states of several shapes, scratch of several types, values
to start from, masked steps, a sequence of its own at every position. Both backends lead it by its traits alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from graphs import Maker
from mako.template import Template
from toolchain import build, generate, imported, modules

from gatesmith.backends import c99
from gatesmith.backends.micropython import text
from gatesmith.core.formats import FLOAT, Format
from gatesmith.core.graph import Array, Graph, Op, Shape
from gatesmith.core.op import Carry, Scratch, State, States, Walk
from gatesmith.oracle.reference import Reference
from gatesmith.passes import compile_graph

BACK = 3
SPARE = (Scratch(5), Scratch(2, Format("int8")), Scratch(1))
IN_C = """
<%def name="define(f)">
<% n, spare = f.op.width, f.op.spare %>
static void ${f.name}_forward(const float *x, float *seen, float *count, float *y
% if spare:
    , float *a, int8_t *b, float *c
% endif
)
{
    count[0] += 1.0f;
    memmove(seen, seen + ${n}, ${2 * n} * sizeof *seen);
    memcpy(seen + ${2 * n}, x, ${n} * sizeof *x);
% if spare:
    a[0] = 7.0f; a[4] = 7.0f; b[0] = 7; b[1] = 7; c[0] = 7.0f;
% endif
    for (int k = 0; k < ${n}; k++) {
        y[k] = count[0] * (seen[k] + seen[${n} + k] + seen[${2 * n} + k]);
    }
}
</%def>
"""
IN_PYTHON = """
<%def name="define(f)">
<% n = f.op.width %>
def _${f.name}(x, i, s, seen, count, y, o):
    s[count] += 1
    for k in range(${2 * n}):
        s[seen + k] = s[seen + k + ${n}]
    for k in range(${n}):
        s[seen + ${2 * n} + k] = x[i + k]
        y[o + k] = s[count] * (s[seen + k] + s[seen + ${n} + k] + s[seen + ${2 * n} + k])
</%def>
"""


@dataclass(frozen=True, eq=False)
class Recent(Op):
    """Step t, counted from 1, of (time, width): t times the sum of the last three steps."""

    kind: ClassVar[str] = "recent"

    width: int
    masked: bool = False
    initial: bool = False
    spare: bool = False

    @property
    def carry(self) -> Carry:
        seen = State("seen", (BACK, self.width), "the last steps")
        states = (seen, State("count", (), "steps so far"))
        first = 1 + self.masked
        return Carry(
            states,
            mask=1 if self.masked else None,
            masked_output="previous",
            output=State("last", (self.width,), "last output") if self.masked else None,
            initial=(first, first + 1) if self.initial else (),
            finals=states,
        )

    @property
    def walk(self) -> Walk:
        return Walk(inputs=(0, 1) if self.masked else (0,), kernel=BACK, padding=(BACK - 1, 0))

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        return SPARE if self.spare else ()

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[0], (BACK, self.width), ())

    def run(self, inputs: Sequence[Array], carried: States = ()) -> tuple[tuple[Array, ...], States]:
        x = inputs[0]
        seen, count = inputs[-2:] if self.initial else (np.zeros((len(x), BACK, self.width)), np.zeros(len(x)))
        y, out = np.zeros_like(x[:, 0]), np.zeros_like(x)
        for t in range(x.shape[1]):
            keep = inputs[1][:, t] != 0 if self.masked else np.ones(len(x), bool)
            seen = np.where(keep[:, None, None], np.concatenate([seen[:, 1:], x[:, t : t + 1]], axis=1), seen)
            count = np.where(keep, count + 1, count)
            y = np.where(keep[:, None], count[:, None] * seen.sum(axis=1), y)
            out[:, t] = y
        return (out, seen, count), ()

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return self.run(inputs)[0]


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provides the op's templates as if they were in the template folders."""
    layers, original, has = c99._of_op, text.template, text.has
    monkeypatch.setattr(c99, "_of_op", lambda op: Template(IN_C) if op.kind == "recent" else layers(op))
    monkeypatch.setattr(text, "template", lambda path: Template(IN_PYTHON) if "/recent." in path else original(path))
    monkeypatch.setattr(text, "has", lambda path: "/recent." in path or has(path))


def graph(steps: int | None, lead: int = 0, **options: bool) -> Graph:
    maker, op = Maker(lambda choices: choices[0]), Recent(2, **options)
    x = maker.input("x", *[3] * lead, steps, 2)
    mask = [maker.input("mask", steps)] if op.masked else []
    initial = [maker.input("seen", BACK, 2), maker.input("count")] if op.initial else []
    whole, seen, count = maker.add("recent", op, x, *mask, *initial, lead=lead)
    for name, tensor in (("whole", whole), ("final_seen", seen), ("final_count", count)):
        maker.output(name, tensor)
    return maker.graph()


CASES = {
    "open": graph(None),
    "scratch": graph(None, spare=True),
    "masked": graph(6, masked=True, spare=True),
    "initial": graph(None, initial=True),
    "masked_initial": graph(None, masked=True, initial=True),
    "mapped": graph(5, lead=1),
    "mapped_with_scratch": graph(5, lead=1, spare=True),
}


def inputs_of(whole: Graph) -> list[Array]:
    rng = np.random.default_rng(4)
    shapes = [tuple(n or 5 for n in whole.shape(port.tensor)) for port in whole.inputs]
    drawn = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return [
        (x > 0).astype(np.float32) if port.name == "mask" else x for port, x in zip(whole.inputs, drawn, strict=True)
    ]


def wanted(whole: Graph, inputs: Sequence[Array]) -> list[Array]:
    return [y[0] for y in Reference(whole).run([x[None] for x in inputs])]


@pytest.mark.parametrize("name", CASES)
def test_c(name: str, tmp_path: Path) -> None:
    inputs = inputs_of(CASES[name])
    state = build(generate(CASES[name]), tmp_path, flags=("-O1", "-fsanitize=undefined")).fresh()
    for _ in range(2):  # nothing lasts from one sequence to the next
        for ours, right in zip(state.run(inputs), wanted(CASES[name], inputs), strict=True):
            np.testing.assert_allclose(ours.reshape(right.shape), right, rtol=1e-5, atol=1e-6)


def test_c_keeps_states_in_their_own_shapes_and_scratch_in_its_own_types() -> None:
    header = generate(CASES["masked"]).files["model.h"]
    for member in ("float recent_seen[6]; /* the last steps */", "float recent_count[1]; /* steps so far */"):
        assert member in header
    assert "float recent_last[2]; /* last output */" in header
    assert "union {" in header and "float float32[" in header and "int8_t int8[" in header


@pytest.mark.parametrize("name", [name for name, whole in CASES.items() if not whole.nodes[0].op.scratch])
def test_python(name: str, tmp_path: Path) -> None:
    """Plain Python is the same everywhere."""
    inputs = inputs_of(CASES[name])
    model = imported(modules(CASES[name], name="made_up"), tmp_path).Model()
    for _ in range(2):
        answers = model.predict(*(x.reshape(-1).tolist() for x in inputs))
        for ours, right in zip(answers, wanted(CASES[name], inputs), strict=True):
            np.testing.assert_allclose(np.reshape(ours, right.shape), right, rtol=1e-5, atol=1e-6)


def test_a_kernel_along_time_streams_where_what_it_saw_is_carried() -> None:
    program = compile_graph(CASES["open"])
    assert program.schedule.causal and [axis.bound for axis in program.schedule.axes.axes] == [False]
    assert FLOAT.dtype in {place.dtype for place in program.places.values()}
