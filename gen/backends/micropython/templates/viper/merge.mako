<% out, beyond = f.outs[0], ">" if op.mode == "maximum" else "<" %>\
<%write:each doc="${f'y = {op.mode} of {len(f.ins)} inputs.'}" count="${f.size(out)}">
v = ${f.at("x0", f.broadcast(f.ins[0], out))}
% for n in range(1, len(f.ins)):
u = ${f.at(f"x{n}", f.broadcast(f.ins[n], out))}
if u ${beyond} v:
    v = u
% endfor
${f.put("y", "k")} = v
</%write:each>
