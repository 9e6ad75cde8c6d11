<%
    op = f.op
    at = f.broadcast(op.m.shape, f.ins[0])
    row = "k" if at == "k" else "at"
    steps = f.value("x[k]", f.dtypes_in[0]) - op.source.zero
    multiplier, shift, offset = (f.value(f"{f.name}_{name}[{row}]") for name in ("multipliers", "shifts", "offsets"))
%>\
${f.constant_table("multipliers", op.m, "int16")}
${f.constant_table("shifts", op.post, "int8")}
${f.constant_table("offsets", op.add, "int32")}
<%call expr="frame.each('y = (x - center) scale + offset')">
${f"const {f.index} at = {at};" if at != "k" else ""}
const int32_t product = ${steps * multiplier.cast("int32")};
${frame.out("y[k]", f.call("round_shift", f.value("product"), shift) + offset)}\
</%call>
