<%doc>GRU in integers, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, u = f.op, f.op.units
    product, down = op.bits
    first = f.padded(max(op.inputs, u))
    own = f.product("kernel", op.own, first, False)
    seen = [f"v = {f.at('h', 'k', 'int16')}"]
    if op.narrow is not None:
        seen += f.rescale(op.narrow, "v") + f.saturate("v", op.narrowed.dtype)
    see = f.start(seen, {"h": "int16"})
    def gate(k, unit):
        return [*f.result("v", f"{first + k * u} + k"), *f.saturate("v", "int16"), *f.unit(unit, "v")]
    if op.reset_after:
        past = [f.product("recurrent", op.past, first, True, slice(0, 2 * u)),
                f.product("recurrent_candidate", op.past, first + 3 * u, False, slice(2 * u, None))]
        reset = []
        body = [*gate(1, op.gate), "i = v", *f.result("v", f"{first + 3 * u} + k"), *f.saturate("v", "int16"), "v *= i"]
        body += [*f.shift("v", product), *f.result("r", f"{first + 2 * u} + k"), "v += r"]
    else:
        past = [f.product("recurrent", op.past, first, True)]
        reset = [*gate(1, op.gate), f"i = {f.at('h', 'k', 'int16')}", "v *= i", *f.shift("v", product)]
        if op.narrow is not None:
            reset += f.rescale(op.narrow, "v") + f.saturate("v", op.narrowed.dtype)
        resets = f.start(reset, {"h": "int16"})
        candidate = f.product("candidate_recurrent", op.reset, first + 2 * u, True)
        body = f.result("v", f"{first + 2 * u} + k")
    body += [*f.saturate("v", "int16"), *f.unit(op.candidate, "v"), *f.shift("v", down)]
    body += [*(f.saturate("v", "int16") if down < 0 else []), "i = v", *gate(0, op.gate)]
    body += [f"r = {1 << product} - v", "if r > 65535:", "    r = 65535", "i *= r", *f.shift("i", product)]
    body += [f"r = {f.at('h', 'k', 'int16')}", "v *= r", *f.shift("v", product), "v += i", *f.saturate("v", "int16")]
%>\
${f.head("see", {"h": "int16"}, ("v", "q"))}
    """What the matrices see of h."""
${see}\
    for k in range(${u}):
${f.indented(seen, 8)}
        z[k] = v
% for k in range(u, f.padded(u)):
    z[${k}] = 0
% endfor


% if not op.reset_after:
${f.head("reset", {"h": "int16"}, ("v", "q"))}
    """What the candidate's matrix sees: reset h."""
${resets}\
    for k in range(${u}):
${f.indented(reset, 8)}
        z[k] = v


% endif
${f.head("finish", {"h": "int16", "y": "int16"}, ("v", "q"))}
${f.start(body)}\
    for k in range(${u}):
${f.indented(body, 8)}
        ${f.put('h', 'k')} = v
        ${f.put('y', 'k')} = v


def _${f.name}(x, x_at, h, h_at, y, y_at, z):
    """z, r = s(W x + U h + b); h = z h + (1 - z) a(.); s = ${op.gate.function}, a = ${op.candidate.function}; ${op.inputs} -> ${u}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
    ${own}
    _${f.name}_see(0, 0, h, h_at, z)
% for line in past:
    ${line}
% endfor
% if not op.reset_after:
    _${f.name}_reset(0, 0, h, h_at, z)
    ${candidate}
% endif
    _${f.name}_finish(0, 0, h, h_at, y, y_at, z)
</%def>
