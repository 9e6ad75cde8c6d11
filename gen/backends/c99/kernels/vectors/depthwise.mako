<%doc>Depthwise convolution along channels. Needs: f, the function being written.</%doc>\
<%namespace name="rows" file="/rows.mako"/>\
<%namespace name="tiles" file="/vectors/tiles.mako"/>\
<%!
    import numpy as np

    from gatesmith.backends.c99.kernels.lanes.bytes import LANES
    from gatesmith.backends.c99.kernels.vectors.depthwise import KERNELS
    from gatesmith.backends.c99.windows import rows_of
%>\
<%def name="define(f)">\
<%
    op, (kernel,) = f.op, KERNELS
    lay, r = kernel.lay(f), rows_of(op.windows, f.ins[0], f.outs[0])
    a, scratch = r.inner.names, "window" if f.integer and op.scratch else ""
    values, bias = (op.own.weights, op.own.starts()[0]) if f.integer else (op.kernel, op.bias)
    source, sums = ("int8_t", "int32_t") if f.integer else ("float", "float")
    count, width = len(lay.places), -(-lay.period // LANES) * LANES
    size = -(-r.inner.count * r.channels // lay.period)
    rest = r.inner.count * r.channels % lay.period or lay.period % LANES
    end = f"{a}S_IN * CHANNELS" + (f", {op.source.zero}, 0" if f.integer else "")
    name = "bytes" if f.integer else "floats"
    to, lay_row = "(uint8_t *)seen" if f.integer else "seen", f.primitive(f"lay_{name}")
    f.primitive(f"places_of_{name}")
    places = [f"at + {place}" if place else "at" for place in lay.places]
    end_of_rows = count // r.inner.window.kernel * lay.pitch
    places += [f"seen + {end_of_rows} + c"] * (count % 2) # zeros: an infinity times a weight of zero is no number
%>\
enum { ${f.up}_TAPS = ${count}, ${f.up}_FILTERS = ${r.channels}, ${f.up}_PERIOD = ${lay.period} };

/* [place in the window][filter]${f", of {lay.repeats} positions" if lay.repeats > 1 else ""} */
${f.defined("kernel_weights", kernel.pack(values, lay))}
${f.defined("kernel_bias", kernel.pack(np.zeros(r.channels, np.float32) if bias is None else bias, lay))}
% if f.integer:
${f.defined("kernel_multipliers", kernel.pack(op.own.multipliers, lay))}
% endif
${rows.note(f, r)}\
% if r.outer:
${rows.head(f, r, scratch)}
% else:
APART static void ${f.name}_forward(const ${source} *x, ${f.types_out[0]} *y${scratch and f", {source} *{scratch}"})
% endif
{
${rows.sizes(r)}\
${source} seen[${(count // r.inner.window.kernel) * lay.pitch + lay.slack}];
% if scratch:
(void)window;
% endif
% if r.outer:
for (int i = 0; i < ${r.pointers}; i++) {
${lay_row}(${to} + i * ${lay.pitch}, rows[i], -${a}_PADDING * CHANNELS, ${lay.pitch}, ${end});
}
% else:
${lay_row}(${to}, x, -${a}_PADDING * CHANNELS, ${lay.pitch}, ${end});
% endif
memset(seen + ${end_of_rows}, 0, ${lay.slack} * sizeof *seen); /* read for nothing, and beside an odd place */
for (int c = 0; c < ${lay.period}; c += PLACE_LANES) {
const ${source} *by = ${f.name}_kernel_weights[0] + c;
% for k in range(0, count, 2):
const place_values by_${k} = place_two(by + ${k * width}, by + ${(k + 1) * width});
% endfor
for (${f.index} k = 0; k < ${size}; k++) {
const ${source} *at = seen + k * ${lay.step} + c;
${sums} sum[PLACE_LANES];
place_sums all = place_begin(${f.name}_kernel_bias + c);
% for k in range(0, count, 2):
all = place_products(all, by_${k}, place_two(${places[k]}, ${places[k + 1]}));
% endfor
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
}
% if r.outer:

${rows.forward(f, r, scratch)}\
% endif
</%def>
