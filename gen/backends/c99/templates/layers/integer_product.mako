<%
    op, out = f.op, f.outs[0]
    names = [f"x{i}" for i in range(len(f.ins))]
    values = [
        f.value(f"{x}[{f.broadcast(shape, out)}]", dtype) - source.zero
        for x, shape, source, dtype in zip(names, f.ins, op.sources, f.dtypes_in)
    ]
%>\
<%call expr="frame.each(f'y = product of {len(names)} inputs', names, f.size(out))">
int32_t product = ${values[0]};
% for value, shift in zip(values[1:], [*op.shifts, None]):
product *= ${value};
${f'product = {f.saturated(f.shifted(f.value("product"), shift), "int16")};' if shift is not None else ""}
% endfor
${frame.out("y[k]", f.scaled(op.gain, f.value("product")) + op.result.zero)}\
</%call>
