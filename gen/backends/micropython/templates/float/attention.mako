<%
    count = f.ins[0][0]
    width, depth = f.ins[0][1] // op.heads, f.ins[2][1] // op.groups
    share = op.heads // op.groups
    factor = f.unpacked(f.weight("factor", op.factor), op.factor.size) if op.factor.size > 1 else None
    number = float(op.factor[0])
    names = [("query", "a"), ("key", "b"), ("value", "c"), *((f"{name}_mask", f"m{k}") for k, name in enumerate(op.masks)), ("y", "o"), *([("weights", "w")] if op.weights else [])]
    where = {name: f"{name}_mask[m{k} + " for k, name in enumerate(op.masks)}
    each_query = "pairs" in where and f.ins[3 + op.masks.index("pairs")][0] > 1
    places = {"keys": "j]", "queries": "i]", "pairs": f"i * {op.keys} + j]" if each_query else "j]"}
    keep = " and ".join(where[name] + place for name, place in places.items() if name in where)
    zeroed = f"if {where['zeroed']}i]:" if "zeroed" in where else ""
    low = f"max(0, i - {op.window - 1})" if op.window else "0"
    ends = ([f"i + {op.window}"] if op.window and not op.causal else []) + (["i + 1"] if op.causal else [])
    high = f"min({ends[0]}, {op.keys})" if ends else str(op.keys)
%>\
def _${f.name}(${", ".join(f"{name}, {at}" for name, at in names)}):
    """A softmax of ${"products of query and key" if op.sums is None else "sums of factor tanh(" + ("" if op.sums == 1 else f"{op.sums:g} ") + "(query + key))"} weighs the values."""
    ${f"factor = {factor}" if factor else ""}
    for i in range(${count}):
        for h in range(${op.heads}):
            q = list(query[a + (i * ${op.heads} + h) * ${width} : a + (i * ${op.heads} + h + 1) * ${width}])
            scores = [0.0] * ${op.keys}
            seen = []
            for j in range(${low}, ${high}):
                ${[f"if not ({keep}):", "    continue"] if keep else []}
                at = b + (j * ${op.groups} + h // ${share}) * ${width}
                score = 0.0
                for d in range(${width}):
% if op.sums is None:
                    score += q[d] * key[at + d]
% else:
                    score += ${"factor[d] * " if factor else ""}tanh(${"" if op.sums == 1 else f.literal(op.sums) + " * "}(q[d] + key[at + d]))
% endif
                scores[j] = score${"" if factor or number == 1 else f" * {f.literal(number)}"}
                seen.append(j)
% if op.lonely and not op.blank:
            if not seen:
                seen = range(${op.keys})  # no key is allowed: the mean of all values
% endif
            most = max([scores[j] for j in seen])${" if seen else 0.0" if op.lonely and op.blank else ""}
            total = 0.0
            for j in seen:
                scores[j] = exp(scores[j] - most)
                total += scores[j]
            to = o + (i * ${op.heads} + h) * ${depth}
            for k in range(${depth}):
                y[to + k] = 0.0
% if op.weights:
            for j in range(${op.keys}):
                weights[w + (h * ${count} + i) * ${op.keys} + j] = 0.0
% endif
            for j in seen:
                weight = scores[j] / total
                at = c + (j * ${op.groups} + h // ${share}) * ${depth}
                ${f"weights[w + (h * {count} + i) * {op.keys} + j] = weight" if op.weights else ""}
                ${write.behind(zeroed, [f"for k in range({depth}):", "    y[to + k] += weight * value[at + k]"])}
