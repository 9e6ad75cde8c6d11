<%doc>Axes in another order. Needs: f, the function being written.</%doc>\
<%
    order, shape, out = f.op.order, f.ins[0], f.outs[0]
    steps = [f.size(shape[axis + 1:]) for axis in order]
    inner = [f.size(out[k + 1:]) for k in range(len(out))]
    place = " + ".join(f"k // {inner[n]} % {out[n]} * {steps[n]}" for n in range(len(out)))
%>\
<%write:each doc="${f'{tuple(shape)} -> {tuple(out)}.'}">
${f.put("y", "k")} = ${f.put("x", place)}
</%write:each>
