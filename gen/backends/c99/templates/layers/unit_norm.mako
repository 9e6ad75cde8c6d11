<% n, least = f.size_in(0), f.literal(f.op.epsilon) %>\
<%frame:whole note="y = x / max(|x|, ${least[:-1]})">
    float square = 0.0f;
    for (${f.index} k = 0; k < ${n}; k++) {
        square += x[k] * x[k];
    }
    const float length = sqrtf(square);
    const float divisor = length > ${least} ? length : ${least};
    for (${f.index} k = 0; k < ${n}; k++) {
        y[k] = x[k] / divisor;
    }
</%frame:whole>
