<%doc>A core divided by its length, in integers. The squares' sum is two words, h 2^30 + l.</%doc>\
<% n = f.few(f.size_in(0)) %>\
<%write:function doc="${f'y = x / |x|; the root is {1 << op.fine // 2} times as large here.'}">
h = l = 0
for k in range(${n}):
    ${fixed.take("v", "x", "k", op.source)}
    ${fixed.accumulate("h", "l", "v * v")}
${fixed.shift_wide("h", "l", op.fine)}
${wide.root("h", "l", "v", "q")}
if v < ${op.least}:
    v = ${op.least}
${wide.inverse("places", op)}
places += ${16 - op.exponent}
${wide.rounded("places")}
${wide.bounded("places")}
for k in range(${n}):
    ${fixed.take("v", "x", "k", op.source)}
    v = (v * inverse + half) >> places
    ${fixed.store("v", "k", op.result)}
</%write:function>
