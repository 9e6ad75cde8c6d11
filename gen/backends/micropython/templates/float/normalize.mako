<%
    center, scale, offset = f.parameter("center", op.center), f.parameter("scale", op.scale), f.parameter("offset", op.offset)
    value = f"(x[i + k] - {center.at('k')})" if op.center is not None else "x[i + k]"
    value += f" * {scale.at('k')}" if op.scale is not None else ""
    value += f" + {offset.at('k')}" if op.offset is not None else ""
%>\
def _${f.name}(x, i, y, o):
    """y = ${'(x - center)' if op.center is not None else 'x'}${' scale' if op.scale is not None else ''}${' + offset' if op.offset is not None else ''}."""
    ${filter(None, (center.definition, scale.definition, offset.definition))}
    for k in range(${f.size_in(0)}):
        y[o + k] = ${value}
