<%doc>Squared moduli of complex numbers. Needs: f, the function being written.</%doc>\
<%namespace name="frame" file="frame.mako"/>\
<%def name="define(f)">\
<%
    bins = f.size(f.outs[0])
    note = f"y = re^2 + im^2{', halved' if f.integer else ''}; real parts come first"
%>\
<%call expr="frame.each(f, note, count=bins)">
y[k] = ${f"{f.primitive('squares')}(x[k], x[{bins} + k], 1)" if f.integer else f"x[k] * x[k] + x[{bins} + k] * x[{bins} + k]"};
</%call>
</%def>
