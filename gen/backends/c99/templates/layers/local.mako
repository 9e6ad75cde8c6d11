<%doc>A convolution with a kernel of its own at every position. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, nested, times, total %>\
<%def name="define(f)">\
<%
    op = f.op
    rank, channels, positions = len(op.windows), op.channels, op.groups
    b = f.blocks(op.filters, 1)
    kernel = f.grouped("kernel", op.kernel, b, positions, channels)
    kind, axes = f.index, range(rank)
    given, made = f.ins[0][:rank], f.outs[0][:rank]
    taps = []
    for axis, (w, n) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        lines.append(f"const {kind} t{axis} = {total(times(f'p{axis}', w.stride), times(f'k{axis}', w.dilation), -w.left)};")
        if not w.inside(n):
            lines.append(f"if (t{axis} >= 0 && t{axis} < {n}) {{")
        taps.append(lines)
    place = index([f"t{a}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
    inner = nested(taps, [kernel.multiply("sum", f"x + {times(place, channels)}", times(tap, channels), str(channels))])
    start = [f"float sum[{b.rows}]{'' if op.bias is not None else ' = { 0.0f }'};"]
    if op.bias is not None:
        start.append(f.load("sum", "bias[block]", b.rows))
    count = f"j < {f.up}_FILTERS - part * {b.units} && j < {b.units}" if b.padded else f"j < {b.units}"
    end = nested([[f"for (int j = 0; {count}; j++) {{"]], [f"y[{total(times('part', b.units), 'j')}] = {f.act(op.activation, 'sum[j]')};"])
    head = [f"for (int part = 0; part < {b.count}; part++) {{"]
    block = nested([head], [*start, *inner, *end, "block++;"])
    body = nested([[f"for ({kind} p{a} = 0; p{a} < {made[a]}; p{a}++) {{"] for a in axes], [*block, f"y += {f.up}_FILTERS;"])
%>\
enum { ${f.up}_PATCH = ${len(op.kernel)}, ${f.up}_FILTERS = ${op.filters}, ${f.up}_BLOCKS = ${b.count * positions} };

/* [position, block of ${b.units} filter${'s' if b.units > 1 else ''}][input of the window][filter] */
${kernel.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table("bias", f.packed(op.bias.reshape(-1), b, positions))}
};

% endif
/* Each position has a kernel of its own; a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *y)
{
    ${kind} block = 0;
% for line in body:
    ${line}
% endfor
}
</%def>
