<%doc>LayerNormalization of one core in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.size_in(0)
    x = f.value("x[k]", f.dtypes_in[0]) - op.source.zero
    own = x.wide() * n
    apart = own - f.value("sum") if op.centered else own
    at = "k" if op.m.size > 1 else "0"
    places = 16 - op.exponent + op.coarse
    for name in ("round_shift", "saturate16", "square_root"):
        f.primitive(name)
%>\
${f.constant_table("multipliers", op.m, "int16")}
${f.constant_table("shifts", op.post, "int8")}
${f.constant_table("offsets", op.add, "int32")}
/* y = ${'x' if op.rms or not op.centered else '(x - mean)'} / sqrt(${'variance' if op.centered else 'mean square'} + epsilon) gamma + beta; deviations are ${n} times as large here. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% if op.centered:
    int32_t sum = 0;
    for (${f.index} k = 0; k < ${n}; k++) {
        sum += ${x};
    }
% endif
    int32_t most = 0;
% if op.rms:
    int32_t most_own = 0;
% endif
    for (${f.index} k = 0; k < ${n}; k++) {
        const int32_t apart = ${apart};
        const int32_t size = apart < 0 ? -apart : apart;
        most = size > most ? size : most;
% if op.rms:
        const int32_t own = ${own};
        const int32_t own_size = own < 0 ? -own : own;
        most_own = own_size > most_own ? own_size : most_own;
% endif
    }
    int down = 0;
    while (most >> down > 32767) {
        down++;
    }
    uint64_t square = 0;
    for (${f.index} k = 0; k < ${n}; k++) {
        const int32_t apart = round_shift(${apart}, down);
        square += (uint32_t)(apart * apart);
    }
    uint32_t root = square_root((square << ${op.fine} >> ${2 * op.coarse}) + (UINT64_C(${op.epsilon}) >> 2 * down));
    root = root > 0 ? root : 1;
    int places = ${places};
    while (root > 65535) {
        root >>= 1;
        places++;
    }
    while (root < 32768) {
        root <<= 1;
        places--;
    }
    uint32_t inverse = (UINT32_C(${op.mantissa << 16}) + (root >> 1)) / root;
    if (inverse > 32767) {
        inverse = inverse < 65533 ? (inverse + 1) >> 1 : 32767;
        places--;
    }
% if op.rms:
    int down_own = 0;
    while (most_own >> down_own > 32767) {
        down_own++;
    }
    places += down - down_own;
    down = down_own;
% endif
    for (${f.index} k = 0; k < ${n}; k++) {
        const int32_t part = round_shift(${own if op.rms else apart}, down);
        const int32_t product = part * (int32_t)inverse;
        const int32_t unit = places > 30 ? 0 : saturate16(round_shift(product, places > 0 ? places : 0));
        const int32_t value = round_shift(unit * ${f.name}_multipliers[${at}], ${f.name}_shifts[${at}]) + ${f.name}_offsets[${at}];
        y[k] = ${f.stored(f.saturated(f.value("value"), y), y)};
    }
}
</%def>
