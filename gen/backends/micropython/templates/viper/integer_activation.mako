<%write:each doc="${f'y = {op.activation.function}, value by value.'}">
${fixed.take("v", "x", "k")}
${fixed.rescale(op.enter, "v")}
${fixed.saturate("v", "int16") if op.enter else ""}
${fixed.unit(op.activation, "v")}
${fixed.store("v", "k", op.result, op.leave)}
</%write:each>
