<%
    n = f.size_in(0)
    gamma, beta = f.parameter("gamma", op.gamma), f.parameter("beta", op.beta)
    value = "x[i + k]" if op.rms or not op.centered else "(x[i + k] - mean)"
    value += " / deviation"
    value += f" * {gamma.at('k')}" if op.gamma is not None else ""
    value += f" + {beta.at('k')}" if op.beta is not None else ""
%>\
def _${f.name}(x, i, y, o):
    """y = ${'x' if op.rms or not op.centered else '(x - mean)'} / sqrt(${'variance' if op.centered else 'mean square'} + ${f.literal(op.epsilon)})${' gamma' if op.gamma is not None else ''}${' + beta' if op.beta is not None else ''}."""
    ${filter(None, (gamma.definition, beta.definition))}
    ${f"mean = sum(x[i : i + {n}]) / {n}" if op.centered else ""}
    square = 0.0
    for k in range(${n}):
        apart = x[i + k]${" - mean" if op.centered else ""}
        square += apart * apart
    deviation = sqrt(square / ${n} + ${f.literal(op.epsilon)})
    for k in range(${n}):
        y[o + k] = ${value}
