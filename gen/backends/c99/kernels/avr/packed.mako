<%!
    from gatesmith.backends.c99.kernels.avr.sequences import PROMISED, clobbered

    SUMS = range(2, 12, 2)
    """Registers of the sums of four rows and of the inputs."""

    def add_product(to):
        return [f"add r{to}, r0", f"adc r{to + 1}, r1"]

    def turn(bits):
        """One input, r20, times the weights of four rows, r21, each where it is in half a byte, r22; r23 is 1."""
        lines = ["ld r20, X+"]
        for row in range(4):
            place = row * bits % 8
            if place % 4 == 0:
                lines += ["swap r21" if place else "lpm r21, Z+"]
            last = (row + 1) * bits % 8 == 0
            some = 21 if last else 22
            lines += [*([] if last else ["mov r22, r21"]), f"andi r{some}, {(1 << bits) - 1 << place % 4}"]
            lines += [f"mulsu r20, r{some}", *add_product(SUMS[row])]
        return [*lines, "mulsu r20, r23", *add_product(SUMS[4])]

    def function(bits):
        """Sums of a group for four rows, and of its inputs, to where X points in the end."""
        lines = ["ldi r23, 1", "clr r2", "clr r3", *(f"movw r{r}, r2" for r in SUMS[1:]), "mov r19, %[many]"]
        first, *others = turn(bits)
        lines += [f"1: {first}", *others, "dec r19", "brne 1b", "clr r1", "movw r26, %[to]"]
        return [*lines, *(f"st X+, r{r + k}" for r in SUMS for k in range(2))]
%>\
<%def name="gemv(g, space, asm)">
<%
    storage = g.kernel.storage
    bits, offset, group = storage.bits, storage.offset, storage.group
    lines = function(bits)

    def level(row):
        """The sum of a row from that of its weights without a sign, which may be four times as large."""
        if row * bits % 4:
            return f"((int16_t)(sum[{row}] - {4 * offset} * sum[4] - 4) >> 2) + 1"
        return f"(int16_t)(sum[{row}] - {offset} * sum[4])"
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} rows, four side by side; weights lie there plus ${offset}. */
${[f"#if {PROMISED}", "__attribute__((noinline)) /* it takes most registers */", "#endif"] if asm else []}
static void ${g.name}(int32_t *sums, const ${space}uint8_t *w, const int8_t *x, int n)
{
    for (; n > 0; n -= ${group}) {
        const uint8_t many = n < ${group} ? (uint8_t)n : ${group};
        const ${space}uint8_t *scale = w;
        w += ${g.rows};
        for (int r = 0; r < ${g.rows}; r += 4) {
            uint16_t sum[5] = { 0 }; /* the last is that of the inputs, which weights without a sign add */
            const int8_t *from = x;
<%call expr="gcc.either(asm, '#if ' + PROMISED)">\
<%def name="assembly()">\
            __asm__ volatile(
${quoted(lines, " " * 16)}
                : "+x"(from), "+z"(w)
                : [to] "r"(sum), [many] "r"(many)
                : "memory", "r0", ${clobbered(lines, (26, 27, 30, 31))});
</%def>\
            for (uint8_t k = 0; k < many; k++, w += ${bits * 4 // 8}, from++) {
                sum[4] = (uint16_t)(sum[4] + *from);
% for row in range(4):
<% byte, place = row * bits // 8, row * bits % 8 %>\
                sum[${row}] = (uint16_t)(sum[${row}] + (w[${byte}] >> ${place // 4 * 4} & ${(1 << bits) - 1 << place % 4}) * *from);
% endfor
            }
</%call>\
            const int16_t level[4] = { ${", ".join(f"(int16_t)({level(row)})" if row * bits % 4 else level(row) for row in range(4))} };
            ${over("int i", 4, "sums[r + i] += (int32_t)(int8_t)scale[r + i] * level[i];")}
        }
        x += many;
    }
}
</%def>
