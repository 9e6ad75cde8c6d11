<%namespace name="tiles" file="/vectors/tiles.mako"/>\
<%!
    import numpy as np

    from gatesmith.backends.c99.kernels.vectors.depthwise import KERNELS
    from gatesmith.backends.c99.kernels.vectors.tiles import ALIGN, FOUR, LANES, begins
%>\
<%
    op, (kernel,) = f.op, KERNELS
    lay, r = kernel.lay(f), rows_of(op.windows, f.ins[0], f.outs[0])
    a, scratch = r.inner.names, "window" if f.integer and op.scratch else ""
    values, bias, four = (op.own.weights, op.own.bias, FOUR) if f.integer else (op.kernel, op.bias, 1)
    source, sums, of = ("uint8_t", "int32_t", "int8_t") if f.integer else ("float", "float", "float")
    width = -(-lay.period // LANES) * LANES
    size = -(-r.inner.count * r.channels // lay.period)
    rest = r.inner.count * r.channels % lay.period or lay.period % LANES
    end = f"{a}S_IN * CHANNELS" + (f", {op.source.zero}, BYTE_MORE" if f.integer else "")
    name, laid, values_laid = "bytes" if f.integer else "floats", "fours" if f.integer else "seen", kernel.end(f)
    narrow, rows_seen = kernel.readers(f), len(values) // r.inner.window.kernel
    lay_row = "" if narrow else f.primitive(f"lay_{name}")
    f.primitive(f"places_of_{name}")
%>\
enum { ${f.up}_TAPS = ${len(values)}, ${f.up}_FILTERS = ${r.channels}, ${f.up}_PERIOD = ${lay.period} };

/* ${"[four places in the window][filter][place]" if f.integer else "[place in the window][filter]"}${f", of {lay.repeats} positions" if lay.repeats > 1 else ""} */
${f.defined("kernel_weights", kernel.weights(values, lay), align=ALIGN)}
% if f.integer:
${tiles.signs(f, *(kernel.pack(begins(op.own, more), lay) for more in (0, 128)))}\
${f.defined("kernel_multipliers", kernel.pack(op.own.multipliers, lay))}
% else:
${f.defined("kernel_bias", kernel.pack(np.zeros(r.channels, np.float32) if bias is None else bias, lay))}
% endif
${rows.note(f, r)}\
<%call expr="rows.row(f, r, scratch)">
${["(void)window;"] if scratch else []}
% if narrow:
static const float none[COLUMNS_IN * CHANNELS] = { 0.0f };
${[f"const float *row_{row} = rows[{row}] == NULL ? none : rows[{row}];" for row in range(rows_seen)]}
${begun()}\
${[f"place_sums sum_{k} = begin;" for k in range(r.inner.count)]}
% for row in range(rows_seen):
% for column, places in narrow:
<% value = f"place_values at_{row}_{column} = place_inputs(row_{row} + {column} * CHANNELS + c);" %>\
${[f"const {value}"] if places else []}
${[f"sum_{k} = place_products(sum_{k}, by_{row * r.inner.window.kernel + tap}, at_{row}_{column});" for k, tap in places]}
% endfor
% endfor
% for k in range(r.inner.count):
{
${f.aligned(ALIGN)} float sum[PLACE_LANES];
place_store(sum, sum_${k});
${tiles.results(f, "sum", "", f"(y + {k} * CHANNELS + c)", "PLACE_LANES")}\
}
% endfor
}
% else:
${f.aligned(ALIGN)} ${source} seen[${values_laid + lay.slack}];
% if r.outer:
${over("int i", r.pointers, f"{lay_row}(seen + i * {lay.pitch}, rows[i], -{a}_PADDING * CHANNELS, {lay.pitch}, {end});")}
% else:
${lay_row}(seen, x, -${a}_PADDING * CHANNELS, ${lay.pitch}, ${end});
% endif
memset(seen + ${values_laid}, 0, ${lay.slack} * sizeof *seen); /* read for nothing */
% if f.integer:
${f.aligned(ALIGN)} uint8_t fours[${FOUR * (len(lay.sources) * lay.wide + lay.slack)}];
<% runs = [", ".join(f"seen + {first}" for first in run) for run in lay.sources] %>\
${[f"place_fours(fours + {FOUR * k * lay.wide}, {run}, {lay.wide});" for k, run in enumerate(runs)]}
memset(fours + ${FOUR * len(lay.sources) * lay.wide}, 0, ${FOUR * lay.slack});
% endif
${begun()}\
for (${f.index} k = 0; k < ${size}; k++) {
const ${source} *at = ${laid} + ${f"{four} * " if four > 1 else ""}(k * ${lay.step} + c);
${f.aligned(ALIGN)} ${sums} sum[PLACE_LANES];
place_sums all = begin;
${[f"all = place_products(all, by_{k}, place_inputs(at + {four * place}));" for k, place in enumerate(lay.places)]}
place_store(sum, all);
${f.types_out[0]} value_of[PLACE_LANES];
${tiles.results(f, "sum", " + c", "value_of", "PLACE_LANES")}\
% if rest:
const ${f.index} left = ${a}S * CHANNELS - k * ${lay.period};
const ${f.index} most = (left < ${lay.period} ? left : ${lay.period}) - c;
if (most < PLACE_LANES) {
memcpy(y + k * ${lay.period} + c, value_of, (size_t)(most > 0 ? most : 0) * sizeof *y);
} else {
memcpy(y + k * ${lay.period} + c, value_of, sizeof value_of);
}
% else:
memcpy(y + k * ${lay.period} + c, value_of, sizeof value_of);
% endif
}
}
% endif
</%call>
<%def name="begun()">\
for (int c = 0; c < ${lay.period}; c += PLACE_LANES) {
const ${of} *by = ${f.name}_kernel_weights[0] + ${f"{four} * " if four > 1 else ""}c;
${[f"const place_values by_{k} = place_weights(by + {k * width * four});" for k in range(len(lay.places))]}
const place_sums begin = place_begin(${f.name}_kernel_bias + c);
</%def>
