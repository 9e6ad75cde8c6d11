<%doc>Transposed convolution: each output gathers the inputs whose windows reach it. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, nested, times, total %>\
<%def name="define(f)">\
<%
    op = f.op
    rank, channels = len(op.windows), op.channels
    b = f.blocks(op.filters, 1)
    kernel = f.grouped("kernel", op.kernel, b, 1, channels)
    kind, axes = f.index, range(rank)
    given, made = f.ins[0][:rank], f.outs[0][:rank]
    taps = []
    for axis, (w, n) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        lines.append(f"const {kind} r{axis} = {total(f'p{axis}', w.left, times(f'k{axis}', -w.dilation) if w.dilation > 1 else f'-k{axis}')};")
        tests = [f"r{axis} >= 0", f"r{axis} < {n * w.stride}"]
        if w.stride > 1:
            tests.append(f"r{axis} % {w.stride} == 0")
        lines.append(f"if ({' && '.join(tests)}) {{")
        taps.append(lines)
    place = index([f"r{a}" if op.windows[a].stride == 1 else f"r{a} / {op.windows[a].stride}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
    inner = nested(taps, [kernel.multiply("sum", f"x + {times(place, channels)}", times(tap, channels), str(channels))])
    start = [f"float sum[{b.rows}]{'' if op.bias is not None else ' = { 0.0f }'};"]
    if op.bias is not None:
        start.append(f.load("sum", "bias[block]", b.rows))
    count = f"j < {f.up}_FILTERS - block * {b.units} && j < {b.units}" if b.padded else f"j < {b.units}"
    end = nested([[f"for (int j = 0; {count}; j++) {{"]], [f"y[{total(times('block', b.units), 'j')}] = {f.act(op.activation, 'sum[j]')};"])
    block = nested([[f"for (int block = 0; block < {f.up}_BLOCKS; block++) {{"]], [*start, *inner, *end])
    body = nested([[f"for ({kind} p{a} = 0; p{a} < {made[a]}; p{a}++) {{"] for a in axes], [*block, f"y += {f.up}_FILTERS;"])
%>\
enum { ${f.up}_PATCH = ${len(op.kernel)}, ${f.up}_FILTERS = ${op.filters}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${b.units} filter${'s' if b.units > 1 else ''}][input of the window][filter] */
${kernel.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};

% endif
/* Each output gathers the inputs whose windows reach it; a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *y)
{
% for line in body:
    ${line}
% endfor
}
</%def>
