<% n = f.size(f.outs[0]) %>\
<%write:each doc="y = the first half times the sigmoid of the second." count="${n}">
${fixed.take("v", "x", f"{n} + k", op.source)}
${fixed.rescale(op.enter, "v")}
${fixed.saturate("v", "int16")}
${fixed.sigmoid("v")}
${fixed.take("u", "x", "k", op.source)}
v *= u
${fixed.store("v", "k", op.result, op.leave)}
</%write:each>
