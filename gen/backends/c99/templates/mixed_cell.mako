<%doc>A cell that mixes activated gates into one state, one time step.</%doc>\
<%def name="define(f)"><% op, x = f.op, f.dtypes_in[0]
b = f.blocks(op.units, len(op.gates), f.matrix(op.own, x))
parts = {"x": f.part("kernel", op.own, x, b)}
if op.past is not None: parts["h"] = f.part("recurrent", op.past, "int16", b) %>
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}
% for part in parts.values():
${part.definition}
% endfor
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y)
{
${f.over_blocks(b, capture(block, f, b, parts))}
${f.keep("int16")}
}</%def>
<%def name="block(f, b, parts)">
${[f"{part.sums} sum_{name}[{b.rows}];" for name, part in parts.items()]}
${f.start(**{f"sum_{name}": part for name, part in parts.items()})}
${[part.multiply(f"sum_{name}", name, f"{f.up}_{'INPUTS' if name == 'x' else 'UNITS'}") for name, part in parts.items()]}
${f.over_units(b, capture(unit, f, b, parts))}</%def>
<%def name="unit(f, b, parts)">
% for k, (letter, activation) in enumerate(zip(f.op.gates, f.op.activations)):
<% row, gate = f"{f.up}_{letter.upper()}{' + j' if b.units > 1 else ''}", f.value(f"gate_{letter}")
results = [part.result(f"sum_{name}", row, k) for name, part in parts.items()]
total = results[0] if len(results) == 1 else results[0] + results[1] %>
int32_t ${gate} = ${f.saturated(total, "int16")};
${f"{gate} = {f.unit(activation, gate)};" if activation is not None else ""}
% endfor
y[${b.unit}] = (int16_t)${f.saturated(f.op.mixed(f.value(f"h[{b.unit}]", "int16"), f.shifted), "int16")};</%def>
