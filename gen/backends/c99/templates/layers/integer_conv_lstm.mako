<%doc>ConvLSTM in integers, one time step: x is the input's convolution. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import index, nested, times, total %>\
<%def name="define(f)">\
<%
    op, n = f.op, f.op.filters
    h = op.formats[0].dtype
    axes, given, kind = range(len(op.windows)), op.shape[:-1], f.index
    b = f.blocks(n, 4, f.matrix(op.past, h))
    past = f.part("recurrent", op.past, h, b)
    taps, padded = [], not all(w.inside(size) for w, size in zip(op.windows, given))
    for axis, (w, size) in enumerate(zip(op.windows, given)):
        lines = [f"for (int k{axis} = 0; k{axis} < {w.kernel}; k{axis}++) {{"]
        lines.append(f"const {kind} t{axis} = {total(f'p{axis}', times(f'k{axis}', w.dilation), -w.left)};")
        taps.append([*lines, *([] if w.inside(size) else [f"if (t{axis} >= 0 && t{axis} < {size}) {{"])])
    place = index([f"t{a}" for a in axes], given)
    tap = index([f"k{a}" for a in axes], [w.kernel for w in op.windows])
    seen = nested(taps, [f"memcpy(window + {times(tap, n)}, h + {times(place, n)}, {n} * sizeof *window);"])
    seen = [*([f"memset(window, 0, {f.up}_INPUTS * sizeof *window);"] if padded else []), *seen]
    block = f.over_blocks(b, capture(gates, f, b, past), scoped=True).splitlines()
    ends = [f"x += 4 * {f.up}_UNITS;", f"c += {f.up}_UNITS;", f"y += {f.up}_UNITS;"]
    body = nested([[f"for ({kind} p{axis} = 0; p{axis} < {given[axis]}; p{axis}++) {{"] for axis in axes], [*seen, *(line[4:] for line in block), *ends])
%>\
${f.sizes(len(op.past.weights), n, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("i f c o of " + ('each filter' if b.units > 1 else 'the filter'), past)} */
${past.definition}
/* i = r(x_i + U_i * h), f, o alike; c~ = a(x_c + U_c * h); c = f c + i c~; h = o a(c)
 * with r = ${op.gate.function}, a = ${op.candidate.function}; * is a convolution over ${" x ".join(map(str, given))} positions. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h}_t *h, int16_t *c, ${h}_t *y, ${h}_t *window)
{
    ${h}_t *const made = y;
% for line in body:
    ${line}
% endfor
    memcpy(h, made, ${f.size(op.shape)} * sizeof *h);
}
</%def>
<%def name="gates(f, b, past)">
${past.sums} past[${b.rows}];
${f.start(past=past)}
${past.multiply("past", "window", f"{f.up}_INPUTS")}
${f.over_units(b, capture(unit, f, b, past))}
</%def>
<%def name="unit(f, b, past)">
<%
    op, h = f.op, f.op.formats[0].dtype
    n = op.filters
    keep, new, argument = op.bits
    c = f.value(f"c[{b.unit}]", "int16")
    z = {}
    for part, letter in enumerate(op.gates):
        row = f.gate("", b, letter)[1:-1]
        x = f.value(f"x[{total(part * n, b.unit)}]", "int16")
        z[letter] = f.saturated(f.scaled(op.enter[part], x) + past.result("past", row, part), "int16")
    seen = f.shifted(f.value("cell"), argument)
    names = {"i": "input", "f": "forgets", "c": "proposes", "o": "puts"}
%>\
% for letter, name in names.items():
const int32_t ${name} = ${z[letter]};
% endfor
const int32_t i = ${f.unit(op.gate, f.value("input"))};
const int32_t forget = ${f.unit(op.gate, f.value("forgets"))};
const int32_t candidate = ${f.unit(op.candidate, f.value("proposes"))};
const int32_t o = ${f.unit(op.gate, f.value("puts"))};
const int32_t keep = ${f.shifted(f.value("forget") * c, keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.shifted(f.value("i") * f.value("candidate"), new), "int16")};
const int32_t argument = ${f.saturated(seen, "int16") if argument < 0 else seen};
const int32_t out = ${f.shifted(f.value("o") * f.unit(op.output, f.value("argument")), op.last)};
${c} = (int16_t)cell;
y[${b.unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), h), h)};
</%def>
