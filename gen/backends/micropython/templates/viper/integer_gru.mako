<%doc>GRU in integers, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, u = f.op, f.op.units
    product, down = op.bits
    after = op.reset_after
    own = f.product("kernel", "own", op.own, f.padded(op.own, op.past), 3)
    past = f.product("recurrent", "past", op.past, own.to + own.size, 3 if after else 2)
    def seen(v):
        return [] if op.narrow is None else f.rescale(op.narrow, v) + f.saturate(v, op.narrowed.dtype)
    def gate(k, unit):
        return [*f.gate(own, past, k), *f.unit(unit, "v")]
    see_body = [f"v = {f.at('h', 'k', 'int16')}", *seen("v"), "z[k] = v", "s = v + s"]
    see = f.part("see", {"h": "int16"}, see_body, returns="int")
    if after:
        candidate, products = None, (own, past)
        body = ["# r", *gate(1, op.gate), "i = v"]
        body += ["# r (U_h h + b'_h)", *f.sum(past, 2, "v"), *f.saturate("v", "int16"), *f.times("v", "i", product)]
    else:
        reset_body = ["# r", *gate(1, op.gate)]
        reset_body += ["# r h", f"q = {f.at('h', 'k', 'int16')}", *f.times("v", "q", product), *seen("v")]
        reset_body += ["z[k] = v", "s = v + s"]
        reset = f.part("reset", {"h": "int16"}, reset_body, (own, past), returns="int")
        candidate = f.product("candidate_recurrent", "candidate", op.reset, past.to + past.size)
        products = (own, past, candidate)
        body = ["# U_h (r h)", *f.sum(candidate, 0, "v")]
    body += ["# h~", *f.sum(own, 2, "q"), "v += q", *f.saturate("v", "int16"), *f.unit(op.candidate, "v")]
    body += [*f.shift("v", down), *(f.saturate("v", "int16") if down < 0 else []), "i = v", "# z", *gate(0, op.gate)]
    body += ["# h = z h + (1 - z) h~", f"q = {1 << product} - v", "if q > 65535:", "    q = 65535"]
    body += [*f.times("i", "q", product), f"q = {f.at('h', 'k', 'int16')}", *f.times("v", "q", product), "v += i"]
    body += f.saturate("v", "int16")
    body += [f"{f.put('h', 'k')} = v", f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"h": "int16", "y": "int16"}, body, products)
%>\
${see.head}
    """What the matrices see of h, and its sum."""
${see.start}\
    s = 0
    for k in range(${u}):
${f.indented(see_body, 8)}
    return s


% if candidate is not None:
${reset.head}
    """What the candidate's matrix sees: reset h; and its sum."""
${reset.start}\
    s = 0
    for k in range(${u}):
${f.indented([*reset_body, *f.advance(own, past)], 8)}
    return s


% endif
${finish.head}
${finish.start}\
    for k in range(${u}):
${f.indented([*body, *f.advance(*products)], 8)}


def _${f.name}(x, x_at, h, h_at, y, y_at, z):
    """z, r = s(W x + U h + b); h = z h + (1 - z) a(.); s = ${op.gate.function}, a = ${op.candidate.function}; ${op.inputs} -> ${u}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
${f.indented(own.lines, 4)}
    s = ${see.call}
${f.indented(past.lines, 4)}
% if candidate is not None:
    s = ${reset.call}
${f.indented(candidate.lines, 4)}
% endif
    ${finish.call}
</%def>
