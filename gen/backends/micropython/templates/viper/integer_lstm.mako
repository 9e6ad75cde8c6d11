<%doc>LSTM in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, h, u = f.op, f.op.formats[0].dtype, f.op.units
    first = f.padded(max(op.inputs, u))
    own, past = f.product("kernel", op.own, first, False), f.product("recurrent", op.past, first, True)
    keep, new, argument = op.bits
    def gate(k, unit):
        return [*f.result("v", f"{first + k * u} + k"), *f.saturate("v", "int16"), *f.unit(unit, "v")]
    body = [*gate(1, op.gate), f"c_k = {f.at('c', 'k', 'int16')}", "v *= c_k", *f.shift("v", keep), "cell = v"]
    body += [*gate(0, op.gate), "i = v", *gate(2, op.candidate), "v *= i", *f.shift("v", new), "cell += v"]
    body += [*f.saturate("cell", "int16"), f"{f.put('c', 'k')} = cell", *gate(3, op.gate), "i = v", "v = cell"]
    body += [*f.shift("v", argument), *(f.saturate("v", "int16") if argument < 0 else [])]
    body += [*f.unit(op.output, "v"), "v *= i", *f.shift("v", op.last), *f.rescale(op.narrow, "v"), *f.saturate("v", h)]
%>\
${f.head("finish", {"h": h, "c": "int16", "y": h}, ("v", "q"))}
${f.start(body)}\
    for k in range(${u}):
${f.indented(body, 8)}
        ${f.put('h', 'k')} = v
        ${f.put('y', 'k')} = v


def _${f.name}(x, x_at, h, h_at, c, c_at, y, y_at, z):
    """i, f, o = r(W x + U h + b); c = f c + i a(.); h = o a(c); r = ${op.gate.function}, a = ${op.candidate.function}; ${op.inputs} -> ${u}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
    ${own}
    ${f.widen("h", h, u)}
    ${past}
    _${f.name}_finish(0, 0, h, h_at, c, c_at, y, y_at, z)
</%def>
