<%doc>Several inputs, value by value, with broadcasting. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    mode, out = f.op.mode, f.outs[0]
    n = len(f.ins)
    names = [f"x{i}" for i in range(n)]
    sign = {"add": "+", "average": "+", "subtract": "-", "multiply": "*"}.get(mode)
    views = [f.broadcast(shape, out) for shape in f.ins]
%>\
/* y = ${mode} of ${n} inputs */
APART static void ${f.name}_forward(${', '.join(f"const {f.types_in[0]} *{x}" for x in names)}, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size(out)}; k++) {
        ${f.types_out[0]} value = ${names[0]}[${views[0]}];
% for x, view in zip(names[1:], views[1:]):
% if sign:
        value ${sign}= ${x}[${view}];
% else:
        value = ${x}[${view}] ${'>' if mode == 'maximum' else '<'} value ? ${x}[${view}] : value;
% endif
% endfor
        y[k] = value${f" / {f.literal(n)}" if mode == "average" else ""};
    }
}
</%def>
