<%doc>
LSTM and GRU in integers by Helium: eight units at once behind the sums, and the same in plain C elsewhere. Needs: f, the
function being written.
</%doc>\
<%def name="define(f)">\
% if f.op.kind == "integer_lstm":
${lstm(f)}\
% else:
${gru(f)}\
% endif
</%def>
<%def name="lstm(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 4, f.matrix(op.own, "int8"))
    own = f.part("kernel", op.own, "int8", b, at="block")
    past = f.part("recurrent", op.past, "int8", b, at="block")
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("i f c o of each unit", own, past)} */
${own.definition}
${past.definition}
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${op.gate.function}, a = ${op.candidate.function}. */
APART static void ${f.name}_forward(const int8_t *x, int8_t *h, int16_t *c, int8_t *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * 8;
        int32_t now[32];
        int32_t past[32];
        int16_t gate[32]; /* before its activation */
${sums(f, b, own, past)}\
${arguments(f, b, own, past, 4)}\
#if defined(__ARM_FEATURE_MVE)
${lstm_vector(f)}\
#else
        for (int j = 0; j < 8 && first + j < ${f.up}_UNITS; j++) {
${capture(lstm_unit, f, b).strip()}
        }
#endif
    }
${f.keep("int8")}
}
</%def>
<%def name="sums(f, b, own, past)">\
${f.start(now=own, past=past)}
        ${own.multiply("now", "x", f"{f.up}_INPUTS")}
        ${past.multiply("past", "scratch" if op_narrows(f) else "h", f"{f.up}_UNITS")}
</%def>
<%!
    def op_narrows(f):
        return f.op.kind == "integer_gru"
%>\
<%def name="rescaled(f, part, name, row, gate)">\
<%
    shifts = part.shifts[gate]
    value = f"vldrwq_s32({name} + {row})"
    value = f"vshrq_n_s32({value}, {shifts.pre})" if shifts.pre else value
    value = f"{f.primitive('vector_saturate')}({value})" if shifts.saturate else value
    value = f"vmulq_s32({value}, vldrhq_s32({part.name}_multipliers[block] + {row}))"
%>\
${f"vrshrq_n_s32({value}, {shifts.post})" if shifts.post else value}\
</%def>
<%def name="arguments(f, b, own, past, gates)">\
% for start, stop, part in f.runs(b, own, past, gates=gates):
#if defined(__ARM_FEATURE_MVE)
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
        for (int row = ${start}; row < ${stop}; row += 4) {
            const int32x4_t seen = ${rescaled(f, own, "now", "row", part)};
            const int32x4_t kept = ${rescaled(f, past, "past", "row", part)};
            ${f.primitive("vector_argument")}(gate + row, vaddq_s32(seen, kept));
        }
#else
        for (int row = ${start}; row < ${stop}; row++) {
            const int32_t argument = ${f.primitive("saturate16")}(${own.result("now", "row", part)}
                + ${past.result("past", "row", part)});
            gate[row] = (int16_t)argument;
        }
#endif
% endfor
</%def>
<%def name="lstm_vector(f)">\
<%
    op, up = f.op, f.up
    keep, new, argument = op.bits
    narrow = op.narrow
    tanh, sigmoid = f.primitive("vector_gate_tanh"), f.primitive("vector_gate_sigmoid")
    seen = "cell" if argument == 0 else f"vrshrq_n_s16(cell, {argument})" if argument > 0 else f"vqshlq_n_s16(cell, {-argument})"
    out = f"vrshrq_n_s16(out, {narrow.pre})" if narrow.pre else "out"
%>\
        const mve_pred16_t inside = vctp16q((uint32_t)(${up}_UNITS - first));
        const int16x8_t i = ${sigmoid}(vldrhq_s16(gate + ${up}_I));
        const int16x8_t candidate = ${tanh}(vldrhq_s16(gate + ${up}_C));
% if new == 16:
        const int16x8_t added = vrmulhq_s16(i, candidate);
% else:
        const int16x8_t even = vreinterpretq_s16_s32(vrshrq_n_s32(vmullbq_int_s16(i, candidate), ${new}));
        const int16x8_t added = vmovntq_s32(even, vrshrq_n_s32(vmulltq_int_s16(i, candidate), ${new}));
% endif
        const int16x8_t forget = ${sigmoid}(vldrhq_s16(gate + ${up}_F));
        const int16x8_t keep = vqrdmulhq_s16(forget, vldrhq_z_s16(c + first, inside)); /* (f c + 2^14) / 2^15 */
        const int16x8_t cell = vqaddq_s16(keep, added);
        vstrhq_p_s16(c + first, cell, inside);
        const int16x8_t o = ${sigmoid}(vldrhq_s16(gate + ${up}_O));
        const int16x8_t out = vqrdmulhq_s16(o, ${tanh}(${seen}));
        vstrbq_p_s16(y + first, ${f.primitive("vector_narrow")}(${out}, ${narrow.single}, ${narrow.post}, 0), inside);
</%def>
<%def name="lstm_unit(f, b)">
<%
    op = f.op
    keep, new, argument = op.bits
    gate = {letter: f.value(f"gate[{f.up}_{letter.upper()} + j]", "int16") for letter in op.gates}
    c = f.value("c[first + j]", "int16")
    seen = f.shifted(f.value("cell"), argument)
%>\
const int32_t i = ${f.unit(op.gate, gate["i"])};
const int32_t forget = ${f.unit(op.gate, gate["f"])};
const int32_t candidate = ${f.unit(op.candidate, gate["c"])};
const int32_t o = ${f.unit(op.gate, gate["o"])};
const int32_t keep = ${f.shifted(f.value("forget") * c, keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.shifted(f.value("i") * f.value("candidate"), new), "int16")};
const int32_t argument = ${f.saturated(seen, "int16") if argument < 0 else seen};
const int32_t out = ${f.shifted(f.value("o") * f.unit(op.output, f.value("argument")), op.last)};
${c} = (int16_t)cell;
y[first + j] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), "int8"), "int8")};
</%def>
<%def name="gru(f)">\
<%
    op = f.op
    narrow = op.narrow
    b = f.blocks(op.units, 3, f.matrix(op.own, "int8"))
    own = f.part("kernel", op.own, "int8", b, at="block")
    past = f.part("recurrent", op.past, "int8", b, at="block")
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("z r h of each unit", own, past)} */
${own.definition}
${past.definition}
/* z = s(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with s = ${op.gate.function}, a = ${op.candidate.function}. h keeps 16 bits; the matrix sees it in 8, in scratch. */
APART static void ${f.name}_forward(const int8_t *x, int16_t *h, int16_t *y, int8_t *scratch)
{
    ${f.narrow("scratch", "h", f.up + "_UNITS", narrow)}
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * 8;
        int32_t now[24];
        int32_t past[24];
        int16_t gate[24]; /* z, reset and what is reset, before their activations */
${sums(f, b, own, past)}\
${arguments(f, b, own, past, 2)}\
#if defined(__ARM_FEATURE_MVE)
${gru_vector(f, own, past)}\
#else
        for (int j = 0; j < 8 && first + j < ${f.up}_UNITS; j++) {
${capture(gru_unit, f, own, past).strip()}
        }
#endif
    }
${f.keep("int16")}
}
</%def>
<%def name="gru_vector(f, own, past)">\
<%
    op, up = f.op, f.up
    _, down = op.bits
    tanh, sigmoid = f.primitive("vector_gate_tanh"), f.primitive("vector_gate_sigmoid")
    made = f"{tanh}(vldrhq_s16(gate + {up}_H))"
    candidate = made if down == 0 else f"vrshrq_n_s16({made}, {down})" if down > 0 else f"vqshlq_n_s16({made}, {-down})"
%>\
        const mve_pred16_t inside = vctp16q((uint32_t)(${up}_UNITS - first));
        for (int row = ${up}_H; row < ${up}_H + 8; row += 4) {
            ${f.primitive("vector_argument")}(gate + row, ${rescaled(f, past, "past", "row", 2)});
        }
        const int16x8_t reset = ${sigmoid}(vldrhq_s16(gate + ${up}_R));
        vstrhq_s16(gate + ${up}_H, vqrdmulhq_s16(reset, vldrhq_s16(gate + ${up}_H)));
        for (int row = ${up}_H; row < ${up}_H + 8; row += 4) {
            const int32x4_t seen = ${rescaled(f, own, "now", "row", 2)};
            ${f.primitive("vector_argument")}(gate + row, vaddq_s32(seen, vldrhq_s32(gate + row)));
        }
        const int16x8_t candidate = ${candidate};
        const int16x8_t z = ${sigmoid}(vldrhq_s16(gate + ${up}_Z));
        const int16x8_t rest = vaddq_s16(candidate, vqrdmulhq_s16(vnegq_s16(z), candidate)); /* (1 - z) h~ */
        const int16x8_t keep = vqrdmulhq_s16(z, vldrhq_z_s16(h + first, inside));
        vstrhq_p_s16(y + first, vqaddq_s16(keep, rest), inside);
</%def>
<%def name="gru_unit(f, own, past)">
<%
    op = f.op
    product, down = op.bits
    row = f"{f.up}_H + j"
    reset = f.unit(op.gate, f.value(f"gate[{f.up}_R + j]", "int16"))
    candidate = f.shifted(f.unit(op.candidate, f.value("argument")), down)
    candidate = f.saturated(candidate, "int16") if down < 0 else candidate
    h = f.value("h[first + j]", "int16")
%>\
const int32_t inner = ${f.saturated(past.result("past", row, 2), "int16")};
const int32_t sum = ${own.result("now", row, 2)}
                  + ${f.shifted(reset * f.value("inner"), product)};
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t candidate = ${candidate};
const int32_t z = ${f.unit(op.gate, f.value(f"gate[{f.up}_Z + j]", "int16"))};
const int32_t rest = ${(1 << product) - f.value("z")};
const int32_t value = ${f.shifted(f.value("z") * h, product) + f.shifted(f.value("rest") * f.value("candidate"), product)};
y[first + j] = (int16_t)${f.saturated(f.value("value"), "int16")};
</%def>
