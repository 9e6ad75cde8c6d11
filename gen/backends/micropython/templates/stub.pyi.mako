<%doc>Types of the module, for editors. Needs: m (ModelView).</%doc>\
<%
    ins = ", ".join(f"{p.name}: Values" for p in m.inputs)
    sequences = ", ".join(f"{p.name}: {'Sequences' if p.axis is not None else 'Values'}" for p in m.inputs)
    outs = ", ".join(f"{p.name}: Buffer" for p in m.outputs)
    integers, integers_out = (", ".join(f"{p.name}: Integers" for p in side) for side in ((*m.inputs, *m.outputs), m.outputs))
    many = len(m.outputs) > 1
    answer = "Outputs" if many else "array[float]"
    last, done = (f"Union[{answer}, None]", "bool") if m.stream else (answer, "None")
%>\
from array import array
from collections.abc import MutableSequence, Sequence
from typing import ${'NamedTuple, ' if many else ''}Union

Values = Union[Sequence[float], array[float], memoryview]
Sequences = Union[Values, Sequence[Values]]
Buffer = Union[MutableSequence[float], array[float], memoryview]
${["Integers = Union[array[int], memoryview]"] if m.integer else []}

MODEL_ID: str
${[f"{name}: int" for name, *_ in m.axis_constants]}
% if many:

class Outputs(NamedTuple):
    ${[f"{p.name}: array[float]" for p in m.outputs]}
% endif

class Model:
    state: bytes
    def __init__(self) -> None: ...
    def reset(self) -> None: ...
${steps("step", f", {ins}", integers) if m.stream or m.causal else ""}\
${steps("finish", "", integers_out) if m.stream and m.stream.facts.drains else ""}\
    def predict(self, ${sequences}) -> ${answer}: ...
    def run(self, ${sequences}) -> ${answer}: ...
% if m.integer:
    def predict_q(self, ${integers}) -> None: ...
    def run_q(self, ${integers}) -> None: ...
% else:
    def predict_into(self, ${ins}, ${outs}) -> None: ...
% endif
<%def name="steps(name, taken, integers)">\
    def ${name}(self${taken}) -> ${last}: ...
    def ${name}_into(self${taken}, ${outs}) -> ${done}: ...
    ${f"def {name}_q(self, {integers}) -> {done}: ..." if m.integer else ""}
</%def>
