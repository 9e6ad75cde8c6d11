<%
    mode, out, n = f.op.mode, f.outs[0], len(f.ins)
    names = [f"x{i}" for i in range(n)]
    first, *values = [f"{x}[{f.broadcast(shape, out)}]" for x, shape in zip(names, f.ins)]
    sign = {"add": "+", "average": "+", "subtract": "-", "multiply": "*"}.get(mode)
%>\
<%call expr="frame.each(f'y = {mode} of {n} inputs', names, f.size(out))">
${f.types_out[0]} value = ${first};
<% beyond = ">" if mode == "maximum" else "<" %>\
${[f"value {sign}= {each};" if sign else f"value = {each} {beyond} value ? {each} : value;" for each in values]}
y[k] = value${f" / {f.literal(n)}" if mode == "average" else ""};
</%call>
