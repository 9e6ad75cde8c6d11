<%! from gatesmith.numerics.fixed import LOG_2 %>\
<%write:function doc="${f'y = {op.mode} of x, value by value.'}">
for k in range(${f.few(f.size_in(0))}):
    v = ${f.at("x", "k")}
    ${fixed.clip("v", op.low, op.high)}
% if op.mode == "log":
    if v == 0:
        ${f.put("y", "k")} = ${op.silent}
        continue
    u = 0
    while v < 32768:
        v <<= 1
        u -= ${LOG_2}
    ${fixed.log("v")}
    v += u
% elif op.mode == "sqrt":
    h = v >> 2
    l = (v & 3) << 28
    ${wide.root("h", "l", "v", "q")}
% endif
    ${fixed.plus("v", op.add)}
    ${fixed.rescale(op.gain, "v")}
    ${fixed.clip("v", op.result.low, op.result.high) if op.gain is None else ""}
    ${fixed.store("v", "k", op.result)}
</%write:function>
