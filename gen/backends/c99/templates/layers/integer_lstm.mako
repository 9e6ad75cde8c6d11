<%doc>LSTM in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 4)
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
    u = b.units
    keep, new, argument = op.bits
    def gate(k):
        return f"gate[{k * u} + j]" if k else "gate[j]"
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.lies(b, "i f c o of " + ('each unit' if u > 1 else 'the unit'))} */
${own.definition}
${past.definition}
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${op.gate.function}, a = ${op.candidate.function}. */
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h}_t *h, int16_t *c, ${h}_t *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${u};
        ${own.sums} now[${b.rows}];
        ${past.sums} past[${b.rows}];
        int32_t gate[${b.rows}];
        ${own.start("now", "        ")}
        ${past.start("past", "        ")}
        ${own.gemv}(now, ${own.name}_weights[block], x, ${f.up}_INPUTS);
        ${past.gemv}(past, ${past.name}_weights[block], h, ${f.up}_UNITS);
% for start, stop, part in f.runs(b, own, past):
        for (int j = ${start}; j < ${stop}; j++) {
            const int32_t sum = ${own.result("now", "j", part)}
                              + ${past.result("past", "j", part)};
            gate[j] = ${f.saturated("sum", "int16")};
        }
% endfor
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${u} ? ${f.up}_UNITS - first : ${u};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${u}; j++) {
% endif
            const int32_t i = ${f.unit(op.gate, gate(0))};
            const int32_t forget = ${f.unit(op.gate, gate(1))};
            const int32_t candidate = ${f.unit(op.candidate, gate(2))};
            const int32_t o = ${f.unit(op.gate, gate(3))};
            const int32_t keep = ${f.shifted("forget * c[first + j]", keep)};
            const int32_t cell = ${f.saturated("keep + " + f.shifted("i * candidate", new), "int16")};
            const int32_t argument = ${f.saturated(f.shifted("cell", argument), "int16") if argument < 0 else f.shifted("cell", argument)};
            const int32_t out = ${f.shifted(f"o * {f.unit(op.output, 'argument')}", op.last)};
            c[first + j] = (int16_t)cell;
            y[first + j] = ${f.stored(f.saturated(f.scaled(op.narrow, "out"), h), h)};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
</%def>
