<%write:each doc="y = x where x >= 0, alpha x below.">
${fixed.take("v", "x", "k", op.source)}
if v >= 0:
    v *= ${op.above}
else:
    m = ${f.entry("B", "below", op.below, f.broadcast(op.below.shape, f.ins[0]))}
    v *= m
${fixed.shift("v", op.post)}
${fixed.store("v", "k", op.result)}
</%write:each>
