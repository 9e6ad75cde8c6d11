<%doc>Depthwise convolution in integers: each window goes into scratch, tap by tap.</%doc>\
<%
    m = op.multiplier
    f.narrow_weights(op.own)
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    f.scratch(op.inputs * op.channels)
    scale = op.own.rescale(0)
%>\
${fixed.gather(at, op.channels)}\
<%write:part name="finish" tensors="${{'y': f.dtypes_out[0]}}">
<% w = f.pointed("W", "kernel", op.own.weights) %>\
for k in range(${op.filters}):
    v = ${f.entry("B", "bias", (op.own.bias + op.own.halves).astype("int32"), "k")}
    i = k
    n = ${"k" if m == 1 else f"k // {m}"}
    for t in range(${op.inputs}):
        q = ${f.load(f"{w}[i]", op.own.weights.dtype.name)}
        v += q * (${f.load("z[n]", "int32")})
        i += ${op.filters}
        n += ${op.channels}
    ${f"v >>= {scale.pre}" if scale.pre else ""}
    ${"" if scale.bounded else fixed.saturate("v", "int16")}
    q = ${f.entry("M", "multipliers", op.own.multipliers, "k")}
    ${fixed.times("v", "q", scale.post)}
    ${fixed.activated(op)}
</%write:part>\
<%write:calling doc="${f'A window of {at.kernel} at a time, each channel by itself{fixed.named(op)}.'}">
${windows.loops(at, [f.call("gather"), f.call("finish"), f"y_at += {op.filters}"])}
</%write:calling>
