<%doc>A copy. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
def _${f.name}(x, i, y, o):
    ${f.help("copy")}(x, i, y, o, ${f.size_in(0)})
</%def>
