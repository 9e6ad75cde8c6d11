<%
    op = f.op
    if f.integer:
        x, y = f.value("x[k]", f.dtypes_in[0]), f.dtypes_out[0]
        entered = x if op.enter is None else f.saturated(f.scaled(op.enter, x), "int16")
        left = f.scaled(op.leave, f.unit(op.activation, f.value("argument"))) + op.result.zero
    note = f"y = {op.activation.function if f.integer else op.function}, value by value"
%>\
<%call expr="frame.each(note)">
% if f.integer:
const int32_t argument = ${entered};
y[k] = ${f.stored(f.saturated(left, y), y)};
% else:
y[k] = ${f.act(op.function, "x[k]")};
% endif
</%call>
