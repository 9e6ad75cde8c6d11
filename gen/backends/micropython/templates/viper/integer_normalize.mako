<%write:each doc="y = (x - center) scale + offset.">
at = ${f.broadcast(op.m.shape, f.ins[0])}
${fixed.take("v", "x", "k", op.source)}
${fixed.scaled("v", "m", op, "at")}
</%write:each>
