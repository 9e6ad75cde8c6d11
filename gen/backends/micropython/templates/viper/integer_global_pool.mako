<%
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
    seen = ", of those that the mask keeps" if op.masked else ""
    zero = op.form.high if op.mode == "min" else op.form.low if most else -positions * op.form.zero if op.gain else 0
    types = {"x": f.dtypes_in[0], **({"mask": f.dtypes_in[1]} if op.masked else {}), "y": f.dtypes_out[0]}
%>\
<%write:function doc="${f'The {word} of {positions} positions{seen}.'}"
    tensors="${types}">
for c in range(${channels}):
    v = ${zero}
    ${"count = 0" if op.masked else ""}
    i = c
    for t in range(${positions}):
        ${write.behind(f"if {f.put('mask', 't')}:" if op.masked else "", step())}
        i += ${channels}
% if op.gain:
    ${fixed.store("v", "c", op.result, op.gain)}
% else:
% if not most:
    if count:
        ${fixed.mean("v", "count", op.form, positions)}
    else:
        v = ${op.form.zero}
% endif
    ${f.put("y", "c")} = v
% endif
</%write:function>
<%def name="step()" buffered="True">
q = ${f.at("x", "i")}
% if most:
if q ${"<" if op.mode == "min" else ">"} v:
    v = q
% else:
v += q
% endif
${"count += 1" if op.masked else ""}
</%def>
