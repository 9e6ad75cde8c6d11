<%doc>Sums of all values so far. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    rest = f.size_in(0) // f.ins[0][0]
    less = f" - ({op.source.zero})" if f.integer and op.source.zero else ""
%>\
/* y[k] = x[0] + ... + x[k] along the first axis */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} c = 0; c < ${rest}; c++) {
        ${"int32_t sum = 0" if f.integer else "float sum = 0.0f"};
        for (${f.index} k = c; k < ${f.size_in(0)}; k += ${rest}) {
            sum += x[k]${less};
% if f.integer:
            const int32_t value = ${f.scaled(op.gain, f.value("sum")) + op.result.zero};
            y[k] = ${f.stored(f.saturated(f.value("value"), y), y)};
% else:
            y[k] = sum;
% endif
        }
    }
}
</%def>
