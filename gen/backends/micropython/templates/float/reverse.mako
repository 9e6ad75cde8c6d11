<%doc>A sequence from its end. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% steps, frame = f.ins[0][0], f.size(f.ins[0][1:]) %>\
def _${f.name}(x, i, y, o):
    for k in range(${steps}):
        ${f.help("copy")}(x, i + (${steps - 1} - k) * ${frame}, y, o + k * ${frame}, ${frame})
</%def>
