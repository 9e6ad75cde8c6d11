<%doc>Integers in another format.</%doc>\
<%write:each doc="${f'y = {f.op.source.scale / f.op.result.scale:.6g} x, in another format.'}">
${fixed.take("v", "x", "k", f.op.source)}
${fixed.rescale(f.op.gain, "v")}
${fixed.store("v", "k", f.op.result)}
</%write:each>
