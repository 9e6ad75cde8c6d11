<%doc>
What integer layers share that gather a window into scratch for each output. Needs: f (the function being written), taps
(the blocks of C that visit what exists of a window), place (of the input), tap (in the window), apart (whether each
position has a kernel of its own), note (for the comment).
</%doc>\
<%! from gatesmith.backends.c99.windows import nested, times, total %>\
<%def name="whole(f, taps, place, tap, apart, note)">\
<%
    op = f.op
    x, y, kind = f.dtypes_in[0], f.dtypes_out[0], f.index
    rank, channels, n = len(op.windows), op.channels, op.filters
    groups = op.groups if apart else 1
    b = f.blocks(n, 1, f.matrix(op.own, x, slice(0, n)))
    p = f.part("kernel", op.own, x, b, groups=groups, at="block")
    row = p.result("sum", "j")
    value = row if op.activation is None else f.scaled(op.narrow, f.unit(op.activation, f.saturated(row, "int16")))
    part = "part" if apart else "block"
    copy = f"memcpy(window + {times(tap, channels)}, x + {times(place, channels)}, {channels} * sizeof *window);"
    gather = [f"memset(window, {op.source.zero}, {f.up}_PATCH * sizeof *window);", *nested(taps, [copy])]
    count = f"j < {f.up}_FILTERS - {times(part, b.units)} && j < {b.units}" if b.padded else f"j < {b.units}"
    end = nested(
        [[f"for (int j = 0; {count}; j++) {{"]],
        [
            f"const int32_t value = {value + op.result.zero};",
            f"y[{total(times(part, b.units), 'j')}] = {f.stored(f.bounded(f.value('value'), op.low, op.high, y), y)};",
        ],
    )
    start = [f"{p.sums} sum[{b.rows}];", *f.start(sum=p).splitlines()]
    inner = [*start, p.multiply("sum", "window", f"{f.up}_PATCH"), *end, *(["block++;"] if apart else [])]
    blocks = nested([[f"for (int {part} = 0; {part} < {b.count}; {part}++) {{"]], inner)
    made = f.outs[0][:rank]
    loops = [[f"for ({kind} p{a} = 0; p{a} < {made[a]}; p{a}++) {{"] for a in range(rank)]
    body = nested(loops, [*gather, *blocks, f"y += {f.up}_FILTERS;"])
%>\
enum { ${f.up}_PATCH = ${op.inputs}, ${f.up}_FILTERS = ${n} };

/* ${"For each position: " if apart else ""}${f.layout_comment("filter", p)} */
${p.definition}
/* ${note}${f"; a = {op.activation.function}" if op.activation else ""}${'' if (op.low, op.high) == (op.result.low, op.result.high) else f'; from {op.low} to {op.high}'}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, ${f.types_in[0]} *window)
{
% if apart:
    ${kind} block = 0;
% endif
% for line in body:
    ${line}
% endfor
}
</%def>
