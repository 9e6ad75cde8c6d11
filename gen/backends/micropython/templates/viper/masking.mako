<%doc>Masking of one step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n, x = f.size_in(0), f.dtypes_in[0]
    body = [f"v = {f.at('x', 'k', x)}", f"if v != {int(f.op.mask_value)}:", "    keep = 1"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0], "mask": f.dtypes_out[1]})}
    """A step whose values all equal ${int(f.op.mask_value)} is masked and becomes ${int(f.op.fill)}."""
${f.start(body)}\
    keep = 0
    for k in range(${n}):
${f.indented(body, 8)}
    ${f.put('mask', '0')} = keep
    for k in range(${n}):
        if keep:
            ${f.put('y', 'k')} = ${f.put('x', 'k')}
        else:
            ${f.put('y', 'k')} = ${int(f.op.fill)}
</%def>
