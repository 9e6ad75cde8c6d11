<%doc>Depthwise convolution. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op, m = f.op, f.op.multiplier
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    row, scales = f.columns("kernel", op.kernel, "[tap][filter]", at.tap)
    tap = [f"n = i + {scaled(at.place, op.channels)}", f"u = {row}", f"for c in range({op.filters}):"]
    tap += [f"    a[c] += u[c] * x[n + {'c' if m == 1 else f'c // {m}'}]"]
    late = scales is not None
    body = [f"a = {f.sums('bias', None if late else op.bias, op.filters)}", *at.taps(tap)]
    if late:
        body += [f"for c in range({op.filters}):", f"    a[c] = a[c] * s[c]{' + b[c]' if op.bias is not None else ''}"]
    body += [*f.act(op.activation, "a", 0, op.filters), f"{f.help('copy')}(a, 0, y, o, {op.filters})", f"o += {op.filters}"]
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """A window of ${" x ".join(str(w.kernel) for w in op.windows)} at a time, each channel by itself; a = ${op.activation}."""
% if late:
    s = ${f.unpacked(scales, op.filters)}
% if op.bias is not None:
    b = ${f.unpacked(f.weight("bias", op.bias), op.filters)}
% endif
% endif
% for line in at.loops(body):
    ${line}
% endfor
</%def>
