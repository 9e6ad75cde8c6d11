<%doc>A mean of values for each query, weighted by its keys. Needs: f, the function being written.</%doc>\
<%
    op = f.op
    count = f.ins[0][0]
    width, depth = f.ins[0][1] // op.heads, f.ins[2][1] // op.groups
    share = op.heads // op.groups
    factor = f.parameter_of("factor", op.factor, (width,)) if op.factor.size > 1 else None
    number = f.literal(float(op.factor[0])) if factor is None else ""
    masks = [f"const float *{name}_mask" for name in op.masks]
    test = [
        {"keys": "keys_mask[j]", "queries": "queries_mask[i]", "pairs": f"pairs_mask[{f'i * {op.keys} + ' if f.ins[3 + op.masks.index('pairs')][0] > 1 else ''}j]" if "pairs" in op.masks else ""}[name]
        for name in op.masks if name != "zeroed"
    ]
    keep = " && ".join(f"{one} > 0.0f" for one in test)
    low = f"i < {op.window} ? 0 : i - {op.window - 1}" if op.window else "0"
    ends = ([f"i + {op.window}"] if op.window and not op.causal else []) + (["i + 1"] if op.causal else [])
    high = f"{ends[0]} < {op.keys} ? {ends[0]} : {op.keys}" if ends else str(op.keys)
    same_group = "h" if share == 1 else f"h / {share}"
    row = lambda name, parts, size, at, which: f"{name} + ({at} * {parts} + {which}) * {size}" if parts > 1 else f"{name} + {at} * {size}"
%>\
${factor.definition if factor else ""}\
/* y = sum of w[j] v[j], where w is the softmax over j of ${"the score of query and key" if op.sums is None else "the sum of factor tanh(" + ("" if op.sums == 1 else f"{op.sums:g} ") + "(q + k[j]))"}\
${", of keys up to the query's own place" if op.causal else ""}${f", of keys less than {op.window} places away" if op.window else ""}${", of those that masks allow" if keep else ""}. */
APART static void ${f.name}_forward(${", ".join(["const float *query", "const float *key", "const float *value", *masks, "float *y", *(["float *weights"] if op.weights else []), "float *scores"])})
{
    for (${f.index} i = 0; i < ${count}; i++) {
        for (${f.index} h = 0; h < ${op.heads}; h++) {
            const float *q = ${row("query", op.heads, width, "i", "h")};
            ${f.index + " low = " + low + ";" if op.lonely and not op.blank else "const " + f.index + " low = " + low + ";"}
            ${f.index + " high = " + high + ";" if op.lonely else "const " + f.index + " high = " + high + ";"}
% if op.lonely:
            int found = 0;
% endif
            float most = -3.402823466e38f;
% if op.sums is None:
            ${f.primitive("dot_rows")}(scores + low, q, ${row("key", op.groups, width, "low", same_group)}, high - low, ${op.groups * width}, ${width});
% endif
            for (${f.index} j = low; j < high; j++) {
% if keep:
                if (!(${keep})) {
                    continue;
                }
% endif
% if op.sums is None:
                const float score = scores[j]${"" if not factor and number == "1.0f" else f" * {number}"};
% else:
                const float *other = ${row("key", op.groups, width, "j", same_group)};
                float score = 0.0f;
                for (${f.index} k = 0; k < ${width}; k++) {
                    score += ${factor.at("k") + " * " if factor else ""}${f.help("tanh")}(${"" if op.sums == 1 else f.literal(op.sums) + " * "}(q[k] + other[k]));
                }
% if not factor and number != "1.0f":
                score *= ${number};
% endif
% endif
                scores[j] = score;
                most = score > most ? score : most;
% if op.lonely:
                found = 1;
% endif
            }
            float sum = 0.0f;
            for (${f.index} j = low; j < high; j++) {
% if keep:
                scores[j] = ${keep} ? ${f.help("exp")}(scores[j] - most) : 0.0f;
% else:
                scores[j] = ${f.help("exp")}(scores[j] - most);
% endif
                sum += scores[j];
            }
% if op.lonely and op.blank:
            if (!found) { /* no key is allowed: no weights */
                high = low;
            }
% elif op.lonely:
            if (!found) { /* no key is allowed: the mean of all values */
                low = 0;
                high = ${op.keys};
                sum = ${f.literal(op.keys)};
                for (${f.index} j = 0; j < ${op.keys}; j++) {
                    scores[j] = 1.0f;
                }
            }
% endif
            float *out = ${row("y", op.heads, depth, "i", "h")};
            ${f.primitive("sum_rows")}(out, scores + low, ${row("value", op.groups, depth, "low", same_group)}, high - low, ${op.groups * depth}, ${depth});
            const float share = ${"sum > 0.0f ? 1.0f / sum : 0.0f" if op.lonely and op.blank else "1.0f / sum"};
            for (${f.index} c = 0; c < ${depth}; c++) {
                out[c] *= share;
            }
% if "zeroed" in op.masks:
            if (!(zeroed_mask[i] > 0.0f)) {
                memset(out, 0, ${depth} * sizeof *out);
            }
% endif
% if op.weights:
            for (${f.index} j = 0; j < ${op.keys}; j++) {
                weights[${f"(h * {count} + i)" if op.heads > 1 else "i"} * ${op.keys} + j] = j < low || j >= high ? 0.0f : scores[j] * share;
            }
% endif
        }
    }
}
