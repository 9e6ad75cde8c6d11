<%doc>LayerNormalization of one core in integers. A set with vectors gives the statements for each loop.</%doc>\
<%def name="define(f, vectors=('', '', ''))">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.size_in(0)
    x = f.value("x[k]", f.dtypes_in[0]) - op.source.zero
    scaled = x.wide() * n
    less = f" - {op.source.zero}".replace("- -", "+ ") if op.source.zero else ""
    centered = scaled - f.value("sum") if op.centered else scaled
    at = "k" if op.m.size > 1 else "0"
    first, whole = op.offsets
    near = lambda far: f"(int32_t)(int16_t)(uint32_t)(({far}) >> down) + ((({far}) & ((int32_t)1 << down >> 1)) != 0)" # round_shift
    for name in ("round_shift", "saturate16", "upper_root"):
        f.primitive(name)
%>\
${f.constant_table("multipliers", op.m, "int16")}
${f.constant_table("shifts", op.post, "int8")}
${"/* in units of what is shifted out, with what rounds it */" if whole else ""}
${f.constant_table("offsets", first, "int32")}
<%frame:whole note="y = ${'x' if op.rms or not op.centered else '(x - mean)'} / sqrt(${'variance' if op.centered else 'mean square'} + epsilon) gamma + beta; deviations are ${str(n)} times as large here.">
    ${"int32_t sum = 0;" if op.centered else ""}
    int32_t high = x[0];
    int32_t low = x[0];
<%call expr="rows.either(vectors[0])">
    for (${f.index} k = 0; k < ${n}; k++) {
        ${f"sum += {x};" if op.centered else ""}
        high = x[k] > high ? x[k] : high;
        low = x[k] < low ? x[k] : low;
    }
</%call>
    high = (high${less}) * ${n};
    low = (low${less}) * ${n};
    const int32_t most = ${"high - sum > sum - low ? high - sum : sum - low" if op.centered else "high > -low ? high : -low"};
    ${"const int32_t most_own = high > -low ? high : -low;" if op.rms else ""}
    int down = 0;
    while (most >> down > 32767) {
        down++;
    }
    uint64_t square = 0;
<%call expr="rows.either(vectors[1])">
    ${over(f"{f.index} k", n, f"const int32_t apart = {near(centered)};", "square += (uint32_t)(apart * apart);")}
</%call>
    int up = 0;
    const uint32_t root = upper_root((square << ${op.fine} >> ${2 * op.coarse}) + (UINT64_C(${op.epsilon}) >> 2 * down), &up);
    int places = ${f'up + {16 - op.exponent + op.coarse}'.replace('+ -', '- ')};
    uint32_t inverse = (UINT32_C(${op.mantissa << 16}) + (root >> 1)) / root;
    if (inverse > 32767) {
        inverse = inverse < 65533 ? (inverse + 1) >> 1 : 32767;
        places--;
    }
% if op.rms:
    int down_own = 0;
    while (most_own >> down_own > 32767) {
        down_own++;
    }
    places += down - down_own;
    down = down_own;
% endif
    inverse = places > 30 ? 0 : inverse;
    places = places > 30 ? 30 : places > 0 ? places : 0;
<%call expr="rows.either(vectors[2])">
    for (${f.index} k = 0; k < ${n}; k++) {
        const int32_t part = ${near(scaled if op.rms else centered)};
        const int32_t unit = saturate16(round_shift(part * (int32_t)inverse, places));
<% product, shift, offset = f"unit * {f.name}_multipliers[{at}]", f"{f.name}_shifts[{at}]", f"{f.name}_offsets[{at}]" %>\
        const int32_t value = ${f"({product} + {offset}) >> {shift}" if whole else f"round_shift({product}, {shift}) + {offset}"};
        y[k] = ${f.stored(f.saturated(f.value("value"), y), y)};
    }
</%call>
</%frame:whole>
</%def>
