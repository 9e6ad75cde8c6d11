<% bins = f.size(f.outs[0]); note = f"y = re^2 + im^2{', halved' if f.integer else ''}; real parts come first" %>\
<%call expr="frame.each(note, count=bins)">
y[k] = ${f"{f.primitive('squares')}(x[k], x[{bins} + k], 1)" if f.integer else f"x[k] * x[k] + x[{bins} + k] * x[{bins} + k]"};
</%call>
