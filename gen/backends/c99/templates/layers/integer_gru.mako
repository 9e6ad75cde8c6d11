<%doc>GRU in integers, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    x, seen = f.dtypes_in[0], op.narrowed.dtype
    product, down = op.bits
    one = 1 << product
    sees = "scratch" if op.narrow else "h"
    rest = f"{one} - z" if op.gate.low >= 0 or op.gate.kind == "sigmoid" else f.clamped(f"{one} - z", -65535, 65535)
    narrowed = f.stored(f.saturated(f.scaled(op.narrow, "h[k]"), seen), seen)
    candidate = f.saturated(f.shifted("raw", down), "int16") if down < 0 else f.shifted("raw", down)
    n = 2 * op.units
%>\
% if op.reset_after:
<%
    b = f.blocks(op.units, 3)
    own = f.part("kernel", op.own, x, b)
    past = f.part("recurrent", op.past, seen, b)
    u = b.units
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.lies(b, "z r h of " + ('each unit' if u > 1 else 'the unit'))} */
${own.definition}
${past.definition}
/* z = s(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with s = ${op.gate.function}, a = ${op.candidate.function}. h keeps 16 bits${'; the matrix sees it in 8, in scratch' if op.narrow else ''}. */
static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y${f', {seen}_t *scratch' if op.narrow else ''})
{
% if op.narrow:
    for (int k = 0; k < ${f.up}_UNITS; k++) {
        scratch[k] = ${narrowed};
    }
% endif
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${u};
        ${own.sums} now[${b.rows}];
        ${past.sums} past[${b.rows}];
        ${own.start("now", "        ")}
        ${past.start("past", "        ")}
        ${own.gemv}(now, ${own.name}_weights[block], x, ${f.up}_INPUTS);
        ${past.gemv}(past, ${past.name}_weights[block], ${sees}, ${f.up}_UNITS);
        int32_t gate[${2 * u}]; /* z, r */
% for start, stop, part in f.runs(b, own, past, gates=2):
        for (int j = ${start}; j < ${stop}; j++) {
            const int32_t sum = ${own.result("now", "j", part)}
                              + ${past.result("past", "j", part)};
            const int32_t argument = ${f.saturated("sum", "int16")};
            gate[j] = ${f.unit(op.gate, "argument")};
        }
% endfor
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${u} ? ${f.up}_UNITS - first : ${u};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${u}; j++) {
% endif
            const int row = ${2 * u} + j;
            const int32_t inner = ${f.saturated(past.result("past", "row", 2), "int16")};
            const int32_t sum = ${own.result("now", "row", 2)}
                              + ${f.shifted(f"gate[{u} + j] * inner", product)};
            const int32_t argument = ${f.saturated("sum", "int16")};
            const int32_t raw = ${f.unit(op.candidate, "argument")};
            const int32_t candidate = ${candidate};
            const int32_t z = gate[j];
            const int32_t rest = ${rest};
            const int32_t value = ${f.shifted("z * h[first + j]", product)} + ${f.shifted("rest * candidate", product)};
            y[first + j] = (int16_t)${f.saturated("value", "int16")};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
% else:
<%
    g, b = f.blocks(op.units, 2), f.blocks(op.units, 1)
    own = f.part("kernel", op.own, x, g, slice(0, n))
    past = f.part("recurrent", op.past, seen, g)
    own_c = f.part("candidate_kernel", op.own, x, b, slice(n, None))
    past_c = f.part("candidate_recurrent", op.reset, seen, b)
    half = f"{f.up}_UNITS + " if op.narrow else ""
    reset = f.shifted(f"gate[{g.units} + j] * h[first + j]", product)
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${g.count}, ${f.up}_CANDIDATE_BLOCKS = ${b.count} };

/* ${f.lies(g, "z r of " + ('each unit' if g.units > 1 else 'the unit'))} */
${own.definition}
${past.definition}
/* ${f.lies(b, "h~ of each unit")} */
${own_c.definition}
${past_c.definition}
/* z = s(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
 * with s = ${op.gate.function}, a = ${op.candidate.function}. Scratch holds ${'h in 8 bits, then ' if op.narrow else ''}reset h; y holds z meanwhile. */
static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y, ${seen}_t *scratch)
{
% if op.narrow:
    for (int k = 0; k < ${f.up}_UNITS; k++) {
        scratch[k] = ${narrowed};
    }
% endif
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${g.units};
        ${own.sums} now[${g.rows}];
        ${past.sums} past[${g.rows}];
        ${own.start("now", "        ")}
        ${past.start("past", "        ")}
        ${own.gemv}(now, ${own.name}_weights[block], x, ${f.up}_INPUTS);
        ${past.gemv}(past, ${past.name}_weights[block], ${sees}, ${f.up}_UNITS);
        int32_t gate[${g.rows}];
% for start, stop, part in f.runs(g, own, past):
        for (int j = ${start}; j < ${stop}; j++) {
            const int32_t sum = ${own.result("now", "j", part)}
                              + ${past.result("past", "j", part)};
            const int32_t argument = ${f.saturated("sum", "int16")};
            gate[j] = ${f.unit(op.gate, "argument")};
        }
% endfor
% if g.padded:
        const int units = ${f.up}_UNITS - first < ${g.units} ? ${f.up}_UNITS - first : ${g.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${g.units}; j++) {
% endif
            const int32_t kept = ${reset};
            y[first + j] = (int16_t)gate[j];
            scratch[${half}first + j] = ${f.stored(f.saturated(f.scaled(op.narrow, "kept"), seen), seen)};
        }
    }
    for (int block = 0; block < ${f.up}_CANDIDATE_BLOCKS; block++) {
        const int first = block * ${b.units};
        ${own_c.sums} now[${b.rows}];
        ${past_c.sums} past[${b.rows}];
        ${own_c.start("now", "        ")}
        ${past_c.start("past", "        ")}
        ${own_c.gemv}(now, ${own_c.name}_weights[block], x, ${f.up}_INPUTS);
        ${past_c.gemv}(past, ${past_c.name}_weights[block], scratch${f" + {f.up}_UNITS" if op.narrow else ""}, ${f.up}_UNITS);
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${b.units} ? ${f.up}_UNITS - first : ${b.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${b.units}; j++) {
% endif
            const int32_t sum = ${own_c.result("now", "j")}
                              + ${past_c.result("past", "j")};
            const int32_t argument = ${f.saturated("sum", "int16")};
            const int32_t raw = ${f.unit(op.candidate, "argument")};
            const int32_t candidate = ${candidate};
            const int32_t z = y[first + j];
            const int32_t rest = ${rest};
            const int32_t value = ${f.shifted("z * h[first + j]", product)} + ${f.shifted("rest * candidate", product)};
            y[first + j] = (int16_t)${f.saturated("value", "int16")};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
% endif
</%def>
