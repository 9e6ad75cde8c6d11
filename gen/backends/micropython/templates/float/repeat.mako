<%doc>One frame, several times. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
def _${f.name}(x, i, y, o):
    for k in range(${f.outs[0][0]}):
        ${f.help("copy")}(x, i, y, o + k * ${f.size_in(0)}, ${f.size_in(0)})
</%def>
