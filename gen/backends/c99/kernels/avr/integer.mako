<%!
    from gatesmith.backends.c99.kernels.avr.sequences import PROMISED, accumulators, add_product, clobbered

    def groups(registers, size):
        return [registers[k : k + size] for k in range(0, len(registers), size)]

    def turn(sums, wide):
        """One input: r23, and r21 above it if it has 16 bits, by a weight of each row, r22; r20 takes signs."""
        lines = ["ld r23, X+", *(["ld r21, X+"] if wide else [])]
        for own in sums:
            lines += ["lpm r22, Z+"]
            if wide:
                lines += ["mulsu r22, r23", *add_product(own, 20), "muls r22, r21", *add_product(own[1:], 20)]
            else:
                lines += ["muls r22, r23", *add_product(own, 22)]
        return lines

    def function(rows, wide, fresh):
        """Sums at r25:24, weights at r23:22, inputs at r21:20, as many as r19:18 says."""
        size = 4 if wide else 3
        registers = accumulators(rows * size, () if wide else (20, 21))
        sums = groups(registers, size)
        lines = ["movw r30, r22", "movw r26, r24" if not fresh else "movw r26, r20"]
        if not fresh:
            lines.insert(-1, "movw r22, r20") # the inputs' address, while X is that of the sums
            for own in sums:
                lines += [f"ld r{r}, X+" for r in own] + ([] if wide else ["adiw r26, 1"])
            lines += ["movw r26, r22"]
        else:
            lines += [f"clr r{r}" for r in registers]
        twice = rows <= 4 and not wide
        one = turn(sums, wide)
        if twice:
            lines += ["subi r18, 255", "sbci r19, 255", "lsr r19", "ror r18", "brcs 2f", "rjmp 1f"]
            lines += [f"2: {one[0]}", *one[1:], f"1: {one[0]}", *one[1:]]
        else:
            lines += [f"2: {one[0]}", *one[1:]]
        lines += ["subi r18, 1", "sbci r19, 0", "breq 3f", "rjmp 2b", "3: movw r26, r24"]
        for own in sums:
            if wide:
                lines += [f"st X+, r{r}" for r in own]
            else:
                lines += [*(f"st X+, r{r}" for r in own), f"lsl r{own[-1]}", "sbc r0, r0", "st X+, r0"]
        return [*lines, "clr r1"]
%>\
<%def name="gemv(g, space, asm)">${body(g, space, asm, False)}</%def>
<%def name="gemv_fresh(g, space, asm)">${body(g, space, asm, True)}</%def>
<%def name="body(g, space, asm, fresh)">
<%
    wide = g.inputs == "int16"
    cast = "(int32_t)" if wide else ""
    lines = function(g.rows, wide, fresh)
%>\
/* sums[r] ${"" if fresh else "+"}= sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, n inputs, one and more. */
<%call expr="gcc.either(asm, '#if ' + PROMISED)">\
<%def name="assembly()">\
__attribute__((noinline)) static void ${g.name}(
    int32_t *sums, const ${space}int8_t (*w)[${g.rows}], const ${g.inputs}_t *x, int n)
{
    register int32_t *to __asm__("r24") = sums;
    register const ${space}int8_t (*weights)[${g.rows}] __asm__("r22") = w;
    register const ${g.inputs}_t *from __asm__("r20") = x;
    register int count __asm__("r18") = n;
    __asm__ volatile(
${quoted(lines, " " * 8)}
        : "+r"(to), "+r"(weights), "+r"(from), "+r"(count)
        :
        : "memory", ${clobbered(lines, range(18, 26))});
}
</%def>\
static void ${g.name}(int32_t *sums, const ${space}int8_t (*w)[${g.rows}], const ${g.inputs}_t *x, int n)
{
    ${[f"for (int r = 0; r < {g.rows}; r++) {{", "    sums[r] = 0;", "}"] if fresh else []}
    ${over("int k", "n", over("int r", g.rows, f"sums[r] += {cast}w[k][r] * x[k];"))}
}
</%call>\
</%def>
