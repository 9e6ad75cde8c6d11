<%doc>Convolution: each window is laid out flat and multiplied. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%
    op, copy, patch = f.op, f.help("copy"), len(f.op.kernel)
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    groups, channels, filters = op.groups, op.channels // op.groups, op.filters // op.groups
    place, tap = scaled(at.place, op.channels), scaled(at.tap, channels)
    sums = "a" if groups == 1 else "part"
    def of_group(name, g):
        return name if groups == 1 else f"{name}_{g}"
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """A window of ${at.kernel} at a time; a = ${op.activation}."""
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
u = [0.0] * ${patch * groups}
% if groups == 1:
${windows.taps(at, f"{copy}(x, i + {place}, u, {tap}, {channels})")}
% else:
${windows.taps(at, [f"for g in range({groups}):", f"    {copy}(x, i + {place} + g * {channels}, u, g * {patch} + {tap}, {channels})"])}
a = []
% endif
% for g in range(groups):
<% filters_of_group = slice(g * filters, (g + 1) * filters) %>\
${sums} = ${f.sums(of_group("bias", g), None if op.bias is None else op.bias[filters_of_group], filters)}
${f.gemv(sums, f.rows(of_group("kernel", g), op.kernel[:, filters_of_group], "[filter][tap][channel]"), "u", str(g * patch), patch)}
${"a += part" if groups > 1 else ""}
% endfor
${block(f.act(op.activation, "a", 0, op.filters))}
${copy}(a, 0, y, o, ${op.filters})
o += ${op.filters}
</%def>
