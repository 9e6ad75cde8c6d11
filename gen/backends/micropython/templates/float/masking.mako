<%doc>Masking of one step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n = f.size_in(0)
    value = f.exactly("center", f.op.mask_value)
%>\
def _${f.name}(x, i, y, o, mask, m):
    """A step whose values all equal ${f.literal(f.op.mask_value)} is masked and zeroed."""
    masked = ${value}
    mask[m] = 0.0
    for k in range(${n}):
        if x[i + k] != masked:
            mask[m] = 1.0
            ${f.help("copy")}(x, i, y, o, ${n})
            return
    ${f.help("fill")}(y, o, ${n}, 0.0)
</%def>
