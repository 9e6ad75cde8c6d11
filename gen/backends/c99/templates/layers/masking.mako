<%
    m = f.types_out[1]
    value, fill = (f.number(v, f.dtypes_in[0]) for v in (f.op.mask_value, f.op.fill))
    none, one = (f.number(v, f.dtypes_out[1]) for v in (0, 1))
%>\
<%frame:whole note="A step whose values all equal ${value.removesuffix('f')} is masked and becomes ${fill.removesuffix('f')}." more=", ${m} *mask">
    ${m} keep = ${none};
    ${over(f"{f.index} k", f.size_in(0), f"keep = x[k] != {value} ? {one} : keep;")}
    ${over(f"{f.index} k", f.size_in(0), f"y[k] = keep > {none} ? x[k] : {fill};")}
    mask[0] = keep;
</%frame:whole>
