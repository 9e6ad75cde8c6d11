<%doc>LSTM and GRU in integers by Helium: eight units at once after the sums, and the layers' own C elsewhere.</%doc>\
<%namespace name="lstm" file="/lstm.mako"/>\
<%namespace name="gru" file="/gru.mako"/>\
${lstm.define(f, lstm_block) if f.op.kind == "integer_lstm" else gru.after(f, gru_block)}\
<%def name="lstm_block(f, b, own, past)">
${cell.sums(f, own, past)}\
#if defined(__ARM_FEATURE_MVE)
${arguments(f, b, own, past, 4)}\
${lstm_vector(f, b)}\
#else
${cell.joined(f, b, own, past, 4)}
${f.over_units(b, capture(lstm.unit, f, b))}
#endif
</%def>
<%def name="gru_block(f, b, own, past)">
${cell.sums(f, own, past, "scratch")}\
#if defined(__ARM_FEATURE_MVE)
${arguments(f, b, own, past, 2)}\
${gru_vector(f, b, own, past)}\
#else
${cell.joined(f, b, own, past, 2, f.op.gate)}
${f.over_units(b, capture(gru.unit, f, b, own, past))}
#endif
</%def>
<%def name="rescaled(f, part, name, row, gate)">\
<%
    shifts = part.shifts[gate]
    value = f"vldrwq_s32({name} + {row})"
    value = f"vshrq_n_s32({value}, {shifts.pre})" if shifts.pre else value
    value = f"{f.primitive('vector_saturate')}({value})" if shifts.saturate else value
    value = f"vmulq_s32({value}, vldrhq_s32({part.name}_multipliers[{part.at}] + {row}))"
%>\
${f"vrshrq_n_s32({value}, {shifts.post})" if shifts.post else value}\
</%def>
<%def name="arguments(f, b, own, past, gates)">\
int16_t gate[${b.rows}]; /* before its activation */
% for start, stop, part in f.runs(b, own, past, gates=gates):
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
for (int row = ${start}; row < ${stop}; row += 4) {
const int32x4_t seen = ${rescaled(f, own, "now", "row", part)};
const int32x4_t kept = ${rescaled(f, past, "past", "row", part)};
${f.primitive("vector_argument")}(gate + row, vaddq_s32(seen, kept));
}
% endfor
const mve_pred16_t inside = (mve_pred16_t)vctp16q((uint32_t)${f"({f.up}_UNITS - first)" if b.count > 1 else f"{f.up}_UNITS"});
</%def>
<%def name="lstm_vector(f, b)">\
<%
    op, up, at = f.op, f.up, " + first" if b.count > 1 else ""
    keep, new, argument = op.bits
    narrow = op.narrow
    tanh, sigmoid = f.primitive("vector_gate_tanh"), f.primitive("vector_gate_sigmoid")
    seen = "cell" if argument == 0 else f"vrshrq_n_s16(cell, {argument})" if argument > 0 else f"vqshlq_n_s16(cell, {-argument})"
    out = f"vrshrq_n_s16(out, {narrow.pre})" if narrow.pre else "out"
%>\
        const int16x8_t i = ${sigmoid}(vldrhq_s16(gate + ${up}_I));
        const int16x8_t candidate = ${tanh}(vldrhq_s16(gate + ${up}_C));
% if new == 16:
        const int16x8_t added = vrmulhq_s16(i, candidate);
% else:
        const int16x8_t even = vreinterpretq_s16_s32(vrshrq_n_s32(vmullbq_int_s16(i, candidate), ${new}));
        const int16x8_t added = vmovntq_s32(even, vrshrq_n_s32(vmulltq_int_s16(i, candidate), ${new}));
% endif
        const int16x8_t forget = ${sigmoid}(vldrhq_s16(gate + ${up}_F));
        const int16x8_t keep = vqrdmulhq_s16(forget, vldrhq_z_s16(c${at}, inside)); /* (f c + 2^14) / 2^15 */
        const int16x8_t cell = vqaddq_s16(keep, added);
        vstrhq_p_s16(c${at}, cell, inside);
        const int16x8_t o = ${sigmoid}(vldrhq_s16(gate + ${up}_O));
        const int16x8_t out = vqrdmulhq_s16(o, ${tanh}(${seen}));
        vstrbq_p_s16(y${at}, ${f.primitive("vector_narrow")}(${out}, ${narrow.single}, ${narrow.post}, 0), inside);
</%def>
<%def name="gru_vector(f, b, own, past)">\
<%
    op, up, at = f.op, f.up, " + first" if b.count > 1 else ""
    _, down = op.bits
    tanh, sigmoid = f.primitive("vector_gate_tanh"), f.primitive("vector_gate_sigmoid")
    made = f"{tanh}(vldrhq_s16(gate + {up}_H))"
    candidate = made if down == 0 else f"vrshrq_n_s16({made}, {down})" if down > 0 else f"vqshlq_n_s16({made}, {-down})"
%>\
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
        const int16x8_t keep = vqrdmulhq_s16(z, vldrhq_z_s16(h${at}, inside));
        vstrhq_p_s16(y${at}, vqaddq_s16(keep, rest), inside);
</%def>
