<%doc>Parts of depthwise convolutions along channels: sums of places of a window, bytes four at a time.</%doc>\
<%! from gatesmith.backends.c99.kernels.vectors.tiles import LANES %>\
<%def name="places_of_bytes()">
/* Sums of ${LANES} channels, four places at a time. */
#define PLACE_LANES ${LANES}
/* Bytes of four rows side by side. */
static void place_fours(uint8_t *restrict to, const uint8_t *a, const uint8_t *b, const uint8_t *c, const uint8_t *d, int n)
{
    for (int k = 0; k < n; k++) {
        to[4 * k] = a[k];
        to[4 * k + 1] = b[k];
        to[4 * k + 2] = c[k];
        to[4 * k + 3] = d[k];
    }
}
enum { PLACE_PARTS = PLACE_LANES / BYTE_LANES };
${places("byte", "int32_t", "int8_t", "uint8_t", 4)}\
</%def>
<%def name="places_of_floats()">
/* Sums of neighbouring channels. */
#define PLACE_LANES (FLOAT_LANES > 1 ? FLOAT_LANES : ${LANES})
enum { PLACE_PARTS = PLACE_LANES / FLOAT_LANES };
${places("float", "float", "float", "float", 1)}\
</%def>
<%def name="places(v, sums, weights, inputs, four)">\
<% lanes, taken = f"{v.upper()}_LANES", "byte_taken" if four > 1 else "float_weights" %>\
typedef struct {
    ${v}_vector of[PLACE_PARTS];
} place_sums;
typedef struct {
    ${v}_operand of[PLACE_PARTS];
} place_values;
<%
    functions = [
        (f"place_sums place_begin(const {sums} *bias)", "place_sums sum", f"sum.of[k] = {v}_load(bias + k * {lanes})", "sum"),
        (f"place_values place_weights(const {weights} *from)", "place_values all", f"all.of[k] = {v}_weights(from + {four} * k * {lanes})", "all"),
        (f"place_values place_inputs(const {inputs} *from)", "place_values all", f"all.of[k] = {taken}(from + {four} * k * {lanes})", "all"),
        ("place_sums place_products(place_sums sum, place_values w, place_values x)", "", f"sum.of[k] = {v}_products(sum.of[k], w.of[k], x.of[k])", "sum"),
        (f"void place_store({sums} *to, place_sums sum)", "", f"{v}_store(to + k * {lanes}, sum.of[k])", ""),
    ]
%>\
% for head, local, statement, result in functions:
static inline ${head}
{
${f"    {local};\n" if local else ""}\
    TILE_UNROLLED
    ${over("int k", "PLACE_PARTS", f"{statement};")}
${f"    return {result};\n" if result else ""}\
}
% endfor
</%def>
