<%write:each doc="${f'y = {op.source.scale / op.result.scale:.6g} x, in another format.'}">
${fixed.take("v", "x", "k", op.source)}
${fixed.store("v", "k", op.result, op.gain)}
</%write:each>
