<%doc>The largest, least, mean or sum of all positions, by channels, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    beyond = "<" if op.mode == "min" else ">"
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
    start = (op.form.high if op.mode == "min" else op.form.low) if most else -positions * op.form.zero if op.gain else 0
    step = [f"q = {f.at('x', 'i', x)}", *([f"if q {beyond} v:", "    v = q"] if most else ["v += q"])]
    if op.masked:
        step = [f"if {f.put('mask', 't')}:", *(f"    {line}" for line in [*step, "count += 1"])]
    body = [f"v = {start}", *(["count = 0"] if op.masked else []), "i = c", f"for t in range({positions}):"]
    body += [*(f"    {line}" for line in step), f"    i += {channels}"]
    if op.gain:
        body += [*f.rescale(op.gain, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y)]
    elif not most:
        body += ["if count:", *(f"    {line}" for line in f.mean("v", "count", op.form, positions)), "else:", f"    v = {op.form.zero}"]
    body += [f"{f.put('y', 'c')} = v"]
    tensors = {"x": x, **({"mask": f.dtypes_in[1]} if op.masked else {}), "y": y}
%>\
${f.head(tensors)}
    """The ${word} of ${positions} positions${", of those that the mask keeps" if op.masked else ""}."""
${f.start(body)}\
    for c in range(${channels}):
${f.indented(body, 8)}
</%def>
