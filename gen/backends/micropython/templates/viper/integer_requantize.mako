<%doc>Integers in another format.</%doc>\
<%write:each doc="${f'y = {op.source.scale / op.result.scale:.6g} x, in another format.'}">
${fixed.take("v", "x", "k", op.source)}
${fixed.rescale(op.gain, "v")}
${fixed.store("v", "k", op.result)}
</%write:each>
