<%doc>Depthwise convolution in integers: each window goes into scratch, tap by tap. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op, x, y, m = f.op, f.dtypes_in[0], f.dtypes_out[0], f.op.multiplier
    f.narrow_weights(op.own)
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    words = [*(f"p{axis}" for axis in range(f.by_rows, len(op.windows))), *(["first", "last"] if f.by_rows else [])]
    f.scratch(op.inputs * op.channels)
    value = f.at("x", "i + c", x)
    seen = [f"i = {scaled(at.place, op.channels)}", f"for c in range({op.channels}):", f"    v = {value}", "    z[n] = v", "    n += 1"]
    none = [f"for c in range({op.channels}):", f"    z[n] = {op.source.zero}", "    n += 1"]
    loops = at.places(seen, none)
    hot = words if len(words) > 1 else [*words, "n"]
    given = words if len(words) > 1 else [*words, "0"]
    gather = f.part("gather", {"x": x}, loops, hot=hot, given=given)
    scale = op.own.rescale(0)
    w, b, s = (f.pointed(local, name, values) for local, name, values in (
        ("W", "kernel", op.own.weights),
        ("B", "bias", (op.own.bias + op.own.halves).astype("int32")),
        ("M", "multipliers", op.own.multipliers),
    ))
    sum_ = [f"v = {f.load(b + '[k]', 'int32')}", "i = k", f"n = {'k' if m == 1 else f'k // {m}'}", f"for t in range({op.inputs}):"]
    sum_ += [f"    q = {f.load(w + '[i]', op.own.weights.dtype.name)}", f"    v += q * ({f.load('z[n]', 'int32')})"]
    sum_ += [f"    i += {op.filters}", f"    n += {op.channels}"]
    sum_ += [f"v >>= {scale.pre}"] if scale.pre else []
    sum_ += [] if scale.bounded else f.saturate("v", "int16")
    sum_ += [f"q = {f.load(s + '[k]', 'int16')}", *f.times("v", "q", scale.post)]
    if op.activation is not None:
        sum_ += f.saturate("v", "int16") + f.unit(op.activation, "v") + f.rescale(op.narrow, "v")
    whole = (op.low, op.high) == (op.result.low, op.result.high)
    sum_ += f.plus("v", op.result.zero) + (f.saturate("v", y) if whole else f.clip("v", op.low, op.high))
    sum_ += [f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"y": y}, sum_)
%>\
${gather.head}
    """z = the window at a position."""
${gather.start}\
    n = 0
${f.indented(loops, 4)}


${finish.head}
${finish.start}\
    for k in range(${op.filters}):
${f.indented(sum_, 8)}


def _${f.name}(x, x_at, y, y_at, z${', first, last' if f.by_rows else ''}):
    """A window of ${" x ".join(str(w.kernel) for w in op.windows)} at a time, each channel by itself${f"; a = {op.activation.function}" if op.activation else ""}."""
% for line in at.loops([gather.call, finish.call, f"y_at += {op.filters}"]):
    ${line}
% endfor
</%def>
