<%
    op = f.op
    n, half = op.length, op.length // 2
    samples, frames = f.ins[0][0], f.outs[0][0]
    bits = half.bit_length() - 1
    real, of_half, sign = ("int32_t", "", "") if f.integer else ("float", "0.5f * ", "-0.5f * ")
    wide, of_wide = ("int64_t", "(int32_t)") if f.integer else ("float", "")
    windowed = f"x[place] * {'(int32_t)' if f.integer else ''}{f.name}_window[from]"
    if f.integer:
        windowed = f.shifted(f.value(windowed), op.down)
        f.between("turns", op.reach)

    def turned(a, b, sign):
        """a cos + b sin, or - b sin"""
        if f.integer:
            return f"{f.primitive('turned')}({a}, turn[0], {b}, {sign.strip('+')}turn[1])"
        return f"{a} * turn[0] {sign} {b} * turn[1]"

    def squares(a, b):
        return f"{f.primitive('squares')}({a}, {b}, {op.shift})" if f.integer else f"{a} * {a} + {b} * {b}"

    turns = f.constant_of(op.turns).removeprefix("static ")
%>\
${f.defined("window", op.window)}\

/* cosine and sine of 2 pi k / ${n}${", in units of 2^-14" if f.integer else ""} */
${f.constant_of(op.turns)} ${f.name}_turns[${half}][2] = {
${f.table("turns", op.turns)}
};

/* Of two numbers, the second turned: their sum and their difference. */
static void ${f.name}_butterfly(${real} *a, ${real} *b, ${turns} *turn)
{
    const ${real} re = ${of_wide}${turned("b[0]", "b[1]", "+")};
    const ${real} im = ${of_wide}${turned("b[1]", "b[0]", "-")};
    b[0] = a[0] - re;
    b[1] = a[1] - im;
    a[0] += re;
    a[1] += im;
}

/* Squared moduli of the transform of ${frames} frames of ${n} samples, ${op.stride} apart; the clip is reflected at its ends.
 * Even and odd samples are the real and imaginary parts of ${half} numbers, whose transform holds that of the frame. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${real} *y, ${real} *scratch)
{
    for (${f.index} t = 0; t < ${frames}; t++) {
        for (${f.index} k = 0; k < ${n}; k++) {
            ${f.index} pair = 0; /* pairs in the order of reversed bits */
            ${over("int bit", bits, f"pair |= (k >> 1 >> bit & 1) << ({bits - 1} - bit);")}
            const ${f.index} from = 2 * (pair & ${half - 1}) + (k & 1);
            const int32_t at = (int32_t)t * ${op.stride} + from - ${half};
            const int32_t low = at < 0 ? -at : at;
            const int32_t place = low < ${samples} ? low : ${2 * samples - 2} - low;
            scratch[k] = ${windowed};
        }
        for (int stage = 0; stage < ${bits}; stage++) {
            const ${f.index} size = (${f.index})(1 << stage);
            for (${f.index} k = 0; k < ${half // 2}; k++) {
                const ${f.index} j = k & (size - 1);
                const ${f.index} first = ((k & -size) << 1) | j;
                ${turns} *turn = ${f.name}_turns[(j << (${bits} - stage)) & ${half - 1}];
                ${f.name}_butterfly(scratch + 2 * first, scratch + 2 * (first | size), turn);
            }
        }
        for (${f.index} k = 0; k < ${half}; k++) {
            const ${real} *a = scratch + 2 * k;
            const ${real} *b = scratch + 2 * (k > 0 ? ${half} - k : 0);
            ${turns} *turn = ${f.name}_turns[k];
            const ${real} even_re = ${of_half}(a[0] + b[0]);
            const ${real} even_im = ${of_half}(a[1] - b[1]);
            const ${real} odd_re = ${of_half}(a[1] + b[1]);
            const ${real} odd_im = ${sign}(${"b[0] - a[0]" if f.integer else "a[0] - b[0]"});
            const ${wide} re = even_re + ${turned("odd_re", "odd_im", "+")};
            const ${wide} im = even_im + ${turned("odd_im", "odd_re", "-")};
            y[t * ${half + 1} + k] = ${squares("re", "im")};
        }
        y[t * ${half + 1} + ${half}] = ${squares("2 * ((int64_t)scratch[0] - scratch[1])", "0") if f.integer else "(scratch[0] - scratch[1]) * (scratch[0] - scratch[1])"};
    }
}
