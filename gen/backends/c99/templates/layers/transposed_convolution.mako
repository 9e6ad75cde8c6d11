<%namespace name="gathered" file="gathered.mako"/>\
<% r = rows_of(f.op.windows, f.ins[0], f.outs[0]) %>\
${gathered.whole(f, r, True, False, "Each output gathers the inputs whose windows reach it")}\
