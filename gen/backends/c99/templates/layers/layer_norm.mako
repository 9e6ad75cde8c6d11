<%
    op = f.op
    n = f.size_in(0)
    gamma = f.parameter("gamma", op.gamma)
    beta = f.parameter("beta", op.beta)
%>\
${gamma.definition}${beta.definition}\
<%frame:whole note="y = ${'x' if op.rms or not op.centered else '(x - mean)'} / sqrt(${'variance' if op.centered else 'mean square'} + ${f.literal(op.epsilon)[:-1]})${' gamma' if op.gamma is not None else ''}${' + beta' if op.beta is not None else ''}">
% if op.centered:
    float sum = 0.0f;
    ${over(f"{f.index} k", n, "sum += x[k];")}
    const float mean = sum / ${f.literal(n)};
    float square = 0.0f;
    ${over(f"{f.index} k", n, "const float apart = x[k] - mean;", "square += apart * apart;")}
% else:
    float square = 0.0f;
    ${over(f"{f.index} k", n, "square += x[k] * x[k];")}
% endif
    const float deviation = sqrtf(square / ${f.literal(n)} + ${f.literal(op.epsilon)});
    for (${f.index} k = 0; k < ${n}; k++) {
        float value = ${'x[k]' if op.rms or not op.centered else '(x[k] - mean)'} / deviation;
        ${f'value *= {gamma.at("k")};' if op.gamma is not None else ""}
        ${f'value += {beta.at("k")};' if op.beta is not None else ""}
        y[k] = value;
    }
</%frame:whole>
