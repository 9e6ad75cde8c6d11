<%
    n, half = op.length, op.length // 2
    samples, frames = f.ins[0][0], f.outs[0][0]
    bits = half.bit_length() - 1
%>\
def _${f.name}(x, i, y, o):
    """Squared moduli of the transform of ${frames} frames of ${n} samples, ${op.stride} apart; the clip is reflected at its ends.

    Even and odd samples are the real and imaginary parts of ${half} numbers, whose transform holds that of the frame."""
    window = ${f.unpacked(f.weight("window", op.window), n)}
    turns = ${f.unpacked(f.weight("turns", op.turns), n)}
    re = [0.0] * ${half}
    im = [0.0] * ${half}
    for t in range(${frames}):
        for k in range(${half}):
            pair = 0
            for bit in range(${bits}):
                pair |= (k >> bit & 1) << (${bits - 1} - bit)
            at = abs(t * ${op.stride} + 2 * k - ${half})
            re[pair] = x[i + (at if at < ${samples} else ${2 * samples - 2} - at)] * window[2 * k]
            at = abs(t * ${op.stride} + 2 * k + 1 - ${half})
            im[pair] = x[i + (at if at < ${samples} else ${2 * samples - 2} - at)] * window[2 * k + 1]
        size = 1
        while size < ${half}:
            for k in range(0, ${half}, 2 * size):
                for j in range(size):
                    at = 2 * j * (${half} // size)
                    a = k + j
                    b = a + size
                    u = re[b] * turns[at] + im[b] * turns[at + 1]
                    v = im[b] * turns[at] - re[b] * turns[at + 1]
                    re[b] = re[a] - u
                    im[b] = im[a] - v
                    re[a] += u
                    im[a] += v
            size *= 2
        for k in range(${half}):
            b = ${half} - k if k else 0
            u = 0.5 * (im[k] + im[b])
            v = 0.5 * (re[b] - re[k])
            p = 0.5 * (re[k] + re[b]) + u * turns[2 * k] + v * turns[2 * k + 1]
            q = 0.5 * (im[k] - im[b]) + v * turns[2 * k] - u * turns[2 * k + 1]
            y[o + k] = p * p + q * q
        y[o + ${half}] = (re[0] - im[0]) * (re[0] - im[0])
        o += ${half + 1}
