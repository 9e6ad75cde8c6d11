<%
    op, y = f.op, f.dtypes_out[0]
    down = (f.dtypes_in[0], y, op.source.zero) == ("int16", "int8", 0)
    at_once = down and f.narrow("y", "x", str(f.size_in(0)), op.gain, op.result.zero)
    gain = f.scaled(op.gain, f.value("x[k]", f.dtypes_in[0]) - op.source.zero)
%>\
<%frame:whole note="y = ${format(op.source.scale / op.result.scale, '.6g')} x${', from zero point %d to %d' % (op.source.zero, op.result.zero) if op.source.zero or op.result.zero else ''}">
% if at_once:
    ${at_once}
% else:
    ${over(f"{f.index} k", f.size_in(0), f"y[k] = {f.stored(f.saturated(gain + op.result.zero, y), y)};")}
% endif
</%frame:whole>
