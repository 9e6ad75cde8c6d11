<%doc>Shared by layers that multiply a matrix: the start of a block's sums, and their results; and kernels with sums
in local variables. Needs: f (the function being written), b (Blocks), p (the matrix: Weights or
MatrixPart); or g, the Product.</%doc>\
<%def name="begun(f, p, sums='sum')">\
% if f.integer:
${p.sums} ${sums}[${p.blocks.rows}];
${f.start(**{sums: p})}
% elif p.bias:
float ${sums}[${p.blocks.rows}];
${f.load(sums, f"{p.bias}[{p.at}]", p.blocks.rows)}
% else:
float ${sums}[${p.blocks.rows}] = { 0.0f };
% endif
</%def>
<%def name="results(f, b, p, left)">\
<%
    count = f"({left} < {b.units} ? {left} : {b.units})" if b.padded else b.units
    at_once = f.to_bytes(p, "sum", "y + first_filter", count) if f.integer else ""
%>\
% if at_once:
${at_once}
% else:
${f"const int filters = {left};" if b.padded else ""}
for (int j = 0; j < ${f"filters && j < {b.units}" if b.padded else b.units}; j++) {
${put(f, "y[first_filter + j]", p.result("sum", "j") if f.integer else "sum[j]")}\
}
% endif
</%def>
<%def name="put(f, place, total)">\
% if f.integer:
<% op, y = f.op, f.dtypes_out[0] %>\
const int32_t value = ${f.activated(total) + op.result.zero};
${place} = ${f.stored(f.bounded(f.value("value"), op.low, op.high, y), y)};
% else:
${place} = ${f.act(f.op.activation, total)};
% endif
</%def>
<%def name="in_locals(g)">\
    ${[f"{g.sums}_t sum_{r} = sums[{r}];" for r in range(g.rows)]}
${caller.body()}\
    ${[f"sums[{r}] = sum_{r};" for r in range(g.rows)]}
</%def>
