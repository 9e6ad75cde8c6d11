<%
    op, y = f.op, f.dtypes_out[0]
    x = f.value("value")
    if op.gain is None:
        result = f.clamped(x + op.add, op.result.low, op.result.high) if op.add else x
    elif op.mode == "log":
        part = f.call("log_total", f.value("(uint32_t)value << (value < 65536 ? 16 : 0)")) - f.value("(value < 65536 ? INT32_C(363408) : 0)")
        result = f.saturated(f.scaled(op.gain, part + op.add) + op.result.zero, y)
        result = f.value(f"(value > 0 ? {result} : {op.silent})")
    else:
        root = f.call("square_root", f.value("((uint64_t)value << 28)"))
        result = f.saturated(f.scaled(op.gain, root.cast("int32")) + op.result.zero, y)
%>\
<%call expr="frame.each(f'y = {op.mode} of x, value by value')">
const int32_t value = ${f.clamped(f.value("x[k]", f.dtypes_in[0]), op.low, op.high)};
y[k] = ${f.stored(result, y)};
</%call>
