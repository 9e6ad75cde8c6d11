<%doc>ConvLSTM, one time step: x is the input's convolution. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, nested, times, total %>\
<%def name="define(f)">\
<%
    op, n = f.op, f.op.filters
    rank = len(op.windows)
    axes, given, kind = range(rank), op.shape[:rank], f.index
    b = f.blocks(n, 4)
    kernel = f.grouped("recurrent", op.recurrent, b, 1, n)
    u = b.units
    taps = []
    for axis, (w, size) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        lines.append(f"const {kind} t{axis} = {total(f'p{axis}', times(f'k{axis}', w.dilation), -w.left)};")
        if not w.inside(size):
            lines.append(f"if (t{axis} >= 0 && t{axis} < {size}) {{")
        taps.append(lines)
    place = index([f"t{a}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
    inner = nested(taps, [kernel.multiply("gate", f"h + {times(place, n)}", times(tap, n), str(n))])
    units = f"{f.up}_FILTERS - first < {u} ? {f.up}_FILTERS - first : {u}" if b.padded else str(u)
    start = [f"const int first = {times('block', u)};", f"const int filters = {units};", f"float gate[{b.rows}] = {{ 0.0f }};"]
    start += nested(
        [["for (int j = 0; j < filters; j++) {"]],
        [f"gate[{total(g * u, 'j')}] = x[{total(g * n, 'first')} + j];" for g in range(4)],
    )
    r, a = op.recurrent_activation, op.activation
    end = nested(
        [["for (int j = 0; j < filters; j++) {"]],
        [
            f"const float keep = {f.act(r, f'gate[{u} + j]')} * c[first + j];",
            f"const float cell = keep + {f.act(r, 'gate[j]')} * {f.act(a, f'gate[{2 * u} + j]')};",
            "c[first + j] = cell;",
            f"y[first + j] = {f.act(r, f'gate[{3 * u} + j]')} * {f.act(a, 'cell')};",
        ],
    )
    block = nested([[f"for (int block = 0; block < {f.up}_BLOCKS; block++) {{"]], [*start, *inner, *end])
    step = [f"x += 4 * {f.up}_FILTERS;", f"c += {f.up}_FILTERS;", f"y += {f.up}_FILTERS;"]
    body = nested([[f"for ({kind} p{axis} = 0; p{axis} < {given[axis]}; p{axis}++) {{"] for axis in axes], [*block, *step])
    values = f.size(op.shape)
%>\
enum { ${f.up}_PATCH = ${len(op.recurrent)}, ${f.up}_FILTERS = ${n}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${u} filter${'s' if u > 1 else ''}][input of the window][i f c o of ${'each filter' if u > 1 else 'the filter'}] */
${kernel.definition}
/* i = r(x_i + U_i * h), f, o alike; c~ = a(x_c + U_c * h); c = f c + i c~; h = o a(c)
 * with r = ${r}, a = ${a}; * is a convolution over ${" x ".join(map(str, given))} positions. */
APART static void ${f.name}_forward(const float *x, float *h, float *c, float *y)
{
    float *const made = y;
% for line in body:
    ${line}
% endfor
    memcpy(h, made, ${values} * sizeof *h);
}
</%def>
