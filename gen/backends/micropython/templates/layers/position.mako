<% word, beyond = ("largest", ">") if op.largest else ("least", "<") %>\
<%write:function doc="${f'y = where the {word} value is, the first of them.'}">
p = 0
q = 0
for k in range(${f.size_in(0)}):
    v = ${f.at("x", "k")}
    if k == 0 or v ${beyond} q:
        q = v
        p = k
${f.put("y", "0")} = p
</%write:function>
