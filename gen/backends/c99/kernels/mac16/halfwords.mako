<%namespace name="slabs" file="/slabs.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.mac16 import GUARD

    # A turn of a loop reads no register again that a load has filled since: QEMU 10 may give what it was before.
    def raw(fours):
        """Adds h x of so many fours of inputs: weights by %[w], inputs by %[q], both a word behind."""
        turn = ["mula.dd.ll.ldinc m1, %[w], m0, m2", "mula.dd.hh.ldinc m3, %[q], m0, m2"]
        loads = ["mula.dd.ll.ldinc m0, %[w], m1, m3", "mula.dd.hh.ldinc m2, %[q], m1, m3"]
        lines = ["ldinc m0, %[w]", "ldinc m2, %[q]"]
        lines += [f"movi %[v], {fours - 1}", "loop %[v], 2f", *turn, *loads] if fours > 1 else []
        return [*lines, f"2: {turn[0]}", turn[1], "mula.dd.ll m1, m3", "mula.dd.hh m1, m3"]

    def low(fours):
        """Adds the low bytes of h times x: weights by %[p], a word behind, inputs by %[q]."""
        lines = [f"movi %[v], {fours}", "loop %[v], 3f", "l32i %[t], %[p], 4", "l32i %[v], %[p], 8"]
        lines += ["and %[t], %[t], %[mask]", "and %[v], %[v], %[mask]"]
        lines += ["mula.da.ll.ldinc m1, %[q], m0, %[t]", "mula.da.hh m0, %[t]"]
        return [*lines, "mula.da.ll.ldinc m0, %[q], m1, %[v]", "mula.da.hh m1, %[v]", "addi %[p], %[p], 8"]

    def pairs(fours):
        """All rows, two at a time."""
        lines = ["addi %[w], %[w], -4"]  # words are loaded from behind a pointer
        lines += ["1: l32i %[t], %[begin], 0", "l32i %[u], %[begin], 4", "addi %[begin], %[begin], 8"]
        lines += ["sub %[t], %[t], %[lift]", "slli %[u], %[u], 8", "add %[u], %[u], %[t]", "wsr %[u], acclo"]
        lines += ["mov %[p], %[w]", "addi %[q], %[x], -4", *raw(fours)]
        lines += ["rsr %[u], acclo", "wsr %[t], acclo", "addi %[q], %[x], -4", "ldinc m0, %[q]", *low(fours)]
        lines += ["3: rsr %[t], acclo", "s32i %[t], %[sums], 0", "sub %[u], %[u], %[t]", "srai %[u], %[u], 8"]
        return [*lines, "s32i %[u], %[sums], 4", "addi %[sums], %[sums], 8", "bne %[sums], %[end], 1b"]
%>\
<%def name="wide(g, asm)">
<% fours = -(-g.count // 4) %>\
/* sums[r] = begin[r] + sum of w[r][k] * x[k]: ${g.rows} rows of ${g.count} widened input${'s' if g.count > 1 else ''}, whose sum is total. A halfword of w is
 * 256 a + b + 128 of two rows. */
${gcc.apart("out of line, so that compilers do not merge its loops into the caller's")}\
static void ${g.name}(int32_t *sums, const int32_t *begin, const int16_t *w, const int16_t *x, int32_t total)
{
    const int32_t lift = 128 * total;
<%call expr="gcc.either(asm, GUARD)">\
<%def name="assembly()">\
    int32_t t;
    int32_t u;
    int32_t v;
    const int16_t *p;
    const int16_t *q;
    const int32_t *const end = sums + ${g.rows};
    __asm__ volatile(
${quoted(pairs(fours), " " * 8)}
        : [sums] "+r"(sums), [begin] "+r"(begin), [w] "+r"(w), [t] "=&r"(t), [u] "=&r"(u), [v] "=&r"(v), [p] "=&r"(p),
          [q] "=&r"(q)
        : [x] "r"(x), [lift] "r"(lift), [end] "r"(end), [mask] "r"(0x00ff00ff)
        : "memory", "acc");
</%def>\
    for (int r = 0; r < ${g.rows}; r += 2, w += ${4 * fours}) {
        int32_t all = 0;
        int32_t low = 0;
        ${over("int k", g.count, "all += w[k] * x[k];", "low += (w[k] & 255) * x[k];")}
        sums[r] = begin[r] + low - lift;
        sums[r + 1] = begin[r + 1] + (all - low) / 256;
    }
</%call>\
}
</%def>
<%def name="gemv(g)">${slabs.gemv(g, "two rows in a halfword")}</%def>
<%def name="gemv_long(g)">${slabs.gemv_long(g)}</%def>
<%def name="columns(g)">${slabs.columns(g)}</%def>
