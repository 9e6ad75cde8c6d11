<%namespace name="cells" file="/dsp/cells.mako"/>\
<%namespace name="lstm" file="/lstm.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.avr.cells import begun
    from gatesmith.backends.c99.kernels.avr.sequences import (
        PROMISED,
        clobbered,
        multiply,
        saturate,
        shift_product,
        shift_sum,
    )

    SUM = (20, 21, 22)
    OWN = (14, 15, 16)
    TABLES = (12, 10, 8, 6)
    """Registers of the tables' addresses: the two multipliers, then biases."""

    def biased(part):
        return part.first is None

    def begin(part, first, place):
        """A sum, and what it begins with."""
        lines = [f"ldd r{r}, Y+{first + k}" for k, r in enumerate(SUM)]
        if biased(part):
            lines += [f"movw r30, r{place}", "lpm r0, Z+", "add r20, r0", "lpm r0, Z+", "adc r21, r0"]
            return [*lines, "lpm r0, Z+", "adc r22, r0", "adiw r30, 1", f"movw r{place}, r30"]
        less = (1 << 24) - part.first
        return lines + [f"subi r20, {less & 255}", f"sbci r21, {less >> 8 & 255}", f"sbci r22, {less >> 16}"] * bool(part.first)

    def scaled(shifts, place):
        """The sum on the scale of the gate's argument, and where it is."""
        lines, at = shift_product(shifts.post)
        times = [f"movw r30, r{place}", "lpm r22, Z+", "lpm r23, Z+", f"movw r{place}, r30", *multiply()]
        return [*shift_sum(shifts.pre, not shifts.saturate), *times, *lines], at

    def arguments(own, past, gate, count):
        """Sums at r25:24, multipliers at r23:22 and r21:20, biases, if any, at r19:18 and r17:16."""
        places = iter(TABLES[2:])
        given = iter((18, 16))
        moved = ["movw r12, r22", "movw r10, r20"]
        bias = {}
        for part in (own, past):
            if biased(part):
                bias[part.name] = next(places)
                moved.append(f"movw r{bias[part.name]}, r{next(given)}")
        first, at = scaled(own.shifts[gate], 12)
        body = [*begin(own, 0, bias.get(own.name)), *first, *(f"mov r{to}, r{r}" for to, r in zip(OWN, at))]
        second, (low, middle, high) = scaled(past.shifts[gate], 10)
        body += [*begin(past, 4 * own.blocks.rows, bias.get(past.name)), *second]
        body += [f"add r{low}, r14", f"adc r{middle}, r15", f"adc r{high}, r16", *saturate(low, middle, high)]
        body += [f"std Y+0, r{low}", f"std Y+1, r{middle}", "adiw r28, 4", "dec r18", "breq 3f", "rjmp 2b"]
        head = [*moved, "movw r28, r24", f"ldi r18, {count}", "clr r19"]
        return [*head, f"2: {body[0]}", *body[1:], "3: clr r1"]

    def calls(f, own, past):
        """Of each run of gates that are scaled alike: the function's name, and the run."""
        runs = f.runs(own.blocks, own, past)
        return [(f"{f.name}_arguments" + (f"_of_{f.op.gates[run[2]]}" if len(runs) > 1 else ""), run) for run in runs]
%>\
<%def name="define(f)">${lstm.define(f, block, functions=functions)}</%def>
<%def name="functions(f, own, past)">\
% for name, (start, stop, gate) in calls(f, own, past):
${each(f, name, own, past, gate, stop - start)}
% endfor
</%def>
<%def name="each(f, name, own, past, gate, count)">
<%
    tables = [("m", "int16", own.name + "_multipliers"), ("by", "int16", past.name + "_multipliers")]
    tables += [("bias", "int32", "")] if biased(own) else []
    tables += [("past_bias", "int32", "")] if biased(past) else []
    kinds = [(name, f.constant_type(dtype)) for name, dtype, _ in tables]
    lines = arguments(own, past, gate, count)
    at = {own.name: ("sums[row]", "bias[row]"), past.name: (f"sums[{past.blocks.rows} + row]", "past_bias[row]")}
    total = {part.name: f.value(at[part.name][0]) + (f.value(at[part.name][1]) if biased(part) else part.first) for part in (own, past)}
%>\
/* What the gates' functions are given, in the low halves of sums: ${count} rows of the kernel's, behind all of which lie the
 * recurrent ones. gcc saves r28 and r29 in assembly, and counts them as stack, if no frame needs them. */
<%call expr="gcc.either(f.asm, '#if ' + PROMISED + ' && defined(__OPTIMIZE__)')">\
<%def name="assembly()">\
__attribute__((noinline, optimize("omit-frame-pointer"))) static void ${name}(
    int32_t *sums, ${", ".join(f"{kind} *{table}" for table, kind in kinds)})
{
    register int32_t *at __asm__("r24") = sums;
    ${[f'register {kind} *{table}_at __asm__("r{22 - 2 * k}") = {table};' for k, (table, kind) in enumerate(kinds)]}
    __asm__ volatile(
${quoted(lines, " " * 8)}
        : "+r"(at), ${", ".join(f'"+r"({table}_at)' for table, _ in kinds)}
        :
        : "memory", ${clobbered(lines, range(24 - 2 * len(kinds), 26))});
}
</%def>\
static void ${name}(int32_t *sums, ${", ".join(f"{kind} *{table}" for table, kind in kinds)})
{
    for (int row = 0; row < ${count}; row++) {
        const int32_t now = ${total[own.name]};
        const int32_t before = ${total[past.name]};
        ${f.joined("sums[row]", own.shifts[gate].result(f.value("now"), "m[row]"), past.shifts[gate].result(f.value("before"), "by[row]"))}
    }
}
</%call>\
</%def>
<%def name="block(f, b, own, past)">
<% seen = {letter: f.value(f.gate("sums", b, letter)).cast("int16") for letter in f.op.gates} %>\
int32_t sums[${2 * b.rows}]; /* of the kernel, then of the recurrent one */
${begun(own).multiply("sums", "x", f"{f.up}_INPUTS")}
${begun(past).multiply(f"sums + {b.rows}", "h", f"{f.up}_UNITS")}
% for name, (start, stop, gate) in calls(f, own, past):
<%
    tables = [own.name + "_multipliers", past.name + "_multipliers"]
    tables += [part.name + "_bias" for part in (own, past) if biased(part)]
    places = [f"{table}[{own.at}]" + (f" + {start}" if start else "") for table in tables]
%>\
${name}(${", ".join(["sums" + (f" + {start}" if start else ""), *places])});
% endfor
${f.over_units(b, capture(cells.lstm_unit, f, b, seen))}
</%def>
