<% n = f.size_in(0) %>\
<%frame:whole note="y = round(x scale) / scale, scale = 127 / (max |x| + ${f.literal(f.op.epsilon)[:-1]})">
    float most = 0.0f;
    ${over(f"{f.index} k", n, f'const float size = {f.help("abs")}(x[k]);', "most = size > most ? size : most;")}
    const float scale = 127.0f / (most + ${f.literal(f.op.epsilon)});
    ${over(f"{f.index} k", n, f'y[k] = {f.help("round")}(x[k] * scale) / scale;')}
</%frame:whole>
