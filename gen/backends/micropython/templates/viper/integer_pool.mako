<%! from gatesmith.layers.windows import taps %>\
<%
    channels, most = f.ins[0][-1], op.mode == "max"
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    word = "largest" if most else "mean, halves rounded up,"
%>\
<%write:function doc="${f'The {word} of each window of {at.kernel}.'}">
o = 0
${windows.loops(at, channel())}
</%write:function>
<%def name="channel()" buffered="True">
for c in range(${channels}):
    v = ${op.form.low if most else 0}
    ${"" if most else "count = 0"}
    ${windows.taps(at, step())}
    ${"" if most else fixed.mean("v", "count", op.form, taps(op.windows))}
    ${f.put("y", "o")} = v
    o += 1
</%def>
<%def name="step()" buffered="True">
i = ${scaled(at.place, channels)} + c
q = ${f.at("x", "i")}
% if most:
if q > v:
    v = q
% else:
v += q
count += 1
% endif
</%def>
