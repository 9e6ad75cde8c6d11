<%!
    from gatesmith.backends.c99.kernels.mve.points import KERNELS

    NAMES = ("a", "b", "c", "d", "e")
    INPUTS = ("r4", "r5", "r6")
    TURN = 3
    """Threes of inputs that a turn of the loop has."""

    def run(count, pad=""):
        """So many inputs of four units at five positions."""
        lines = [f"vldrw.32 q{5 + k}, [%[w]], #16" for k in range(count)]
        for at in range(5):
            lines.append(f"ldmia %[x{at}]!, {{{', '.join(INPUTS[:count])}}}" if count > 1 else f"ldr r4, [%[x{at}]], #4")
            lines += [f"vfma.f32 q{at}, q{5 + k}, {INPUTS[k]}" for k in range(count)]
        return lines

    def units(inputs):
        """Sums in q0 to q4 begin with the bias."""
        turns, rest = divmod(inputs, 3 * TURN)
        lines = ["vldrw.32 q0, [%[w]], #16", *(f"vmov q{k}, q0" for k in range(1, 5))]
        if turns:
            loop = run(3) * TURN
            lines += [f"mov r4, #{turns}", "dls lr, r4", f"1: {loop[0]}", *loop[1:], "le lr, 1b"]
        return lines + run(3) * (rest // 3) + (run(rest % 3) if rest % 3 else [])
%>\
<%
    op, (kernel,) = f.op, KERNELS
    g = kernel.product(op)
    f.use(g)
    packed = kernel.pack(op)
%>\
/* [four units][bias, then each input][unit] */
${f.defined("kernel", packed.reshape(-1))}
% if op.kind == "convolution":
${convolution(f, g)}\
% else:
/* y = a(W x + b) with a = ${op.activation}, at consecutive positions, five at a time; fewer than five, one at a time. */
static void ${f.name}_each(const float *x, float *y, int32_t count)
{
    int32_t k = 0;
    while (k < count) {
        const int five = count >= 5;
        k = five && k > count - 5 ? count - 5 : k; /* the last five again, those in common too */
        ${g.name}(y + k * ${op.units}, ${f.name}_kernel, x + k * ${op.inputs}, five ? ${op.inputs} : 0);
        k += five ? 5 : 1;
    }
}
% endif
<%def name="convolution(f, g)">\
<% r = rows_of(f.op.windows, f.ins[0], f.outs[0]); last = r.inner.count - 5 %>\
${rows.note(f, r)}\
<%call expr="rows.row(f, r)">
float windows[${5 * g.count}]; /* of five positions; of the last five again, those in common too */
for (${f.index} some = 0; some < COLUMNS; some += 5) {
const ${f.index} column = ${"some" if r.inner.count % 5 == 0 else f"some < {last} ? some : {last}"};
for (int at = 0; at < 5; at++) {
float *window = windows + at * ${g.count};
const ${f.index} start = (column + at) * COLUMN_STRIDE - COLUMN_PADDING;
${rows.ends(f, r.inner)}\
${rows.gather(f, r, 0, 1)}\
}
${g.name}(y + column * OUTPUTS, ${f.name}_kernel, windows, ${g.count});
}
</%call>
</%def>
<%def name="points(g)">\
/* All ${g.rows} units at five positions whose inputs are step apart; at one position, five times, if that is 0. */
static void ${g.name}(float *y, const float *w, const float *x, int step)
{
    const int on = step > 0 ? ${g.rows} : 0;
    for (int unit = 0; unit < ${g.rows}; unit += 4, y += 4) {
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2) && defined(__OPTIMIZE__) /* else too few registers are left */
% for k, name in enumerate(NAMES):
        register float32x4_t ${name} __asm__("q${k}");
        const float *x${k} = ${f"x{k - 1} + step" if k else "x"};
% endfor
        __asm__ volatile(
${quoted(units(g.count), " " * 12)}
            : ${", ".join(f'"=w"({name})' for name in NAMES)}, [w] "+r"(w), ${", ".join(f'[x{k}] "+r"(x{k})' for k in range(5))}
            :
            : "r4", "r5", "r6", "lr", "memory", "q5", "q6", "q7");
<% values = [f"vmaxnmq_f32({name}, vdupq_n_f32(0.0f))" if g.shifts[0] else name for name in NAMES] %>\
        ${[f"vstrwq_f32(y{f' + {k} * on' if k else ''}, {values[k]});" for k in (4, 3, 2, 1, 0)]}
#else
        for (int k = 0; k < (step > 0 ? 5 : 1); k++) {
            for (int j = 0; j < 4; j++) {
                float sum = w[j];
                ${over("int i", g.count, "sum += w[4 + 4 * i + j] * x[k * step + i];")}
                y[k * on + j] = ${"sum > 0.0f ? sum : 0.0f" if g.shifts[0] else "sum"};
            }
        }
        w += ${4 * g.count + 4};
#endif
    }
}
</%def>
