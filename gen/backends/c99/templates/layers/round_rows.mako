<% n = f.size_in(0) %>\
<%frame:whole note="y = round(x scale) / scale, scale = 127 / (max |x| + ${f.literal(f.op.epsilon)[:-1]})">
    float most = 0.0f;
    for (${f.index} k = 0; k < ${n}; k++) {
        const float size = ${f.help("abs")}(x[k]);
        most = size > most ? size : most;
    }
    const float scale = 127.0f / (most + ${f.literal(f.op.epsilon)});
    for (${f.index} k = 0; k < ${n}; k++) {
        y[k] = ${f.help("round")}(x[k] * scale) / scale;
    }
</%frame:whole>
