<%doc>LSTM and GRU in float32 by Helium: four units at once. Needs: f, the function being written.</%doc>\
<%! import numpy as np %>\
<%def name="define(f)">\
% if f.op.kind == "lstm":
${lstm(f)}\
% else:
${gru(f)}\
% endif
</%def>
<%def name="lstm(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 4, f.ask(op.kernel))
    def ordered(values): # i f o c: the three that go through one function side by side
        i, forget, candidate, o = np.split(values, 4, axis=-1)
        return np.concatenate([i, forget, o, candidate], axis=-1)
    r, a = op.recurrent_activation, op.activation
    halved = (r.name, a.name) == ("sigmoid", "tanh")
    def vector(row):
        value = f"vldrwq_f32(gate{f' + {row}' if row else ''})"
        return f"vfmasq_n_f32({value}, half, 0.5f)" if halved else value
    def scalar(row):
        return f"(0.5f * gate[{row}] + 0.5f)" if halved else f"gate[{row}]"
    half = np.repeat(np.float32([0.5, 0.5, 0.5, 1] if halved else [1, 1, 1, 1]), op.units)
    kernel = f.weights("kernel", ordered(op.kernel) * half, b, "INPUTS")
    recurrent = f.weights("recurrent", ordered(op.recurrent) * half, b, "UNITS")
    def each(function, place, count):
        return "" if function.name == "linear" else f"act_{f.primitive(function.name + '_each')}({place}, {count});"
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.layout_comment("i f o c of each unit", kernel, recurrent)}${"; i f o, whose weights are halved" if halved else ""} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.defined("bias", b.pack(ordered(op.bias) * half), shape=f"[{f.up}_BLOCKS][{b.rows}]")}
% endif
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${r}, a = ${a}. */
APART static void ${f.name}_forward(const float *x, float *h, float *c, float *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * 4;
        float gate[16]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("gate", "bias[block]", b.rows)}
% endif
        ${kernel.multiply("gate", "x")}
        ${recurrent.multiply("gate", "h")}
% if halved:
        ${f.primitive("vectors_tanh")}(gate, 16); /* of all four, as sigmoid x = (1 + tanh(x / 2)) / 2 */
% else:
        ${each(r, "gate", 12)} /* i f o */
        ${each(a, "gate + 12", 4)} /* c~ */
% endif
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
        const mve_pred16_t inside = vctp32q((uint32_t)(${f.up}_UNITS - first));
% if halved:
        const float32x4_t half = vdupq_n_f32(0.5f);
% endif
        const float32x4_t keep = vmulq_f32(${vector(4)}, vldrwq_z_f32(c + first, inside));
        const float32x4_t cell = vfmaq_f32(keep, ${vector(0)}, vldrwq_f32(gate + 12));
        vstrwq_p_f32(c + first, cell, inside);
        vstrwq_f32(gate + 12, cell);
#else
        for (int j = 0; j < 4 && first + j < ${f.up}_UNITS; j++) {
            const float keep = ${scalar("4 + j")} * c[first + j];
            const float cell = keep + ${scalar("j")} * gate[12 + j];
            c[first + j] = cell;
            gate[12 + j] = cell;
        }
#endif
        ${f"{f.primitive('vectors_tanh')}(gate + 12, 4);" if halved else each(a, "gate + 12", 4)} /* of c */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
        vstrwq_p_f32(y + first, vmulq_f32(${vector(8)}, vldrwq_f32(gate + 12)), inside);
#else
        for (int j = 0; j < 4 && first + j < ${f.up}_UNITS; j++) {
            y[first + j] = ${scalar("8 + j")} * gate[12 + j];
        }
#endif
    }
${f.keep()}
}
</%def>
<%def name="gru(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 3, f.ask(op.kernel))
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
    r, a = op.recurrent_activation, op.activation
    def each(function, place, count):
        return "" if function.name == "linear" else f"act_{f.primitive(function.name + '_each')}({place}, {count});"
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.layout_comment("z r h of each unit", kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.defined("bias", b.pack(op.bias[0]), shape=f"[{f.up}_BLOCKS][{b.rows}]")}
${f.defined("recurrent_bias", b.pack(op.bias[1]), shape=f"[{f.up}_BLOCKS][{b.rows}]")}
% endif
/* z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with r = ${r}, a = ${a}. */
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * 4;
        float own[12]${'' if op.bias is not None else ' = { 0.0f }'};
        float past[12]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("own", "bias[block]", b.rows)}
        ${f.load("past", "recurrent_bias[block]", b.rows)}
% endif
        ${kernel.multiply("own", "x")}
        ${recurrent.multiply("past", "h")}
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
        const mve_pred16_t inside = vctp32q((uint32_t)(${f.up}_UNITS - first));
        vstrwq_f32(own, vaddq_f32(vldrwq_f32(own), vldrwq_f32(past)));
        vstrwq_f32(own + 4, vaddq_f32(vldrwq_f32(own + 4), vldrwq_f32(past + 4)));
#else
        for (int j = 0; j < 8; j++) {
            own[j] += past[j];
        }
#endif
        ${each(r, "own", 8)} /* z, reset */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
        vstrwq_f32(own + 8, vfmaq_f32(vldrwq_f32(own + 8), vldrwq_f32(own + 4), vldrwq_f32(past + 8)));
#else
        for (int j = 0; j < 4; j++) {
            own[8 + j] += own[4 + j] * past[8 + j];
        }
#endif
        ${each(a, "own + 8", 4)} /* h~ */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
        const float32x4_t z = vldrwq_f32(own);
        const float32x4_t keep = vmulq_f32(z, vldrwq_z_f32(h + first, inside));
        vstrwq_p_f32(y + first, vfmaq_f32(keep, vsubq_f32(vdupq_n_f32(1.0f), z), vldrwq_f32(own + 8)), inside);
#else
        for (int j = 0; j < 4 && first + j < ${f.up}_UNITS; j++) {
            const float keep = own[j] * h[first + j];
            y[first + j] = keep + (1.0f - own[j]) * own[8 + j];
        }
#endif
    }
${f.keep()}
}
</%def>
