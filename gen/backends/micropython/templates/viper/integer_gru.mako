<%doc>GRU in integers, one time step, in both of Keras's forms.</%doc>\
<%
    u = op.units
    bits, down = op.bits
    after = op.reset_after
    kernel = f.product("kernel", op.own, f.padded(op.own, op.past), 3)
    recurrent = f.product("recurrent", op.past, kernel.to + kernel.size, 3 if after else 2)
    candidate = None if after else f.product("candidate_recurrent", op.reset, recurrent.to + recurrent.size)
    products = [product for product in (kernel, recurrent, candidate) if product]
    formula = f"s = {op.gate.function}, a = {op.candidate.function}; {op.inputs} -> {u}"
%>\
<%write:part name="see" doc="What the matrices see of h, and its sum." tensors="${{'h': 'int16'}}" returns="int">
s = 0
for k in range(${u}):
    v = ${f.at("h", "k")}
    ${seen()}
return s
</%write:part>\
% if not after:
<%write:part name="reset" doc="What the candidate's matrix sees: reset h; and its sum." tensors="${{'h': 'int16'}}"
    products="${[kernel, recurrent]}" returns="int">
s = 0
for k in range(${u}):
    # r
    ${fixed.gate(kernel, recurrent, 1, op.gate)}
    # r h
    q = ${f.at("h", "k")}
    ${fixed.times("v", "q", bits)}
    ${seen()}
    ${f.steps([kernel, recurrent])}
return s
</%write:part>\
% endif
<%write:units count="${u}" products="${products}" tensors="${{'h': 'int16', 'y': 'int16'}}">
% if after:
# r
${fixed.gate(kernel, recurrent, 1, op.gate)}
i = v
# r (U_h h + b'_h)
${fixed.sum(recurrent, 2, "v")}
${fixed.saturate("v", "int16")}
${fixed.times("v", "i", bits)}
% else:
# U_h (r h)
${fixed.sum(candidate, 0, "v")}
% endif
# h~
${fixed.sum(kernel, 2, "q")}
v += q
${fixed.saturate("v", "int16")}
${fixed.unit(op.candidate, "v")}
${fixed.shift("v", down)}
${fixed.saturate("v", "int16") if down < 0 else ""}
i = v
# z
${fixed.gate(kernel, recurrent, 0, op.gate)}
# h = z h + (1 - z) h~
q = ${1 << bits} - v
if q > 65535:
    q = 65535
${fixed.times("i", "q", bits)}
q = ${f.at("h", "k")}
${fixed.times("v", "q", bits)}
v += i
${fixed.remember()}
</%write:units>\
<%write:calling doc="${f'z, r = s(W x + U h + b); h = z h + (1 - z) a(.); {formula}.'}" arguments="${('x', 'h', 'y')}">
${f.widen("x", f.dtypes_in[0], op.inputs)}
${in_lines(kernel.lines)}
s = ${f.call("see")}
${in_lines(recurrent.lines)}
${[f's = {f.call("reset")}', in_lines(candidate.lines)] if not after else []}
${f.call("finish")}
</%write:calling>
<%def name="seen()" buffered="True">
${[fixed.rescale(op.narrow, "v"), fixed.saturate("v", op.narrowed.dtype)] if op.narrow is not None else []}
z[k] = v
s = v + s
</%def>
