<%
    op = f.op
    rest = f.size_in(0) // f.ins[0][0]
    less = f" - ({op.source.zero})" if f.integer and op.source.zero else ""
%>\
<%frame:whole note="y[k] = x[0] + ... + x[k] along the first axis">
    for (${f.index} c = 0; c < ${rest}; c++) {
        ${"int32_t sum = 0" if f.integer else "float sum = 0.0f"};
        for (${f.index} k = c; k < ${f.size_in(0)}; k += ${rest}) {
            sum += x[k]${less};
${frame.out("y[k]", f.scaled(op.gain, f.value("sum")) + op.result.zero) if f.integer else "y[k] = sum;\n"}\
        }
    }
</%frame:whole>
