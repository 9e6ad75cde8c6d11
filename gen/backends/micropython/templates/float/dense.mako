<% kernel = f.rows("kernel", op.kernel, "[unit][input]") %>\
def _${f.name}(x, i, y, o):
    """y = a(W x + b) with a = ${op.activation}."""
    a = ${f.sums("bias", op.bias, op.units)}
    ${f.gemv("a", kernel, "x", "i", op.inputs)}
    ${f.act(op.activation, "a", 0, op.units)}
    ${f.help("copy")}(a, 0, y, o, ${op.units})
