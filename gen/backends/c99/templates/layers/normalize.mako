<%
    op = f.op
    center, scale, offset = (f.parameter(name, getattr(op, name)) for name in ("center", "scale", "offset"))
    note = f"y = {'x' if op.center is None else '(x - center)'}{'' if op.scale is None else ' scale'}{'' if op.offset is None else ' + offset'}"
%>\
${center.definition}${scale.definition}${offset.definition}\
<%call expr="frame.each(note)">
float value = x[k];
<% steps = ((op.center, "-", center), (op.scale, "*", scale), (op.offset, "+", offset)) %>\
${[f"value {sign}= {parameter.at('k')};" for values, sign, parameter in steps if values is not None]}
y[k] = value;
</%call>
