<%
    op, y, half = f.op, f.dtypes_out[0], f.size_in(0) // 2
    a, b = (f.value(x, f.dtypes_in[0]) - op.source.zero for x in ("x[k]", f"x[k + {half}]"))
    gate = f.call("gate_sigmoid", f.saturated(f.scaled(op.enter, b), "int16"))
%>\
<%call expr="frame.each('y = a sigmoid(b): a the first half of the values, b the second', count=half)">
const int32_t gate = ${gate};
const int32_t product = ${a * f.value("gate")};
y[k] = ${f.stored(f.saturated(f.scaled(op.leave, f.value("product")) + op.result.zero, y), y)};
</%call>
