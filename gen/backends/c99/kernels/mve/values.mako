<%namespace name="sum_" file="/integer_sum.mako"/>\
<%namespace name="norm" file="/integer_layer_norm.mako"/>\
<%!
    LETTERS = {"int8": "b", "int16": "h", "int32": "w"}

    def loaded(x, dtype, values=4):
        """The vector of four values from k on, or of the only one."""
        return f"vldr{LETTERS[dtype]}q_s32({x} + k)" if values > 1 else f"vdupq_n_s32({x}[0])"

    def stored(form):
        """The statement that puts four values."""
        bound = f"vmaxq_s32(vminq_s32(value, vdupq_n_s32({form.high})), vdupq_n_s32({form.low}))"
        return f"vstr{LETTERS[form.dtype]}q_s32(y + k, {bound});"
%>\
% if f.op.kind == "integer_sum":
${sum_.define(f, capture(add, f))}\
% else:
${norm.define(f, [capture(part, f) for part in (range_, squares, normal)])}\
% endif
<%def name="add(f)">\
<%
    op = f.op
    less = sum(source.zero * m for source, m in zip(op.sources, op.m))
    values = [loaded(f"x{i}", dtype) for i, dtype in enumerate(f.dtypes_in)]
%>\
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
    for (${f.index} k = 0; k < ${f.size(f.outs[0])}; k += 4) {
        int32x4_t sum = vdupq_n_s32(${-less});
        ${[f"sum = vmlaq_n_s32(sum, {value}, {m});" for value, m in zip(values, op.m)]}
        const int32x4_t value = ${f"vaddq_n_s32(vrshlq_n_s32(sum, {-op.post}), {op.result.zero})"};
        ${stored(op.result)}
    }
</%def>
<%def name="range_(f)">\
    for (${f.index} k = 0; k < ${f.size_in(0)}; k += 8) {
        const int16x8_t some = vldr${LETTERS[f.dtypes_in[0]]}q_s16(x + k);
        sum = vaddvaq_s16(sum, some);
        high = vmaxvq_s16((int16_t)high, some);
        low = vminvq_s16((int16_t)low, some);
    }
    sum -= ${f.op.source.zero * f.size_in(0)};
</%def>
<%def name="apart(f)">\
<% n = f.size_in(0) %>\
        const int32x4_t apart = vsubq_n_s32(vmulq_n_s32(${loaded("x", f.dtypes_in[0])}, ${n}), sum + ${f.op.source.zero * n});
        const int32x4_t part = vrshlq_n_s32(apart, -down);
</%def>
<%def name="squares(f)">\
    for (${f.index} k = 0; k < ${f.size_in(0)}; k += 4) {
${apart(f)}\
        square = (uint64_t)vmlaldavaq_s32((int64_t)square, part, part);
    }
</%def>
<%def name="normal(f)">\
<%
    op, (_, whole), near = f.op, f.op.offsets, f.primitive("vector_saturate")
    m, shift, offset = (
        loaded(f"{f.name}_{name}", dtype, op.m.size)
        for name, dtype in (("multipliers", "int16"), ("shifts", "int8"), ("offsets", "int32"))
    )
    value = f"vshlq_s32(vaddq_s32(product, {offset}), vnegq_s32({shift}))"
    value = value if whole else f"vaddq_s32(vrshlq_s32(product, vnegq_s32({shift})), {offset})"
%>\
    for (${f.index} k = 0; k < ${f.size_in(0)}; k += 4) {
${apart(f)}\
        const int32x4_t unit = ${near}(vrshlq_n_s32(vmulq_n_s32(part, (int32_t)inverse), -places));
        const int32x4_t product = vmulq_s32(unit, ${m});
        const int32x4_t value = ${value};
        ${stored(op.result)}
    }
</%def>
