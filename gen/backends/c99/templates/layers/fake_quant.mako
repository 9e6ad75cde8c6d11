<%
    op = f.op
    low, high, step, inverse = (f.literal(value) for value in (op.low, op.high, op.step, op.inverse))
    note = f"To the nearest of {op.levels + 1} values from {low[:-1]} to {high[:-1]}, as TensorFlow's fake quantisation has it."
%>\
<%call expr="frame.each(note)">
const float below = x[k] < ${high} ? x[k] : ${high};
const float clamped = below > ${low} ? below : ${low};
const float steps = (clamped - ${low}) * ${inverse};
y[k] = ${f.help("floor")}(steps - ${f.literal(float(op.zero))} + 0.5f) * ${step};
</%call>
