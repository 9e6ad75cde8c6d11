<%doc>Frames of layers' functions: around the whole body, a statement per value, or one per column along the first
core axis; an integer result. Needs: f (the function being written), note (a description for people), names (of
its inputs), count (of values).</%doc>\
<%def name="whole(note, names=('x',), more='')">\
${head(note, names, more)}\
${caller.body()}\
}
</%def>
<%def name="each(note, names=('x',), count=0)">\
${head(note, names)}\
for (${f.index} k = 0; k < ${count or f.size_in(0)}; k++) {
${caller.body()}\
}
}
</%def>
<%def name="head(note, names, more='')">\
/* ${note} */
APART static void ${f.name}_forward(${", ".join(f"const {t} *{x}" for t, x in zip(f.types_in, names))}, ${f.types_out[0]} *y${more})
{
</%def>
<%def name="columns(note, more='')">\
<% inner = f.size_in(0) // f.ins[0][0] %>\
/* ${note} over ${f.ins[0][0]} values${f", {inner} apart" if inner > 1 else ""}${more} */
% if inner > 1:
APART static void ${f.name}_forward(const ${f.types_in[0]} *input, ${f.types_out[0]} *output)
{
for (${f.index} column = 0; column < ${inner}; column++) {
const ${f.types_in[0]} *x = input + column;
${f.types_out[0]} *y = output + column;
% else:
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% endif
${caller.body()}\
${"}\n" * (inner > 1)}\
}
</%def>
<%doc>A value along the column.</%doc>\
<%def name="at(k='k')" buffered="True"><% inner = f.size_in(0) // f.ins[0][0] %>${k if inner == 1 else f"{k} * {inner}"}</%def>
<%doc>A result, saturated to its type, and its destination.</%doc>\
<%def name="out(place, value, dtype='')">\
<% kind = dtype or f.dtypes_out[0] %>\
const int32_t value = ${value};
${place} = ${f.stored(f.saturated(f.value("value"), kind), kind)};
</%def>
<%doc>An inverse of at most 15 bits, and the shift of products with it, at most 30.</%doc>\
<%def name="inverse()">\
    if (inverse > 32767) {
        inverse = (inverse + 1) >> 1;
        places--;
    }
    if (places > 30) {
        inverse = 0;
        places = 30;
    }
</%def>
