<%
    u = op.units
    kernel = f.rows("kernel", op.kernel, "[unit][input]")
    recurrent = f.rows("recurrent", op.recurrent, "[unit][unit before]")
%>\
def _${f.name}(x, i, s, h, y, o):
    """h = a(W x + U h + b) with a = ${op.activation}."""
    a = ${f.sums("bias", op.bias, u)}
    ${f.gemv("a", kernel, "x", "i", op.inputs)}
    ${f.gemv("a", recurrent, "s", "h", u)}
    ${f.act(op.activation, "a", 0, u)}
    ${f.help("copy")}(a, 0, s, h, ${u})
    ${f.help("copy")}(a, 0, y, o, ${u})
