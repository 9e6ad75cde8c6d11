<%doc>LayerNormalization in integers. Sums of squares are two words, h 2^30 + l.</%doc>\
<%
    n = f.size_in(0)
    f.scratch(n)
    at = "k" if op.m.size > 1 else "0"
    x = "x" if op.rms or not op.centered else "x - mean"
    spread = "variance" if op.centered else "mean square"
%>\
<%write:part name="spread" tensors="${{'x': f.dtypes_in[0]}}"
    doc="${f'z = {x} over the root of the {spread}, in 16 bits.'}">
<% epsilon = f.pointed("E", "epsilon", f.two_words(op.epsilon)) %>\
total = 0
% if op.centered:
for k in range(${n}):
    ${fixed.take("v", "x", "k", op.source)}
    total += v
% endif
${most("total", "excess")}
h = l = 0
for k in range(${n}):
    ${deviation("total")}
    v = (v + ((1 << excess) >> 1)) >> excess
    z[k] = v
    ${fixed.accumulate("h", "l", "v * v")}
${fixed.shift_wide("h", "l", op.fine - 2 * op.coarse)}
epsilon_h = ${epsilon}[0]
epsilon_l = ${epsilon}[1]
places = 2 * excess
if places >= 30:
    epsilon_l = epsilon_h >> (places - 30)
    epsilon_h = 0
else:
    epsilon_l = ((epsilon_h & ((1 << places) - 1)) << (30 - places)) + (epsilon_l >> places)
    epsilon_h >>= places
l += epsilon_l
h += epsilon_h + (l >> 30)
l &= 1073741823
${wide.root("h", "l", "v", "q")}
if v < 1:
    v = 1
${wide.inverse("shift", op)}
places = ${16 - op.exponent + op.coarse} + shift
${wide.rounded("places")}
% if op.rms:
${most("", "down")}
places += excess - down
for k in range(${n}):
    ${fixed.take("v", "x", "k", op.source)}
    z[k] = (v * ${n} + ((1 << down) >> 1)) >> down
% endif
${wide.bounded("places")}
for k in range(${n}):
    ${fixed.result("v", "k")}
    v = (v * inverse + half) >> places
    ${fixed.saturate("v", "int16")}
    z[k] = v
</%write:part>\
<%write:part name="finish" tensors="${{'y': f.dtypes_out[0]}}">
for k in range(${n}):
    ${fixed.result("v", "k")}
    ${fixed.scaled("v", "q", op, at)}
</%write:part>\
<%write:calling doc="${f'y = ({x}) / sqrt(variance + epsilon), gamma and beta.'}">
${f.call("spread")}
${f.call("finish")}
</%write:calling>
<%def name="deviation(total)" buffered="True">
${fixed.take("v", "x", "k", op.source)}
v = v * ${n}${f" - {total}" if total else ""}
</%def>
<%doc>The shift of values to 16 bits.</%doc>\
<%def name="most(total, places)" buffered="True">
most = 0
for k in range(${n}):
    ${deviation(total)}
    if v < 0:
        v = 0 - v
    if v > most:
        most = v
${places} = 0
while most >> (15 + ${places}):
    ${places} += 1
</%def>
