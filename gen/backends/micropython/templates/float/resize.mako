<%
    outputs, taps = op.places.shape
    rest = f.size(f.ins[0][1:])
    places, weights = f.weight("places", op.places, "[output][tap]"), f.weight("weights", op.weights, "[output][tap]")
    f.unpacked(weights, 1)
%>\
def _${f.name}(x, i, y, o):
    """${f.ins[0][0]} values to ${outputs}, each of them a mixture of ${taps}."""
    for row in range(${outputs}):
        n = unpack_from("<${taps}i", ${places}, row * ${4 * taps})
        u = unpack_from("<${taps}f", ${weights}, row * ${4 * taps})
        for c in range(${rest}):
            v = 0.0
            for k in range(${taps}):
                v += u[k] * x[i + n[k] * ${rest} + c]
            y[o + c] = v
        o += ${rest}
