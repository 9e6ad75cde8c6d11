<%
    op = f.op
    center, scale, offset = (f.parameter(name, getattr(op, name)) for name in ("center", "scale", "offset"))
    note = f"y = {'x' if op.center is None else '(x - center)'}{'' if op.scale is None else ' scale'}{'' if op.offset is None else ' + offset'}"
%>\
${center.definition}${scale.definition}${offset.definition}\
<%call expr="frame.each(note)">
float value = x[k];
% for values, sign, parameter in ((op.center, "-", center), (op.scale, "*", scale), (op.offset, "+", offset)):
${f'value {sign}= {parameter.at("k")};' if values is not None else ""}
% endfor
y[k] = value;
</%call>
