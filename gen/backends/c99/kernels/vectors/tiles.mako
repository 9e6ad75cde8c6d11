<%namespace name="shared" file="/sums.mako"/>\
<%!
    import numpy as np

    from gatesmith.backends.c99.kernels.vectors.tiles import ALIGN, FEW, FOUR, KERNELS, MOST, begins
%>\
<%
    op, (kernel,) = f.op, KERNELS
    tile, blocks, g = kernel.tile(f), kernel.blocks(f), kernel.product(f)
    f.use(g)
    own = op.own if f.integer else None
    values = own.weights if f.integer else op.kernel
    bias = own if f.integer else op.bias
    dense = op.kind.endswith("dense")
%>\
enum { ${f.up}_INPUTS = ${len(values)}, ${f.up}_FILTERS = ${blocks.total}, ${f.up}_BLOCKS = ${blocks.count} };

/* [${blocks.rows} filters]${f"[{FOUR} inputs][filter][input]" if f.integer else "[input][filter]"} */
${f.defined("kernel_weights", kernel.pack(values, tile, blocks), align=ALIGN)}
% if f.integer:
${signs(f, *(blocks.pack(begins(own, more)) for more in (0, 128)))}\
% elif bias is not None:
${f.defined("kernel_bias", blocks.pack(bias))}
% else:
static const float ${f.name}_kernel_bias[1][${blocks.rows}] = { { 0.0f } };
% endif
% if f.integer:
${f.defined("kernel_multipliers", blocks.pack(own.multipliers))}
% endif
${f.defined("places", np.array(tile.places, np.int32))}
<% alone = "forward" in f.forms %>\
% if dense:
/* y = ${f"a(W x + b) with a = {op.activation.function if f.integer else op.activation}" if op.activation else "W x + b"}${"" if alone else " at consecutive positions"}. */
% if alone:
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
enum { many = 1 };
uint8_t seen[${tile.run + -tile.run % FOUR}] = { 0 };
${lay(f, "seen", "x", "0", f"{f.up}_INPUTS", f"{f.up}_INPUTS", 0)}
${positions(f, g, tile, blocks, bias, "seen")}\
}
% else:
${f.noinline}static void ${f.name}_each(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, int32_t count)
{
<% laid = f.integer or "overlaid" in f.forms %>\
${seen(f, tile) if laid else ""}\
for (int many = 0; count > 0; count -= many, x += many * ${f.up}_INPUTS, y += many * ${f.up}_FILTERS) {
many = count < ${tile.positions} ? (int)count : ${tile.positions};
${lay(f, "seen", "x", "0", f"many * {f.up}_INPUTS", f"many * {f.up}_INPUTS", 0) if laid else ""}
${positions(f, g, tile, blocks, bias, "seen" if laid else "x")}\
}
}
% endif
% else:
<% r = rows_of(op.windows, f.ins[0], f.outs[0]); scratch = "window" if f.integer and op.scratch else "" %>\
${rows.note(f, r)}\
<%call expr="rows.row(f, r, scratch)">
${seen(f, tile)}\
${["(void)window;"] if scratch else []}
for (${f.index} column = 0; column < ${r.inner.names}S; column += ${tile.positions}, y += ${tile.positions} * OUTPUTS) {
const int many = ${r.inner.names}S - column < ${tile.positions} ? (int)(${r.inner.names}S - column) : ${tile.positions};
<% at = f"(column * {r.inner.names}_STRIDE - {r.inner.names}_PADDING) * CHANNELS"; end = f"{r.inner.names}S_IN * CHANNELS" %>\
% if r.outer:
for (int i = 0; i < ${r.pointers}; i++) {
${lay(f, f"seen + i * {tile.pitch}", "rows[i]", at, str(tile.pitch), end, op.source.zero if f.integer else 0)}
}
% else:
${lay(f, "seen", "x", at, str(tile.pitch), end, op.source.zero if f.integer else 0)}
% endif
${positions(f, g, tile, blocks, bias, "seen")}\
}
</%call>
% endif
<%def name="signs(f, signed, unsigned)">\
/* Each with half of what is shifted out of its sum, which rounds it; where inputs are more by 128, less that times its
 * weights. */
#if BYTE_MORE == 0
${f.defined("kernel_bias", signed)}
#else
${f.defined("kernel_bias", unsigned)}
#endif
</%def>
<%def name="results(f, sums, at, y, count)">\
<% multipliers = f"{f.name}_kernel_multipliers{at}"; one = f"({multipliers})" if "+" in at else multipliers %>\
<% at_once = f.sums_to_bytes(sums, multipliers, y, count) if f.integer else "" %>\
% if at_once:
${at_once}
% else:
for (int j = 0; j < ${count}; j++) {
${shared.put(f, f"{y}[j]", f.rescaled(f.op.own, f"{sums}[j]", f"{one}[j]") if f.integer else f"{sums}[j]")}\
}
% endif
</%def>
<%def name="seen(f, tile)">\
${f.aligned(ALIGN)} ${"uint8_t" if f.integer else "float"} seen[${tile.rows * tile.pitch + -tile.run % FOUR * f.integer}];
<% rest = f"memset(seen + {tile.rows * tile.pitch}, 0, {-tile.run % FOUR}); /* read, but multiplied with 0 */" %>\
${[rest] if f.integer and tile.run % FOUR else []}
</%def>
<%def name="lay(f, to, x, first, n, end, zero)">\
${f.primitive("lay_bytes" if f.integer else "lay_floats")}(${to}, ${x}, ${first}, ${n}, ${end}${f", {zero}, BYTE_MORE" if f.integer else ""});\
</%def>
<%def name="positions(f, g, tile, blocks, bias, x)">\
<% up, kind = f.up, "int32_t" if f.integer else "float" %>\
static const tile_t tile = { ${f.name}_places, ${len(tile.places)}, ${tile.run}, ${tile.part}, ${tile.step} };
for (int block = 0; block < ${up}_BLOCKS; block++) {
% if blocks.padded:
% if blocks.count > 1:
const int filters = ${up}_FILTERS - block * ${blocks.rows} < ${blocks.rows} ? ${up}_FILTERS - block * ${blocks.rows} : ${blocks.rows};
% else:
enum { filters = ${blocks.total} };
% endif
% endif
for (int first = 0, now = 0; first < many; first += now) {
${f.aligned(ALIGN)} ${kind} sums[${g.name}_positions * ${blocks.rows}];
now = tile_now(many - first, ${g.name}_positions);
${g.name}(sums, ${f.name}_kernel_bias[${"block" if bias is not None else "0"}], ${f.name}_kernel_weights[block], ${x} + first * ${tile.step}, &tile, now);
for (int k = 0; k < now; k++) {
const ${kind} *sum = sums + k * ${blocks.rows};
${f.types_out[0]} *to = y + (first + k) * ${up}_FILTERS + block * ${blocks.rows};
% if blocks.padded:
${f.types_out[0]} whole[${blocks.rows}];
${results(f, "sum", "[block]", "whole", blocks.rows)}\
memcpy(to, whole, (size_t)filters * sizeof *to);
% else:
${results(f, "sum", "[block]", "to", blocks.rows)}\
% endif
}
}
}
</%def>
<%def name="tile(g)">
<%
    integer = g.sums == "int32"
    v, kind, x, w = ("byte", "int32_t", "uint8_t", "int8_t") if integer else ("float", "float", "float", "float")
    turn, most = (FOUR, FEW) if integer else (1, MOST)
    arguments = f"{kind} *sums, const {kind} *begin, const {w} *w, const {x} *x, const tile_t *tile"
%>\
enum { ${g.name}_vectors = ${g.rows} / ${v.upper()}_LANES, ${g.name}_positions = TILE_POSITIONS(${g.name}_vectors, ${v.upper()}_OPERANDS, ${most}) };

/* Sums of ${g.rows} filters at so many positions. */
static TILE_INLINE void ${g.name}_of(${arguments}, const int many)
{
    for (int first = 0; first < tile->runs; first += tile->part, begin = sums) {
        const int end = first + tile->part < tile->runs ? first + tile->part : tile->runs;
        ${v}_vector sum[${g.name}_positions][${g.name}_vectors];
        TILE_UNROLLED
        for (int p = 0; p < many; p++) {
            TILE_UNROLLED
<% start = "byte_load(begin + v * BYTE_LANES)" if integer else "float_zero()" %>\
            ${over("int v", f"{g.name}_vectors", f"sum[p][v] = {start};")}
        }
        for (int run = first; run < end; run++) {
            const ${x} *at = x + tile->places[run];
            for (int k = 0; k < tile->run; k += ${turn}, at += ${turn}, w += ${turn * g.rows}) {
                ${v}_operand in[${g.name}_positions];
                TILE_UNROLLED
                ${over("int p", "many", f"in[p] = {v}_inputs(at + p * tile->step);")}
                TILE_UNROLLED
                for (int v = 0; v < ${g.name}_vectors; v++) {
                    const ${v}_operand by = ${v}_weights(w + v * ${turn} * ${v.upper()}_LANES);
                    TILE_UNROLLED
                    ${over("int p", "many", f"sum[p][v] = {v}_products(sum[p][v], by, in[p]);")}
                }
            }
        }
        TILE_UNROLLED
        for (int p = 0; p < many; p++) {
            TILE_UNROLLED
            for (int v = 0; v < ${g.name}_vectors; v++) {
                const int at = v * ${v.upper()}_LANES;
<% begun = f"float_add(float_load(begin + (first > 0 ? p * {g.rows} : 0) + at), sum[p][v])" %>\
                ${v}_store(sums + p * ${g.rows} + at, ${"sum[p][v]" if integer else begun});
            }
        }
    }
}

static TILE_APART void ${g.name}(${arguments}, int many)
{
    switch (many) {
% for many in range(1, most):
#if TILE_POSITIONS(${g.rows} / ${v.upper()}_LANES, ${v.upper()}_OPERANDS, ${most}) > ${many}
    case ${many}:
        ${g.name}_of(sums, begin, w, x, tile, ${many});
        break;
#endif
% endfor
    default:
        ${g.name}_of(sums, begin, w, x, tile, ${g.name}_positions);
    }
}
</%def>
