<%doc>
LayerNormalization in integers. Squares take more than 32 bits: Python's own integers, which allocate. Needs: f, the
function being written.
</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.size_in(0)
    f.scratch(n)
    m, s, add = f.pointed("M", "multipliers", op.m), f.pointed("S", "shifts", op.post), f.pointed("A", "offsets", op.add)
    at = "k" if op.m.size > 1 else "0"
    body = [*f.result("v", "k"), f"m = {f.load(f'{m}[{at}]', 'int16')}", "v *= m"]
    body += [f"m = {s}[{at}]", "v = (v + ((1 << m) >> 1)) >> m"]
    body += [f"m = {f.load(f'{add}[{at}]', 'int32')}", "v += m", *f.saturate("v", y)]
    value = ["v = x[x_at + k]", *f.less("v", op.source.zero)]
    f.help("square_root")
%>\
${f.head("finish", {"y": y}, ("v", "q"))}
${f.start(body)}\
    for k in range(${n}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v


def _${f.name}(x, x_at, y, y_at, z):
    """y = ${'x' if op.rms else '(x - mean)'} / sqrt(variance + epsilon), gamma and beta. ${f.allocates()}"""
    total = 0
    for k in range(${n}):
${f.indented(value, 8)}
        total += v
    most = 0
    for k in range(${n}):
${f.indented(value, 8)}
        most = max(most, abs(v * ${n} - total))
    excess = max(0, ${f.help("bits")}(most) - 15)
    square = 0
    for k in range(${n}):
${f.indented(value, 8)}
        v = (v * ${n} - total + ((1 << excess) >> 1)) >> excess
        z[k] = v
        square += v * v
    root = max(1, _square_root(((square << ${op.fine}) >> ${2 * op.coarse}) + (${op.epsilon} >> (2 * excess))))
    shift = _bits(root) - 16
    head = root >> shift if shift > 0 else root << -shift
    inverse = (${op.mantissa << 16} + (head >> 1)) // head
    places = ${16 - op.exponent + op.coarse} + shift
    if inverse > 32767:
        inverse = min((inverse + 1) >> 1, 32767)
        places -= 1
% if op.rms:
    most = 0
    for k in range(${n}):
${f.indented(value, 8)}
        most = max(most, abs(v * ${n}))
    own = max(0, _bits(most) - 15)
    places += excess - own
    for k in range(${n}):
${f.indented(value, 8)}
        z[k] = (v * ${n} + ((1 << own) >> 1)) >> own
% endif
    if places > 30:
        inverse = 0
    places = max(0, min(30, places))
    half = (1 << places) >> 1
    for k in range(${n}):
        z[k] = max(-32768, min(32767, (z[k] * inverse + half) >> places))
    _${f.name}_finish(0, 0, y, y_at, z)
</%def>
