<%doc>Convolutions: each window is laid out flat and multiplied. A transposed convolution gathers the inputs whose
windows reach the output; a local one has a kernel for every position.</%doc>\
<%
    copy, patch, n = f.help("copy"), len(op.kernel), op.filters
    local, transposed = op.kind == "local", op.kind == "transposed_convolution"
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    groups = op.groups if op.kind == "convolution" else 1
    channels, filters = op.channels // groups, n // groups
    place, tap = scaled(at.place, op.channels), scaled(at.tap, channels)
    sums, walk = "a" if groups == 1 else "part", windows.reached if transposed else windows.taps
    here = "Each position has a kernel of its own" if local else "Each output gathers the inputs whose windows reach it" if transposed else f"A window of {at.kernel} at a time"
    rows = bias = None
    if local:
        rows = f.part_of_rows("kernel", op.kernel, "[position, filter][tap][channel]", "part", n)
        bias = None if op.bias is None else f.weight("bias", op.bias.reshape(-1), "[position, filter]")
    def of_group(name, g):
        return name if groups == 1 else f"{name}_{g}"
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """${here}; a = ${op.activation}."""
    ${"part = 0" if local else ""}
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
u = [0.0] * ${patch * groups}
% if groups == 1:
${walk(at, f"{copy}(x, i + {place}, u, {tap}, {channels})")}
% else:
${windows.taps(at, [f"for g in range({groups}):", f"    {copy}(x, i + {place} + g * {channels}, u, g * {patch} + {tap}, {channels})"])}
a = []
% endif
% if local:
a = ${f"[0.0] * {n}" if bias is None else f'list(unpack_from("<{n}f", {bias}, part * {4 * n}))'}
${f.gemv("a", rows, "u", "0", patch)}
% endif
% for g in range(0 if local else groups):
<% of_one = slice(g * filters, (g + 1) * filters) %>\
${sums} = ${f.sums(of_group("bias", g), None if op.bias is None else op.bias[of_one], filters)}
${f.gemv(sums, f.rows(of_group("kernel", g), op.kernel[:, of_one], "[filter][tap][channel]"), "u", str(g * patch), patch)}
${"a += part" if groups > 1 else ""}
% endfor
${in_lines(f.act(op.activation, "a", 0, n))}
${copy}(a, 0, y, o, ${n})
o += ${n}
${"part += 1" if local else ""}
</%def>
