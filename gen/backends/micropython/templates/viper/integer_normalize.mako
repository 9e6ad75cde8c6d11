<%doc>Fixed scaling by channel, in integers.</%doc>\
<%write:each doc="y = (x - center) scale + offset.">
at = ${f.broadcast(f.op.m.shape, f.ins[0])}
${fixed.take("v", "x", "k", f.op.source)}
${fixed.scaled("v", "m", f.op, "at")}
</%write:each>
