<%doc>
LayerNormalization in integers. Sums of squares are two words, h 2^30 + l. Needs: f, the function being written.
</%doc>\
<%namespace name="wide" file="wide.mako"/>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.size_in(0)
    f.scratch(n)
    value = [f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero)]
    deviation = [*value, f"v = v * {n} - total"]
    square = [*deviation, "v = (v + ((1 << excess) >> 1)) >> excess", "z[k] = v", *f.accumulate("h", "l", "v * v")]
    scaled = f.shift_wide("h", "l", op.fine - 2 * op.coarse)
    epsilon = f.pointed("E", "epsilon", f.two_words(op.epsilon))
    near = [*f.result("v", "k"), "v = (v * inverse + half) >> places", *f.saturate("v", "int16"), "z[k] = v"]
    spread = f.part("spread", {"x": x}, near)
    m, s, add = f.pointed("M", "multipliers", op.m), f.pointed("S", "shifts", op.post), f.pointed("A", "offsets", op.add)
    at = "k" if op.m.size > 1 else "0"
    body = [*f.result("v", "k"), f"q = {f.load(f'{m}[{at}]', 'int16')}", "v *= q"]
    body += [f"q = {s}[{at}]", "v = (v + ((1 << q) >> 1)) >> q"]
    body += [f"q = {f.load(f'{add}[{at}]', 'int32')}", "v += q", *f.saturate("v", y), f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"y": y}, body)
%>\
${spread.head}
    """z = ${'x' if op.rms or not op.centered else 'x - mean'} over the root of the ${'variance' if op.centered else 'mean square'}, in 16 bits."""
${spread.start}\
    total = 0
% if op.centered:
    for k in range(${n}):
${f.indented(value, 8)}
        total += v
% endif
${most(f, deviation, n, "excess")}\
    h = l = 0
    for k in range(${n}):
${f.indented(square, 8)}
${f.indented(scaled, 4)}
    epsilon_h = ${epsilon}[0]
    epsilon_l = ${epsilon}[1]
    places = 2 * excess
    if places >= 30:
        epsilon_l = epsilon_h >> (places - 30)
        epsilon_h = 0
    else:
        epsilon_l = ((epsilon_h & ((1 << places) - 1)) << (30 - places)) + (epsilon_l >> places)
        epsilon_h >>= places
    l += epsilon_l
    h += epsilon_h + (l >> 30)
    l &= 1073741823
${wide.root("h", "l", "v", "q", "    ")}\
    if v < 1:
        v = 1
    # an inverse of 15 bits, and how far down its products are shifted
    shift = -16
    q = v
    while q:
        q >>= 1
        shift += 1
    if shift > 0:
        v >>= shift
    else:
        v <<= 0 - shift
    inverse = ${op.mantissa}
    inverse = ((inverse << 16) + (v >> 1)) // v
    places = ${16 - op.exponent + op.coarse} + shift
    if inverse > 32767:
        inverse = (inverse + 1) >> 1
        if inverse > 32767:
            inverse = 32767
        places -= 1
% if op.rms:
${most(f, [*value, f"v *= {n}"], n, "own")}\
    places += excess - own
    for k in range(${n}):
${f.indented([*value, f"z[k] = (v * {n} + ((1 << own) >> 1)) >> own"], 8)}
% endif
    if places > 30:
        inverse = 0
        places = 30
    if places < 0:
        places = 0
    half = (1 << places) >> 1
    for k in range(${n}):
${f.indented(near, 8)}


${finish.head}
${finish.start}\
    for k in range(${n}):
${f.indented(body, 8)}


def _${f.name}(x, x_at, y, y_at, z):
    """y = ${'x' if op.rms else '(x - mean)'} / sqrt(variance + epsilon), gamma and beta."""
    ${spread.call}
    ${finish.call}
</%def>
<%def name="most(f, value, n, bits)">\
    most = 0
    for k in range(${n}):
${f.indented(value, 8)}
        if v < 0:
            v = 0 - v
        if v > most:
            most = v
    ${bits} = 0
    while most >> (15 + ${bits}):
        ${bits} += 1
</%def>
