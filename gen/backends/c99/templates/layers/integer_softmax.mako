<%doc>Softmax and its logarithm over the first core axis in integers: core (n, inner).</%doc>\
% if f.ins[0][0] == 1 and f.op.kind == "integer_softmax":
${alone(f)}\
% else:
<%call expr="frame.columns(f.op.kind.removeprefix('integer_').replace('_', ' '))">
${shares(f, frame.at())}\
</%call>
% endif
<%def name="alone(f)">\
<%frame:whole note="softmax over one value: all of it">
(void)x;
${over(f"{f.index} column", f.size_in(0), f"y[column] = {f.op.share_of_one};")}
</%frame:whole>
</%def>
<%def name="shares(f, at)">\
<%
    op, y, n = f.op, f.dtypes_out[0], f.ins[0][0]
    below = f.value("most") - f.value(f"x[{at}]", f.dtypes_in[0])
    power = f.call("exp_octaves" if op.brief else "exp_negative", f.saturated(f.scaled(op.enter, below), "int16"))
    log = op.kind == "integer_log_softmax"
    share = "" if log else f.call("softmax_share", power, f.value("total"))
    value = op.result.zero - f.value("log_sum") - f.scaled(op.own, below) if log else f.scaled(op.leave, share) + op.result.zero
%>\
${largest(f, "int32_t", at)}\
uint32_t total = 0;
${over(f"{f.index} k", n, f"total += (uint32_t){power};")}
total = total > 32767 ? total : 32767; /* which it is: e^0 is one of its terms */
${f'const int32_t log_sum = {f.scaled(op.log, f.call("log_total", f.value("total")))};' if log else ""}
${over(f"{f.index} k", n, f"y[{at}] = {f.stored(f.saturated(value, y), y)};")}
</%def>
<%def name="largest(f, kind, at)">\
${kind} most = x[0];
${over(f"{f.index} k", f.ins[0][0], f"most = x[{at}] > most ? x[{at}] : most;", start=1)}
</%def>
