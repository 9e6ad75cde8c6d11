<%doc>The largest or the mean of each window, in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%! from gatesmith.layers.windows import taps %>\
<%def name="define(f)">\
<%
    op, x, channels = f.op, f.dtypes_in[0], f.ins[0][-1]
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    most = op.mode == "max"
    load = [f"i = {scaled(at.place, channels)} + c", f"q = {f.at('x', 'i', x)}"]
    step = ["if q > v:", "    v = q"] if most else ["v += q", "count += 1"]
    body = [f"v = {op.form.low if most else 0}", *([] if most else ["count = 0"]), *at.places([*load, *step], None)]
    body += [] if most else f.mean("v", "count", op.form, taps(op.windows))
    channel = [f"for c in range({channels}):", *(f"    {line}" for line in body), f"    {f.put('y', 'o')} = v", "    o += 1"]
    loops = at.loops(channel)
%>\
${f.head({"x": x, "y": x})}
    """The ${"largest" if most else "mean"} of each window of ${" x ".join(str(w.kernel) for w in op.windows)}${"" if most else ", halves rounded up"}."""
${f.start(loops)}\
    o = 0
${f.indented(loops, 4)}
</%def>
