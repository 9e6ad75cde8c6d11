<% out, also = f.outs[0], ", some subtracted" if min(op.m) < 0 else "" %>\
<%write:each doc="${f'y = sum of {len(f.ins)} inputs{also}.'}" count="${f.size(out)}">
v = 0
% for n, (source, m) in enumerate(zip(op.sources, op.m)):
${fixed.take("u", "x" if len(f.ins) == 1 else f"x{n}", f.broadcast(f.ins[n], out), source)}
v += u * ${m}
% endfor
${fixed.shift("v", op.post)}
${fixed.store("v", "k", op.result)}
</%write:each>
