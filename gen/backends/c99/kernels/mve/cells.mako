<%doc>LSTM and GRU in float32 by Helium: four units at once after the sums, and the layers' own C elsewhere.</%doc>\
<%namespace name="lstm" file="/lstm.mako"/>\
<%namespace name="gru" file="/gru.mako"/>\
${lstm.define(f, lstm_block) if f.op.kind == "lstm" else gru.after(f, gru_block)}\
<%def name="lstm_block(f, b, kernel, recurrent)">
<% up, at, tanh = f.up, " + first" if b.count > 1 else "", f.primitive("vectors_tanh") %>\
${cell.arguments(f, b, kernel, recurrent)}\
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
${inside(f, b)}\
const float32x4_t half = vdupq_n_f32(0.5f);
${[f"vstrwq_f32(gate + {up}_{gate}, vmulq_f32(vldrwq_f32(gate + {up}_{gate}), half));" for gate in "IFO"]}
${tanh}(gate, 16); /* of all four, as sigmoid x = (1 + tanh(x / 2)) / 2 */
const float32x4_t keep = vmulq_f32(${opened(f, "F")}, vldrwq_z_f32(c${at}, inside));
const float32x4_t cell = vfmaq_f32(keep, ${opened(f, "I")}, vldrwq_f32(gate + ${up}_C));
vstrwq_p_f32(c${at}, cell, inside);
vstrwq_f32(gate, cell);
${tanh}(gate, 4);
vstrwq_p_f32(y${at}, vmulq_f32(${opened(f, "O")}, vldrwq_f32(gate)), inside);
#else
${f.over_units(b, capture(lstm_unit, f, b))}
#endif
</%def>
<%def name="opened(f, gate)">vfmasq_n_f32(vldrwq_f32(gate + ${f.up}_${gate}), half, 0.5f)</%def>
<%def name="lstm_unit(f, b)">
<% op = f.op %>\
${lstm.state(f, b.unit, {gate: f.act(op.activation if gate == "c" else op.recurrent_activation, f.gate("gate", b, gate)) for gate in "ifco"})}\
</%def>
<%def name="gru_block(f, b, kernel, recurrent)">
<% up, at = f.up, " + first" if b.count > 1 else "" %>\
${cell.sums(f, kernel, recurrent)}\
${over("int row", f"{up}_Z + 8", "now[row] += past[row];", start=f"{up}_Z")}
${f.each(f.op.recurrent_activation, "now", b, "zr")}
${over("int j", 4, f"now[{up}_H + j] += now[{up}_R + j] * past[{up}_H + j];")}
${f.each(f.op.activation, "now", b, "h", "h~")}
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
${inside(f, b)}\
const float32x4_t z = vldrwq_f32(now + ${up}_Z);
const float32x4_t keep = vmulq_f32(z, vldrwq_z_f32(h${at}, inside));
vstrwq_p_f32(y${at}, vfmaq_f32(keep, vsubq_f32(vdupq_n_f32(1.0f), z), vldrwq_f32(now + ${up}_H)), inside);
#else
${f.over_units(b, capture(unit, f, b))}
#endif
</%def>
<%def name="unit(f, b)">${gru.state(f, b, f.gate("now", b, "z"), f.gate("now", b, "h"))}</%def>
<%def name="inside(f, b)">\
const mve_pred16_t inside = vctp32q((uint32_t)${f"({f.up}_UNITS - first)" if b.count > 1 else f"{f.up}_UNITS"});
</%def>
