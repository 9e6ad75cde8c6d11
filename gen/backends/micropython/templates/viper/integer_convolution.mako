<%doc>Convolution in integers: each window goes into scratch, its padding at the zero point, and is multiplied.</%doc>\
<%
    y = f.dtypes_out[0]
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    groups, channels, filters = op.groups, op.channels // op.groups, op.filters // op.groups
    products = []
    for g in range(groups):
        matrix = op.own.columns(slice(g * filters, (g + 1) * filters))
        products.append(f.product("kernel" if groups == 1 else f"kernel_{g}", matrix, f.padded(matrix)))
    def finish(g):
        return "finish" if groups == 1 else f"finish_{g}"
%>\
${fixed.gather(at, channels, "s", ["channel"] if groups > 1 else [])}\
% for g, product in enumerate(products):
<%write:units count="${filters}" products="${[product]}" tensors="${{'y': y}}" name="${finish(g)}">
${fixed.sum(product, 0, "v")}
${fixed.activated(op)}
</%write:units>\
% endfor
<%write:calling doc="${f'A window of {at.kernel} at a time, {op.channels} -> {op.filters}{fixed.named(op)}.'}">
${windows.loops(at, position())}
</%write:calling>
<%def name="position()" buffered="True">
% for g, product in enumerate(products):
${f"channel = {g * channels}" if groups > 1 else ""}
s = ${f.call("gather")}
${in_lines(product.lines)}
${f.call(finish(g))}
y_at += ${filters}
% endfor
</%def>
