<%doc>A layer's functions in the form of its variant: viper, or plain Python. A function's body is rendered first,
because it determines the tables with which the function begins.</%doc>\
<%def name="function(doc, tensors=None)">\
<% f.open(tensors) %>\
${whole(doc, capture(caller.body))}\
</%def>
<%def name="each(doc, tensors=None, count=None)">\
<% f.open(tensors) %>\
${whole(doc, f"for k in range({count or f.size_in(0)}):\n" + in_lines(capture(caller.body), 4))}\
</%def>
<%def name="whole(doc, body)" buffered="True">\
${head(f.name, [*f.arguments, *(["first: int", "last: int"] if f.by_rows else [])], f.viper)}
    """${doc}"""
${wide(body)}\
    ${[f"{local} = {definition}" for local, definition in f.tables.items()]}
    ${f.pointers}
    ${body}
</%def>
<%doc>A function that a layer's own calls by ``f.call(name)``. Its first arguments are ``given``, integers of the same
names, two of them in registers; its last ones are the tables that it reads: a global would cost more. It walks
the sums of products.</%doc>\
<%def name="part(name, doc='', tensors=None, given=(), products=(), returns='')">\
<%
    spare = ["n"][len(given) - 1 :] if given else ["v", "q"]
    f.open(tensors, products)
    body = capture(caller.body)
    f.close(name, [*given, *("0" for _ in spare)])
%>\
${head(f"{f.name}_{name}", [*(f"{word}: int" for word in (*given, *spare)), *f.arguments, *f.table_arguments], f.viper, returns)}
    ${f'"""{doc}"""' if doc else ""}
${wide(body)}\
    ${f.pointers}
    ${[f"{p.local} = ptr32(int(z) + {4 * p.to})" for p in products] if f.viper else ""}
    ${body}


</%def>
<%doc>The part ``finish`` of several units, k. On Xtensa, firmware before 1.26 branches 2 KB at most, but jumps far.</%doc>\
<%def name="units(count, products, tensors, name='finish')">\
<% unit = caller.body %>\
<%call expr="part(name, tensors=tensors, products=products)">
k = 0
while True:
    ${capture(unit)}
    ${[*f.steps(products), "k += 1", f"if k == {count}:", "    break"]}
</%call>\
</%def>
<%doc>The same for a layer that multiplies x and its last output by a matrix each: the whole layer.</%doc>\
<%def name="matrices(products, tensors, doc='')">\
<% unit = caller.body %>\
<%call expr="units(f.op.units, products, tensors)">
${capture(unit)}
</%call>\
<%call expr="calling(doc, ('x', *tensors))">
${fixed.multiply(*products, h=tensors.get("h"))}
${f.call("finish")}
</%call>\
</%def>
<%doc>The head of a function; arguments have viper's types.</%doc>\
<%def name="head(name, arguments, viper, returns='')">\
% if viper:
@micropython.viper
def _${name}(${", ".join(arguments)})${f" -> {returns}" if returns else ""}:\
% else:
def _${name}(${", ".join(word.split(":")[0] for word in arguments)}):\
% endif
</%def>
<%doc>SH brings the lower half of a 64-bit register to its sign: 32 there, 0 on boards. A global would cost more.</%doc>\
<%def name="wide(body)" buffered="True">\
    ${["SH = 1", "SH = ((SH << 31 >> 31) + 1) << 4"] if f.viper and "SH" in body else []}
</%def>
<%doc>Functions of a module, with Python's empty lines between them.</%doc>\
<%def name="apart(functions)">\
% for function in functions:


${function.rstrip("\n")}
% endfor
</%def>
<%doc>Statements inside an ``if`` or ``for``, if there is one.</%doc>\
<%def name="behind(head, body)" buffered="True">
${head}
${in_lines(body, 4 if head else 0)}
</%def>
<%doc>A function in bytecode that calls a layer's parts.</%doc>\
<%def name="calling(doc='', arguments=('x', 'y'))">\
def _${f.name}(${", ".join([*(f"{name}, {name}_at" for name in arguments), *f.extra])}):
    ${f'"""{doc}"""' if doc else ""}
    ${capture(caller.body)}
</%def>
