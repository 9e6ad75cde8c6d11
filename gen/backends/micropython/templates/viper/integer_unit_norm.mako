<%doc>
A core divided by its length, in integers. The squares' sum is two words, h 2^30 + l. Needs: f, the function being
written.
</%doc>\
<%namespace name="wide" file="wide.mako"/>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.few(f.size_in(0))
    value = [f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero)]
    square = [*value, *f.accumulate("h", "l", "v * v")]
    leave = [*value, "v = (v * inverse + half) >> places", *f.plus("v", op.result.zero), *f.saturate("v", y)]
    leave += [f"{f.put('y', 'k')} = v"]
%>\
${f.head({"x": x, "y": y})}
    """y = x / |x|; the root is ${1 << op.fine // 2} times as large here."""
${f.start([*square, *leave])}\
    h = l = 0
    for k in range(${n}):
${f.indented(square, 8)}
${f.indented(f.shift_wide("h", "l", op.fine), 4)}
${wide.root("h", "l", "v", "q", "    ")}\
    if v < ${op.least}:
        v = ${op.least}
    # an inverse of 15 bits, and how far down its products are shifted
    places = 0
    q = v
    while q:
        q >>= 1
        places += 1
    places -= 16
    if places > 0:
        v >>= places
    else:
        v <<= 0 - places
    inverse = ${op.mantissa}
    inverse = ((inverse << 16) + (v >> 1)) // v
    places += ${16 - op.exponent}
    if inverse > 32767:
        inverse = (inverse + 1) >> 1
        places -= 1
    if places > 30:
        inverse = 0
        places = 30
    if places < 0:
        places = 0
    half = (1 << places) >> 1
    for k in range(${n}):
${f.indented(leave, 8)}
</%def>
