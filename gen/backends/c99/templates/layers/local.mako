<%namespace name="gathered" file="gathered.mako"/>\
<% r = rows_of(f.op.windows, f.ins[0], f.outs[0]) %>\
${gathered.whole(f, r, False, True, "Each position has a kernel of its own")}\
