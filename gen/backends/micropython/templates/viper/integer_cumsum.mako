<% steps, rest = f.ins[0][0], f.size_in(0) // f.ins[0][0] %>\
<%write:function doc="y[k] = x[0] + ... + x[k] along the first axis.">
for c in range(${rest}):
    p = 0
    k = c
    for t in range(${steps}):
        ${fixed.take("q", "x", "k", op.source)}
        p += q
        v = p
        ${fixed.store("v", "k", op.result, op.gain)}
        k += ${rest}
</%write:function>
