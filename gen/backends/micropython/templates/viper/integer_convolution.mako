<%doc>Convolution in integers: each window goes into scratch, its padding at the zero point, and is multiplied. Needs: f,
the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    groups, own, many = op.groups, op.channels // op.groups, op.filters // op.groups
    words = [*(f"p{axis}" for axis in range(f.by_rows, len(op.windows))), *(["first", "last"] if f.by_rows else [])]
    parts = []
    for g in range(groups):
        name = "kernel" if groups == 1 else f"kernel_{g}"
        matrix = op.own.columns(slice(g * many, (g + 1) * many))
        product = f.product(name, "own", matrix, f.padded(matrix))
        body = f.sum(product, 0, "v")
        if op.activation is not None:
            body += f.saturate("v", "int16") + f.unit(op.activation, "v") + f.rescale(op.narrow, "v")
        whole = (op.low, op.high) == (op.result.low, op.result.high)
        body += f.plus("v", op.result.zero) + (f.saturate("v", y) if whole else f.clip("v", op.low, op.high))
        body += [f"{f.put('y', 'k')} = v"]
        parts.append((product, body, f.part("finish" if groups == 1 else f"finish_{g}", {"y": y}, body, (product,))))
    value = f.at("x", f"i + c{' + channel' if groups > 1 else ''}", x)
    seen = [f"i = {scaled(at.place, op.channels)}", f"for c in range({own}):", f"    v = {value}", "    z[n] = v", "    s += v", "    n += 1"]
    none = [f"for c in range({own}):", f"    z[n] = {op.source.zero}", "    n += 1", *([f"s += {own * op.source.zero}"] if op.source.zero else [])]
    loops = at.places(seen, none)
    hot = [*words, *(["channel"] if groups > 1 else [])]
    hot = hot if len(hot) > 1 else [*hot, "n"]
    gather = f.part("gather", {"x": x}, loops, returns="int", hot=hot, given=[*words, *(["channel"] if groups > 1 else [])] if len(words) + (groups > 1) > 1 else [*words, "0"])
    lines = []
    for g, (product, _, finish) in enumerate(parts):
        lines += [f"channel = {g * own}"] if groups > 1 else []
        lines += [f"s = {gather.call}", *product.lines, finish.call, f"y_at += {many}"]
%>\
${gather.head}
    """z = the window at a position, and the sum of it."""
${gather.start}\
    s = 0
    n = 0
${f.indented(loops, 4)}
    return s
% for product, body, finish in parts:


${finish.head}
${finish.start}\
    for k in range(${many}):
${f.indented([*body, *f.advance(product)], 8)}
% endfor


def _${f.name}(x, x_at, y, y_at, z${', first, last' if f.by_rows else ''}):
    """A window of ${" x ".join(str(w.kernel) for w in op.windows)} at a time, ${op.channels} -> ${op.filters}${f"; a = {op.activation.function}" if op.activation else ""}."""
% for line in at.loops(lines):
    ${line}
% endfor
</%def>
