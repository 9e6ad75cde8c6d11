<%doc>Power spectra of a clip's frames. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    n, half = op.length, op.length // 2
    samples, frames = f.ins[0][0], f.outs[0][0]
    bits = half.bit_length() - 1
    real, of_half, sign = ("int32_t", "", "") if f.integer else ("float", "0.5f * ", "-0.5f * ")
    window = f"{f.name}_window[k]"
    windowed = f"x[place] * {window}"
    if f.integer:
        windowed = f.shifted(f.value(f"x[place] * (int32_t){window}"), op.down)
        f.primitive("turned")
        f.primitive("squares")

    def turned(a, b, sign):
        """a cos + b sin, or - b sin"""
        whole = f"turned({a}, turn[0], {b}, {sign.strip('+')}turn[1])"
        return whole if f.integer else f"{a} * turn[0] {sign} {b} * turn[1]"

    def squares(a, b):
        return f"squares({a}, {b}, {op.shift})" if f.integer else f"{a} * {a} + {b} * {b}"

    turns = f.constant_of(op.turns).removeprefix("static ")
%>\
${f.defined("window", op.window)}\

/* cosine and sine of 2 pi k / ${n}${", in units of 2^-14" if f.integer else ""} */
${f.constant_of(op.turns)} ${f.name}_turns[${half}][2] = {
${f.table("turns", op.turns)}
};

/* Squared moduli of the transform of ${frames} frames of ${n} samples, ${op.stride} apart; the clip is reflected at its ends.
 * Even and odd samples are the real and imaginary parts of ${half} numbers, whose transform holds that of the frame. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${real} *y, ${real} *z)
{
    for (${f.index} t = 0; t < ${frames}; t++) {
        for (${f.index} k = 0; k < ${n}; k++) {
            const int32_t at = (int32_t)t * ${op.stride} + k - ${half};
            const int32_t low = at < 0 ? -at : at;
            const int32_t place = low < ${samples} ? low : ${2 * samples - 2} - low;
            /* pairs in the order of reversed bits */
            ${f.index} pair = 0;
            for (int bit = 0; bit < ${bits}; bit++) {
                pair |= (k >> 1 >> bit & 1) << (${bits - 1} - bit);
            }
            z[2 * pair + (k & 1)] = ${windowed};
        }
        for (${f.index} size = 1; size < ${half}; size *= 2) {
            for (${f.index} k = 0; k < ${half}; k += 2 * size) {
                for (${f.index} j = 0; j < size; j++) {
                    ${turns} *turn = ${f.name}_turns[j * (${half} / size)];
                    ${real} *a = z + 2 * (k + j);
                    ${real} *b = a + 2 * size;
                    const ${real} re = ${turned("b[0]", "b[1]", "+")};
                    const ${real} im = ${turned("b[1]", "b[0]", "-")};
                    b[0] = a[0] - re;
                    b[1] = a[1] - im;
                    a[0] += re;
                    a[1] += im;
                }
            }
        }
        ${real} *out = y + t * ${half + 1};
        for (${f.index} k = 0; k < ${half}; k++) {
            const ${real} *a = z + 2 * k;
            const ${real} *b = z + 2 * (k > 0 ? ${half} - k : 0);
            ${turns} *turn = ${f.name}_turns[k];
            const ${real} even_re = ${of_half}(a[0] + b[0]);
            const ${real} even_im = ${of_half}(a[1] - b[1]);
            const ${real} odd_re = ${of_half}(a[1] + b[1]);
            const ${real} odd_im = ${sign}(${"b[0] - a[0]" if f.integer else "a[0] - b[0]"});
            const ${real} re = even_re + ${turned("odd_re", "odd_im", "+")};
            const ${real} im = even_im + ${turned("odd_im", "odd_re", "-")};
            out[k] = ${squares("re", "im")};
        }
        out[${half}] = ${squares("2 * (z[0] - z[1])", "0") if f.integer else "(z[0] - z[1]) * (z[0] - z[1])"};
    }
}
</%def>
