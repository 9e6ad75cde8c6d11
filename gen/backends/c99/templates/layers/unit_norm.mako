<% n, least = f.size_in(0), f.literal(f.op.epsilon) %>\
<%frame:whole note="y = x / max(|x|, ${least[:-1]})">
    float square = 0.0f;
    ${over(f"{f.index} k", n, "square += x[k] * x[k];")}
    const float length = sqrtf(square);
    const float divisor = length > ${least} ? length : ${least};
    ${over(f"{f.index} k", n, "y[k] = x[k] / divisor;")}
</%frame:whole>
