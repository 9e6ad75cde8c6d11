<%doc>gemv of floats: weights in float32, in int8 with one scale per row, or in IEEE halves, with or without.</%doc>\
<%def name="gemv(g, space)">
/* acc[r] += ${"scale[r] * " if g.scaled else ""}sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x${"; w are IEEE halves" if g.weights == "uint16" else ""}. */
static void ${g.name}(float *acc, ${g.matrix(space)}, const float *x, int n)
{
${sums(g, g.rolled)}\
}
</%def>
<%def name="sums(g, rolled=False, begin='')">\
    float sum[${g.rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
${gcc.unrolled(1, "unrolled, gcc makes scalar code of it") if rolled else ""}\
        ${over("int r", g.rows, f'sum[r] += {g.float_of("w[k][r]")} * x[k];')}
    }
    ${over("int r", g.rows, f'acc[r] {f"= {begin} +" if begin else "+="} {"scale[r] * " if g.scaled else ""}sum[r];')}
</%def>
<%def name="gemv_long(g, space, part='')">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, ${g.matrix(space)}, const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        ${g.name.replace("_long", part)}(acc, w + k, ${"scale, " if g.scaled else ""}x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="row(f, to, name, width, scaled)">
% if f.storage.bits == 32:
    ${f.load(to, f"{name}[row]", width, f"sizeof {f.name}_{name}[row]")}
% else:
<% scale, cast = f"{f.name}_scales[row] * " if scaled else "", "(float)" if f.storage.bits == 8 else "" %>\
    ${over("int k", f"{f.up}_WIDTH", f"{to}[k] = {scale}{cast}{f.float_of(f'{f.name}_{name}[row][k]')};")}
% endif
</%def>
