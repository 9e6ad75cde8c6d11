<% turns, place, run = f.walk; x = "x" if place == "0" else f"x + {place}" %>\
<%frame:whole note="(${', '.join(map(str, f.ins[0]))}) -> (${', '.join(map(str, f.outs[0]))}), ${str(run) if run > 1 else 'one'} at a time">
${[f"for ({f.index} k{k} = 0; k{k} < {count}; k{k}++) {{" for k, count in enumerate(turns)]}
% if turns:
memcpy(y, ${x}, ${f"{run} * " if run > 1 else ""}sizeof *y);
y += ${run};
${"}\n" * len(turns)}\
% else:
${f.copy("y", x, str(run), run, f.dtypes_in[0])}
% endif
</%frame:whole>
