<%
    is_tensor = f.op.other is None
    other = "" if is_tensor else f.number(f.op.other, f.dtypes_in[1])
    none = f.number(0, f.dtypes_in[0])
%>\
<%frame:each note="y = x if the mask keeps the step, else ${'other' if is_tensor else other}" names="${('mask', 'x', 'other')}" count="${f.size_in(1)}">
y[k] = mask[0] > ${none} ? x[k] : ${'other[k]' if is_tensor else other};
</%frame:each>
