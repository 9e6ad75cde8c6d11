<%doc>Fixed-point arithmetic as statements, in the terms of ``gatesmith.numerics.fixed``. A value is changed in place:
v is the name of a local variable. Blocks also use g, p and q.</%doc>\
<%! from gatesmith.numerics.fixed import LOG2_E, LOG_2 %>\
<%def name="take(v, name, index, source=None)" buffered="True">
${v} = ${f.at(name, index)}
${plus(v, -source.zero if source else 0)}
</%def>
<%doc>Store a value that is on the scale of the result, or is rescaled to it first.</%doc>\
<%def name="store(v, index, result, gain=None, low=None, high=None)" buffered="True">
${rescale(gain, v)}
${plus(v, result.zero)}
${saturate(v, result.dtype) if low is None or (low, high) == (result.low, result.high) else clip(v, low, high)}
${f.put("y", index)} = ${v}
</%def>
<%def name="plus(v, amount)" buffered="True">${amount and f"{v} {'+' if amount > 0 else '-'}= {abs(amount)}" or ""}</%def>
<%doc>Literals from 2^30 on are objects.</%doc>\
<%def name="clip(v, low, high)" buffered="True">
<% most = min(high, (1 << 30) - 1) %>
if ${v} > ${most}:
    ${v} = ${most}
${f"    {v} += {high - most}" if high > most else ""}
elif ${v} < ${low}:
    ${v} = ${low}
</%def>
<%doc>One comparison if the value is within the bounds.</%doc>\
<%def name="saturate(v, dtype)" buffered="True">
<% low, high, bits = f.limits(dtype) %>
% if bits <= 16:
if (${v} + ${-low}) >> ${bits}:
    if ${v} > 0:
        ${v} = ${high}
    else:
        ${v} = ${low}
% endif
</%def>
<%def name="shift(v, places)" buffered="True">
${f"{v} = ({v} + {1 << (places - 1)}) >> {places}" if places > 0 else f"{v} <<= {-places}" if places else ""}
</%def>
<%def name="rescale(gain, v)" buffered="True">
% if gain is not None:
${shift(v, gain.pre)}
${"" if gain.bounded else saturate(v, "int16")}
${times(v, gain.single, gain.post)}
% endif
</%def>
<%def name="times(v, m, post)" buffered="True">
% if m != 1 and post > 0:
${v} = (${v} * ${m} + ${1 << (post - 1)}) >> ${post}
% else:
${f"{v} *= {m}" if m != 1 else ""}
${shift(v, post)}
% endif
</%def>
<%def name="unit(unit, v)" buffered="True">
% if unit.kind in ("sigmoid", "short_sigmoid"):
${sigmoid(v, unit.kind != "sigmoid")}
% elif unit.kind in ("tanh", "short_tanh"):
${tanh(v, unit.kind != "tanh")}
${v} = p
% elif unit.kind == "table":
<% t = f.pointed("L", f"{unit.function.name}_table".upper(), unit.table.astype("int16")) %>
q = ${v} + 32768
g = q >> 7
p = ${f.load(f"{t}[g]", "int16")}
${v} = p + (((${f.load(f"{t}[g + 1]", "int16")} - p) * (q & 127) + 64) >> 7)
% elif not unit.identity:
${f"{v} *= {unit.m}" if unit.m != 1 else ""}
${shift(v, unit.post)}
${plus(v, unit.add)}
${clip(v, unit.low, unit.high)}
% endif
</%def>
<%def name="sigmoid(v, brief=False)" buffered="True">
${tanh(v, brief)}
${v} = (p + 32768) >> 1
</%def>
<%doc>p = tanh of v. A shift finds a sign in fewer instructions than a comparison.</%doc>\
<%def name="tanh(v, brief)" buffered="True">
<% t, n = f.shared_table("T", "TANH_SHORT" if brief else "TANH"), 8 if brief else 6 %>
q = ${v}
if q >> 31:
    q = 0 - q
p = ${t}[q >> ${n}]
p = (((${t}[(q >> ${n}) + 1] - p) * (q & ${(1 << n) - 1}) + ${1 << n >> 1}) >> ${n}) + p
if ${v} >> 31:
    p = 0 - p
</%def>
<%doc>ln of ``v 2^-15``; 0 for smaller v.</%doc>\
<%def name="log(v)" buffered="True">
<% t = f.shared_table("N", "LOG") %>
q = 0
while ${v} > 65535:
    ${v} >>= 1
    q += 1
${v} -= 32768
if ${v} < 0:
    ${v} = 0
g = ${v} >> 8
p = ${t}[g]
${v} = p + (((${t}[g + 1] - p) * (${v} & 255) + 128) >> 8) + q * ${LOG_2}
</%def>
<%doc>e^-v, by a short table if that suffices.</%doc>\
<%def name="exp(v, brief)" buffered="True">
% if brief:
<% t = f.shared_table("E", "OCTAVE") %>
${v} = ${v} * ${LOG2_E} >> 10
q = ${v} >> 15
g = (${v} >> 10) & 31
p = ${t}[g]
${v} = p + (((${t}[g + 1] - p) * (${v} & 1023) + 512) >> 10)
${v} = (${v} + (1 << q >> 1)) >> q
% else:
<% t = f.shared_table("E", "EXP") %>
g = ${v} >> 6
p = ${t}[g]
${v} = p + (((${t}[g + 1] - p) * (${v} & 63) + 32) >> 6)
% endif
</%def>
<%doc>The nearest integer to a mean of values of a format, halves up, of at most ``most`` values.</%doc>\
<%def name="mean(total, count, form, most)" buffered="True">
<% f.few(most, 2 * (form.high - form.low)) %>
${total} += ${count} * ${-form.low}
${total} = (${total} * 2 + ${count}) // (${count} * 2)
${total} -= ${-form.low}
</%def>
<%doc>A row's result, from scratch.</%doc>\
<%def name="result(v, index)" buffered="True">${word(v, f"z[{index}]", f.viper)}</%def>
<%doc>A value of 32 bits, with its sign.</%doc>\
<%def name="word(v, value, viper)" buffered="True">
${v} = ${value}
${["if SH:", f"    {v} = ({v} << SH) >> SH"] if viper else []}
</%def>
<%doc>A row's sum, rescaled.</%doc>\
<%def name="sum(product, gate, v)" buffered="True">
${word(v, f.sum(product, gate), f.viper)}
% if not product.wide:
<% scale = product.scales[gate] %>
${f"{v} >>= {scale.pre}" if scale.pre else ""}
${"" if scale.bounded else saturate(v, "int16")}
${times(v, f.multiplier(product, gate), scale.post)}
% endif
</%def>
<%doc>A gate in v: the sums over the inputs and over the last output, in 16 bits, and its activation.</%doc>\
<%def name="gate(kernel, recurrent, number, activation=None)" buffered="True">
${sum(kernel, number, "v")}
${sum(recurrent, number, "q") + "\nv += q" if recurrent is not None else ""}
${saturate("v", "int16")}
${unit(activation, "v") if activation is not None else ""}
</%def>
<%doc>A cell's new output, which is also its state.</%doc>\
<%def name="remember(gain=None, dtype='int16')" buffered="True">
${rescale(gain, "v")}
${saturate("v", dtype)}
${f.put("h", "k")} = v
${f.put("y", "k")} = v
</%def>
<%doc>Numbers below 2^61 as two words: ``h 2^30 + l``, l from 0 to 2^30 - 1. A carry is the part of the lower word
beyond its bits.</%doc>\
<%def name="carry(h, l, less=0)" buffered="True">
${h} += ${f"({l} >> 30) - {less}" if less else f"{l} >> 30"}
${l} &= 1073741823
</%def>
<%doc>Add a number of at most 2^30.</%doc>\
<%def name="accumulate(h, l, value)" buffered="True">
${l} += ${value}
${carry(h, l)}
</%def>
<%def name="less_wide(h, l, other_h, other_l)" buffered="True">
${l} -= ${other_l}
${carry(h, l, other_h)}
</%def>
<%doc>Times ``2^up``, rounded down if that is below 1.</%doc>\
<%def name="shift_wide(h, l, up)" buffered="True">
% if up > 0:
${h} = (${h} << ${up}) + (${l} >> ${30 - up})
${l} = (${l} << ${up}) & 1073741823
% elif up <= -30:
${l} = ${h} >> ${-up - 30}
${h} = 0
% elif up < 0:
${l} = ((${h} & ${(1 << -up) - 1}) << ${30 + up}) + (${l} >> ${-up})
${h} >>= ${-up}
% endif
</%def>
<%doc>A ``Rescale`` by one multiplier, from two words to v. Larger values saturate; shifted, they would not fit.</%doc>\
<%def name="narrow(gain, h, l, v)" buffered="True">
<% half, most = 1 << gain.pre >> 1, 1 << max(0, gain.pre - 14) %>
${f"{h} += {half >> 30}" if half >> 30 else accumulate(h, l, half) if half else ""}
% if gain.pre >= 30:
${v} = ${h} >> ${min(gain.pre - 30, 30)}
% else:
${clip(h, -most - 1, most)}
${v} = (${h} << ${30 - gain.pre}) + (${l} >> ${gain.pre})
% endif
${saturate(v, "int16")}
${times(v, gain.single, gain.post)}
</%def>
<%doc>The part that copies a window to scratch, padding at the zero point, and returns its sum if named.</%doc>\
<%def name="gather(at, channels, sum='', first=())">\
<%
    given = [*at.words, *first, *(["first", "last"] if f.by_rows else [])]
    doc = f"z = the window at a position{', and the sum of it' if sum else ''}."
%>\
<%write:part name="gather" doc="${doc}" tensors="${{'x': f.dtypes_in[0]}}" given="${given}" returns="${sum and 'int'}">
${f"{sum} = 0" if sum else ""}
n = 0
${windows.taps(at, seen(at, channels, sum, first), absent(channels, sum))}
${f"return {sum}" if sum else ""}
</%write:part>\
</%def>
<%def name="seen(at, channels, sum, first)" buffered="True">
i = ${scaled(at.place, f.op.channels)}
for c in range(${channels}):
    v = ${f.at("x", " + ".join(["i + c", *first]))}
    z[n] = v
    ${f"{sum} += v" if sum else ""}
    n += 1
</%def>
<%def name="absent(channels, sum)" buffered="True">
for c in range(${channels}):
    z[n] = ${f.op.source.zero}
    n += 1
${f"{sum} += {channels * f.op.source.zero}" if sum and f.op.source.zero else ""}
</%def>
<%doc>The result of a matrix's row from its sum: activated and stored.</%doc>\
<%def name="activated(op)" buffered="True">
${[saturate("v", "int16"), unit(op.activation, "v"), rescale(op.narrow, "v")] if op.activation is not None else []}
${store("v", "k", op.result, None, op.low, op.high)}
</%def>
<%def name="named(op)" buffered="True">${f"; a = {op.activation.function}" if op.activation else ""}</%def>
<%doc>A value times its channel's factor plus its offset, stored; m is a local variable.</%doc>\
<%def name="scaled(v, m, op, at)" buffered="True">
${m} = ${f.entry("M", "multipliers", op.m, at)}
${v} *= ${m}
${m} = ${f.pointed("S", "shifts", op.post)}[${at}]
${v} = (${v} + ((1 << ${m}) >> 1)) >> ${m}
${m} = ${f.entry("A", "offsets", op.add, at)}
${v} += ${m}
${saturate(v, op.result.dtype)}
${f.put("y", "k")} = ${v}
</%def>
<%doc>Sums of a matrix times x, and of another times the last output.</%doc>\
<%def name="multiply(kernel, recurrent=None, h=None)" buffered="True">
${in_lines([f.widen("x", f.dtypes_in[0], f.op.inputs), *kernel.lines])}
${in_lines([f.widen("h", h, f.op.units), *recurrent.lines]) if recurrent is not None else ""}
</%def>
