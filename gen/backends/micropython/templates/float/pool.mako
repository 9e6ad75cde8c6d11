<%doc>The largest or the mean of each window. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op, channels = f.op, f.ins[0][-1]
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    most = op.mode == "max"
    tap = [f"n = i + {scaled(at.place, channels)}"]
    if most:
        tap += [f"for c in range({channels}):", "    v = x[n + c]", "    if count == 0 or v > y[o + c]:", "        y[o + c] = v"]
    else:
        tap += [f"for c in range({channels}):", "    y[o + c] += x[n + c]"]
    tap += ["count += 1"]
    body = ["count = 0"]
    body += [] if most else [f"{f.help('fill')}(y, o, {channels}, 0.0)"]
    body += at.taps(tap)
    body += [] if most else [f"for c in range({channels}):", "    y[o + c] /= count"]
    body += [f"o += {channels}"]
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """The ${"largest" if most else "mean"} of each window of ${" x ".join(str(w.kernel) for w in op.windows)}."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
