<%doc>LSTM in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, h, u = f.op, f.op.formats[0].dtype, f.op.units
    own = f.product("kernel", "own", op.own, f.padded(op.own, op.past), 4)
    past = f.product("recurrent", "past", op.past, own.to + own.size, 4)
    keep, new, argument = op.bits
    def gate(k, unit):
        return [*f.gate(own, past, k), *f.unit(unit, "v")]
    body = ["# f", *gate(1, op.gate), "# f c", f"q = {f.at('c', 'k', 'int16')}", *f.times("v", "q", keep), "cell = v"]
    body += ["# i", *gate(0, op.gate), "i = v", "# c~", *gate(2, op.candidate)]
    body += ["# c = f c + i c~", *f.times("v", "i", new), "v += cell"]
    body += [*f.saturate("v", "int16"), f"{f.put('c', 'k')} = v"]
    body += ["# a(c)", *f.shift("v", argument), *(f.saturate("v", "int16") if argument < 0 else [])]
    body += [*f.unit(op.output, "v"), "i = v", "# o", *gate(3, op.gate), "# h = o a(c)", *f.times("v", "i", op.last)]
    body += [*f.rescale(op.narrow, "v"), *f.saturate("v", h), f"{f.put('h', 'k')} = v", f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"h": h, "c": "int16", "y": h}, body, (own, past))
%>\
${finish.head}
${finish.start}\
    for k in range(${u}):
${f.indented([*body, *f.advance(own, past)], 8)}


def _${f.name}(x, x_at, h, h_at, c, c_at, y, y_at, z):
    """i, f, o = r(W x + U h + b); c = f c + i a(.); h = o a(c); r = ${op.gate.function}, a = ${op.candidate.function}; ${op.inputs} -> ${u}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
${f.indented(own.lines, 4)}
    ${f.widen("h", h, u)}
${f.indented([*past.lines, finish.call], 4)}
</%def>
