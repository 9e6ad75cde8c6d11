<%doc>Types of the module, for editors. Needs: m (ModelView).</%doc>\
<%
    ins = [f"{p.name}: Values" for p in m.inputs]
    flat = [f"{p.name}: Values" for p in m.inputs]
    seq = [f"{p.name}: {'Sequences' if p.axis is not None else 'Values'}" for p in m.inputs]
    outs = [f"{p.name}: Buffer" for p in m.outputs]
    many = len(outs) > 1
    answer = "Outputs" if many else "array[float]"
%>\
from array import array
from collections.abc import MutableSequence, Sequence
from typing import ${'NamedTuple, ' if many else ''}Union

Values = Union[Sequence[float], array[float], memoryview]
Sequences = Union[Values, Sequence[Values]]
Buffer = Union[MutableSequence[float], array[float], memoryview]

MODEL_ID: str
% for axis in m.axes:
% if axis.fixed is not None:
${axis.name.upper()}: int
% elif axis.capacity is not None:
MAX_${axis.name.upper()}: int
% endif
% endfor
% if many:

class Outputs(NamedTuple):
% for p in m.outputs:
    ${p.name}: array[float]
% endfor
% endif

class Model:
    state: bytes
    def __init__(self) -> None: ...
    def reset(self) -> None: ...
% if m.stream:
    def step(self, ${', '.join(ins)}) -> Union[${answer}, None]: ...
    def step_into(self, ${', '.join(ins + outs)}) -> bool: ...
% if m.stream.drains:
    def finish(self) -> Union[${answer}, None]: ...
    def finish_into(self, ${', '.join(outs)}) -> bool: ...
% endif
% elif m.causal:
    def step(self, ${', '.join(ins)}) -> ${answer}: ...
    def step_into(self, ${', '.join(ins + outs)}) -> None: ...
% endif
    def predict(self, ${', '.join(seq)}) -> ${answer}: ...
    def run(self, ${', '.join(seq)}) -> ${answer}: ...
    def predict_into(self, ${', '.join(ins + outs)}) -> None: ...
