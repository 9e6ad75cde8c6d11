<% count = len(f.ins) %>\
<%write:each doc="${f'y = product of {count} inputs.'}" count="${f.size(f.outs[0])}">
${fixed.take("v", "x0", f.broadcast(f.ins[0], f.outs[0]), op.sources[0])}
% for n in range(1, count):
${fixed.take("u", f"x{n}", f.broadcast(f.ins[n], f.outs[0]), op.sources[n])}
v *= u
${[fixed.shift("v", op.shifts[n - 1]), fixed.saturate("v", "int16")] if n < count - 1 else []}
% endfor
${fixed.store("v", "k", op.result, op.gain)}
</%write:each>
