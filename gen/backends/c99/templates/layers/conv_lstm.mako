<%doc>ConvLSTM, one time step: x is the input's convolution.</%doc>\
<%namespace name="gathered" file="gathered.mako"/>\
<%namespace name="lstm" file="lstm.mako"/>\
<%
    op, n, (h, c) = f.op, f.op.filters, f.state_types
    seen = op.state_formats[0].dtype
    r = rows_of(op.windows, op.shape, op.shape)
    b = f.blocks(n, 4, f.matrix(op.past, seen) if f.integer else None)
    p = f.part("recurrent", op.past, seen, b, at="block") if f.integer else f.grouped("recurrent", op.recurrent, b, 1, n)
    place, _, tap = indices(r.lines)
%>\
enum { ${f.up}_PATCH = ${r.taps * n}, ${f.up}_FILTERS = ${n}, ${f.up}_BLOCKS = ${b.count} };
${f.rows_of_gates(b, "ifco")}

/* ${f.layout_comment("i f c o of " + ('each filter' if b.units > 1 else 'the filter'), p)} */
${p.definition}
/* i = r(x_i + U_i * h), f, o alike; c~ = a(x_c + U_c * h); c = f c + i c~; h = o a(c)
 * with r = ${f.function_of("i")}, a = ${f.function_of("c")}; * is a convolution over ${" x ".join(map(str, op.shape[:-1]))} positions. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h} *h, ${c} *c, ${h} *y${f", {h} *window" if f.integer else ""})
{
${rows.sizes(r)}\
${h} *const outputs = y;
<%call expr="gathered.outputs(f, r)">
% if f.integer:
memset(window, 0, ${f.up}_PATCH * sizeof *window);
<%call expr="gathered.taps(f, r)">
memcpy(window + ${tap} * CHANNELS, h + ${place} * CHANNELS, CHANNELS * sizeof *window);
</%call>
% endif
for (int block = 0; block < ${f.up}_BLOCKS; block++) {
const int first = block * ${b.units};
const int filters = ${f"CHANNELS - first < {b.units} ? CHANNELS - first : {b.units}" if b.padded else b.units};
% if f.integer:
${p.sums} past[${b.rows}];
${f.start(past=p)}
${p.multiply("past", "window", f"{f.up}_PATCH")}
% else:
float gate[${b.rows}] = { 0.0f };
${over("int j", "filters", "\n".join(f"{gate(f, letter)} = x[{k} * CHANNELS + first + j];" for k, letter in enumerate("ifco")))}
<%call expr="gathered.taps(f, r)">
${p.multiply("gate", f"h + {place} * CHANNELS", f"{tap} * CHANNELS", "CHANNELS")}
</%call>
% endif
for (int j = 0; j < filters; j++) {
% if f.integer:
% for part, letter in enumerate("ifco"):
<% x = f.value(f"x[{part} * CHANNELS + first + j]", "int16") %>\
const int32_t argument_${letter} = ${f.saturated(f.scaled(op.enter[part], x) + p.result("past", f"{f.up}_{letter.upper()} + j", part), "int16")};
% endfor
% endif
${lstm.state(f, "first + j", {letter: f.gated_value(letter, f"argument_{letter}" if f.integer else f.act(f.op.activation if letter == "c" else f.op.recurrent_activation, gate(f, letter))) for letter in "ifco"})}\
}
}
x += 4 * CHANNELS;
c += CHANNELS;
y += CHANNELS;
</%call>
memcpy(h, outputs, ${f.size(op.shape)} * sizeof *h);
}
<%!
    def gate(f, letter):
        return f"gate[{f.up}_{letter.upper()} + j]"
%>
