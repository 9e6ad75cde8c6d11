<%doc>Numbers by a table of keys. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.keys) %>\
def _${f.name}(x, i, y, o):
    """y = the value of the key that x is."""
    keys = ${f.unpacked(f.weight("keys", f.op.keys), n)}
    values = ${f.unpacked(f.weight("values", f.op.values), n)}
    for k in range(${f.size_in(0)}):
        found = ${f.literal(f.op.other)}
        for n in range(${n}):
            if keys[n] == x[i + k]:
                found = values[n]
        y[o + k] = found
</%def>
