<%!
    MOST = 8192
    """Keys and values of a head that lie on the stack, in 16 bits each."""
%>\
<%
    op, count = f.op, f.ins[0][0]
    width, depth = f.ins[0][1] // op.heads, f.ins[2][1] // op.groups
    share = op.heads // op.groups
    pairs = f"pairs_mask[{f'i * {op.keys} + ' if f.ins[3 + op.masks.index('pairs')][0] > 1 else ''}j]" if "pairs" in op.masks else ""
    test = [{"keys": "keys_mask[j]", "queries": "queries_mask[i]", "pairs": pairs}[name] for name in op.masks if name != "zeroed"]
    keep = " && ".join(f"{one} {'!= 0' if f.integer else '> 0.0f'}" for one in test)
    low = f"i < {op.window} ? 0 : i - {op.window - 1}" if op.window else "0"
    ends = ([f"i + {op.window}"] if op.window and not op.causal else []) + (["i + 1"] if op.causal else [])
    high = f"{ends[0]} < {op.keys} ? {ends[0]} : {op.keys}" if ends else str(op.keys)
    same_group = "h" if share == 1 else f"h / {share}"
    row = lambda name, parts, size, at, which: f"{name} + ({at} * {parts} + {which}) * {size}" if parts > 1 else f"{name} + {at} * {size}"
    number, zero, marks = ("int32_t", "0", "int8_t") if f.integer else ("float", "0.0f", "float")
    arguments = [f"const {kind} *{name}" for kind, name in zip(f.types_in, ("query", "key", "value"))]
    arguments += [f"const {marks} *{name}_mask" for name in op.masks]
    arguments += [f"{kind} *{name}" for kind, name in zip(f.types_out, ("y", "weights"))] + [f"{number} *scores"]
    weight = f"weights[{f'(h * {count} + i)' if op.heads > 1 else 'i'} * {op.keys} + j]"
    what = "y = sum of w[j] v[j], where w is the softmax over j of the score of query and key"
    what = "y = sum of e[j] v[j] over the sum of e[j], where e = exp(score - largest score), and a score is the product of query and key" if f.integer else what
    begin, _, end = what.rpartition("the ")
    scored = f"the {end}" if op.sums is None else "the sum of factor tanh(" + ("" if op.sums == 1 else f"{op.sums:g} ") + "(q + k[j]))"
    at_once = by = ""
    dots = op.sums is None and not f.integer
%>\
% if f.integer:
<%
    y = f.dtypes_out[0]
    one, other, value = (
        (f.value(x, dtype) - source.zero).wide()
        for x, dtype, source in zip(("q[k]", "other[k]", f"v[j * {op.groups * depth}]"), f.dtypes_in, op.sources)
    )
    if op.sums is None:
        product = f.shifted(one * other, op.shift)
    else:
        pair = f.shifted(one * op.pair[0] + other * op.pair[1], op.pair[2])
        bent = f.call("gate_short_tanh" if op.brief else "gate_tanh", f.saturated(pair, "int16"))
        factor = f.value(f"{f.name}_factor[k]", "int16") if op.factor.size > 1 else int(op.factor[0])
        product = f.shifted(bent * factor, op.shift)
    simple = op.sums is None and (op.shift, op.under, keep, op.negative, op.lonely, op.brief) == (0, 0, "", False, False, False)
    wide, long = -(-width // 16) * 16, -(-op.keys // 16) * 16 # of a row in 16 bits, zeros behind the last
    room = op.keys * wide + depth * long
    at_once = simple and {*f.dtypes_in[:3], y} == {"int8"} and room <= MOST and f.special("products_of_sixteen")
    e = f.value("e[j]" if at_once else "(int16_t)(uint32_t)scores[j]", "int16") # powers of 15 bits
    aligned = f"{f.aligned(4)} int16_t" if at_once else ""
    distance = f.saturated(f.scaled(op.enter, f.value("most") - f.value("scores[j]")), "int16")
    power = f.call("exp_octaves" if op.brief else "exp_negative", distance)
    weighed = f.shifted(e * value, op.under)
    near = f.saturated(f.call("round_shift", f.value("sum"), f.value(f"down + {16 + op.extra_shift}")), "int16")
    mean = f.call("round_shift", near * f.value("(int32_t)inverse"), f.value("places")) + op.result.zero
    if op.weights:
        portion = f.scaled(op.leave, f.call("softmax_share", e, f.value("whole"))) + op.shared.zero
        mark = f.stored(f.saturated(portion, f.dtypes_out[1]), f.dtypes_out[1])
    gone = f.stored(f.saturated(f.value(str(op.shared.zero)), f.dtypes_out[1]), f.dtypes_out[1]) if op.weights else ""
%>\
${f.constant_table("factor", op.factor, "int16") if op.factor.size > 1 else ""}
% else:
<%
    factor = f.parameter_of("factor", op.factor, (width,)) if op.factor.size > 1 else None
    times = f.literal(float(op.factor[0]))
    by = "" if factor or times == "1.0f" else times
    product = "" if dots else f"{factor.at('k') + ' * ' if factor else ''}{f.help('tanh')}({'' if op.sums == 1 else f.literal(op.sums) + ' * '}(q[k] + other[k]))"
    power = f"{f.help('exp')}(scores[j] - most)"
    gone = "j < low || j >= high ? 0.0f : scores[j] * share"
%>\
${factor.definition if factor else ""}\
% endif
/* ${begin}${scored}\
${", of keys up to the query's own place" if op.causal else ""}${f", of keys less than {op.window} places away" if op.window else ""}${", of those that masks allow" if keep else ""}. */
APART static void ${f.name}_forward(${", ".join(arguments)})
{
% if at_once:
    ${aligned} keys[${op.keys * wide}]${" = { 0 }" if wide > width else ""}; /* of a head: [16 channels][key][channel] */
    ${aligned} values[${depth * long}]${" = { 0 }" if long > op.keys else ""}; /* [16 keys][channel][key] */
    ${aligned} q[${wide}]${" = { 0 }" if wide > width else ""};
    ${aligned} e[${long}]${" = { 0 }" if long > op.keys else ""};
    int16_t gains[${depth}];
    int32_t sums[${depth}];
    memset(scores, 0, ${op.keys} * sizeof *scores);
    for (${f.index} h = 0; h < ${op.heads}; h++) {
        for (${f.index} j = 0; j < ${op.keys}; j++) {
            const int8_t *own = ${row("key", op.groups, width, "j", same_group)};
<% turns = [(f"{k * op.keys} + " if k else "", moved("own", k), min(16, width - k)) for k in range(0, width, 16)] %>\
            ${[f"{f.primitive('spread_bytes')}(keys + {to}16 * j, 1, {own}, {n}, 0);" for to, own, n in turns]}
            spread_bytes(values + j / 16 * ${16 * depth} + j % 16, 16, ${row("value", op.groups, depth, "j", same_group)}, ${depth}, ${op.sources[2].zero});
        }
        for (${f.index} i = 0; i < ${count}; i++) {
            spread_bytes(q, 1, ${row("query", op.heads, width, "i", "h")}, ${width}, ${op.sources[0].zero});
% else:
    for (${f.index} i = 0; i < ${count}; i++) {
        for (${f.index} h = 0; h < ${op.heads}; h++) {
            const ${f.types_in[0]} *q = ${row("query", op.heads, width, "i", "h")};
% endif
            ${f"{'' if op.lonely and not op.blank else 'const '}{f.index} low = {low};" if not at_once or op.weights else ""}
            ${f"{'' if op.lonely else 'const '}{f.index} high = {high};" if not at_once or op.weights or op.causal else ""}
% if at_once:
<% many = "high" if op.causal else op.keys %>\
            ${[f"{at_once}(scores, {moved('q', k)}, {moved('keys', k * op.keys)}, {many});" for k in range(0, wide, 16)]}
            ${"memset(e, 0, sizeof e);" if op.causal else ""}
            const uint32_t total = ${f.special("exponents")}(e, scores, ${many}, ${op.enter.pre}, ${op.enter.single}, ${op.enter.post});
% else:
            ${"int found = 0;" if op.lonely and not f.integer else ""}
            ${"int32_t most = -INT32_C(536870912); /* no score is below half of an accumulator */" if f.integer else "float most = -3.402823466e38f;"}
<% first_key = row("key", op.groups, width, "low", same_group) %>\
            ${f"{f.primitive('dot_rows')}(scores + low, q, {first_key}, high - low, {op.groups * width}, {width});" if dots else ""}
            for (${f.index} j = low; j < high; j++) {
                ${f"if (!({keep})) {{\n    continue;\n}}" if keep else ""}
% if dots:
                const float score = scores[j]${by and f" * {by}"};
% else:
                const ${f.types_in[1]} *other = ${row("key", op.groups, width, "j", same_group)};
                ${number} score = ${zero};
                ${over(f"{f.index} k", width, f'score {"-" if f.integer and op.negative else "+"}= {product};')}
                ${by and f"score *= {by};"}
% endif
                scores[j] = score;
                most = score > most ? score : most;
                ${"found = 1;" if op.lonely and not f.integer else ""}
            }
            ${"uint32_t total = 0" if f.integer else "float sum = 0.0f"};
            for (${f.index} j = low; j < high; j++) {
                ${"const int32_t power" if f.integer else "scores[j]"} = ${f"{keep} ? {power} : {zero}" if keep else power};
                ${"scores[j] = power;" if f.integer else ""}
                ${"total += (uint32_t)power;" if f.integer else "sum += scores[j];"}
            }
% endif
% if op.lonely:
            if (${"total == 0" if f.integer else "!found"}) { /* no key is allowed: ${"no weights" if op.blank else "the mean of all values"} */
% if op.blank:
                high = low;
                ${"total = 32768;" if f.integer else ""}
% else:
                low = 0;
                high = ${op.keys};
                ${"" if f.integer else f"sum = {f.literal(op.keys)};"}
                ${over(f"{f.index} j", op.keys, f'scores[j] = {"32767" if f.integer else "1.0f"};')}
                ${f"total = UINT32_C({op.keys * 32767});" if f.integer else ""}
% endif
            }
% endif
% if f.integer:
            int down = 0;
            const uint32_t whole = total > 32767 ? total : 32767; /* which it is: e^0 is one of its terms */
            uint32_t head = whole;
            while (head > 65535) {
                head >>= 1;
                down++;
            }
            if (head < 32768) {
                head <<= 1;
                down--;
            }
            int places = ${op.places};
            uint32_t inverse = (UINT32_C(${op.mantissa << 16}) + (head >> 1)) / head;
${frame.inverse()}\
% endif
            ${f.types_out[0]} *out = ${row("y", op.heads, depth, "i", "h")};
% if at_once:
            down += ${16 + op.extra_shift};
            ${over(f"{f.index} c", depth, "gains[c] = (int16_t)inverse;", "sums[c] = (int32_t)1 << down >> 1;")}
            for (${f.index} j = 0; j < ${long}; j += 16) {
                ${at_once}(sums, e + j, values + j * ${depth}, ${depth});
            }
            ${f.primitive("rows_to_bytes")}(out, sums, gains, ${depth}, down, places, ${op.result.zero}, -128, 127);
% elif f.integer:
            const ${f.types_in[2]} *v = ${"value" if op.groups == 1 else f"value + {same_group} * {depth}"};
            for (${f.index} c = 0; c < ${depth}; c++, v++) {
                int32_t sum = 0;
                ${over(f"{f.index} j", "high", f"sum += {weighed};", start="low")}
                const int32_t mean = ${mean};
                out[c] = ${f.stored(f.saturated(f.value("mean"), y), y)};
            }
% else:
            ${f.primitive("sum_rows")}(out, scores + low, ${row("value", op.groups, depth, "low", same_group)}, high - low, ${op.groups * depth}, ${depth});
            const float share = ${"sum > 0.0f ? 1.0f / sum : 0.0f" if op.lonely and op.blank else "1.0f / sum"};
            ${over(f"{f.index} c", depth, "out[c] *= share;")}
% endif
% if "zeroed" in op.masks:
            if (${"zeroed_mask[i] == 0" if f.integer else "!(zeroed_mask[i] > 0.0f)"}) {
<% floats = f"memset(out, 0, {depth} * sizeof *out);" %>\
                ${over(f"{f.index} c", depth, f"out[c] = {op.result.zero};") if f.integer else floats}
            }
% endif
% if op.weights:
            ${over(f"{f.index} j", op.keys, f"{weight} = {gone};")}
            ${[f"for ({f.index} j = low; j < high; j++) {{", f"    {weight} = {mark};", "}"] if f.integer else []}
% endif
        }
    }
}
