<% bins = f.few(f.size_in(0) // 2) %>\
<%write:function doc="y = re^2 + im^2, halved; real parts come first.">
for k in range(${bins}):
    v = ${f.at("x", "k")}
    v *= v
    q = ${f.at("x", f"k + {bins}")}
    q *= q
    ${f.put("y", "k")} = (v >> 1) + (q >> 1) + ((v | q) & 1)
</%write:function>
