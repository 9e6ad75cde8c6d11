<%
    op, n = f.op, f.size_in(0)
    x = f.value("x[k]", f.dtypes_in[0]) - op.source.zero
    f.primitive("square_root")
    value = f.call("round_shift", f.value("part") * f.value("(int32_t)inverse"), f.value("places"))
%>\
<%frame:whole note="y = x / |x|; the root is ${str(1 << op.fine // 2)} times as large here.">
    uint64_t square = 0;
    ${over(f"{f.index} k", n, f"const int32_t part = {x};", "square += (uint32_t)(part * part);")}
    uint32_t root = square_root(square << ${op.fine});
    root = root > UINT32_C(${op.least}) ? root : UINT32_C(${op.least});
    int places = ${16 - op.exponent};
    while (root > 65535) {
        root >>= 1;
        places++;
    }
    while (root < 32768) {
        root <<= 1;
        places--;
    }
    uint32_t inverse = (UINT32_C(${op.mantissa << 16}) + (root >> 1)) / root;
${frame.inverse()}\
    if (places < 0) {
        places = 0;
    }
    for (${f.index} k = 0; k < ${n}; k++) {
        const int32_t part = ${x};
${frame.out("y[k]", value + op.result.zero)}\
    }
</%frame:whole>
