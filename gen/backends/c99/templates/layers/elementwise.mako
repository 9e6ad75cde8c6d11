<%doc>An operator value by value, with broadcasting and constants. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, out = f.op, f.outs[0]
    names, operands, tables, taken = [], [], [], 0
    for place, constant in zip(("first", "second", "third"), op.constants):
        if constant is None:
            name = "x" if len(f.ins) == 1 else f"x{taken}"
            names.append(name)
            operands.append(f"{name}[{f.broadcast(f.ins[taken], out)}]")
            taken += 1
        elif constant.size == 1:
            operands.append(f.literal(float(constant.reshape(-1)[0])))
        else:
            parameter = f.parameter_of(place, constant, out)
            tables.append(parameter.definition)
            operands.append(parameter.at("k"))
    signs = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
    tests = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
    zero = [f"({operand} < 0.0f || {operand} > 0.0f)" for operand in operands]
    a, b = operands[:2]
    if op.mode in signs:
        value = f"{a} {signs[op.mode]} {b}"
    elif op.mode == "maximum":
        value = f"{a} > {b} ? {a} : {b}"
    elif op.mode == "minimum":
        value = f"{a} < {b} ? {a} : {b}"
    elif op.mode in ("equal", "not_equal"):
        value = f"{a} < {b} || {a} > {b} ? {'0.0f : 1.0f' if op.mode == 'equal' else '1.0f : 0.0f'}"
    elif op.mode in tests:
        value = f"{a} {tests[op.mode]} {b} ? 1.0f : 0.0f"
    elif op.mode == "logical_and":
        value = f"{zero[0]} && {zero[1]} ? 1.0f : 0.0f"
    elif op.mode == "logical_or":
        value = f"{zero[0]} || {zero[1]} ? 1.0f : 0.0f"
    elif op.mode == "logical_xor":
        value = f"{zero[0]} != {zero[1]} ? 1.0f : 0.0f"
    elif op.mode == "where":
        value = f"{zero[0]} ? {b} : {operands[2]}"
    else:
        value = f"{f.help(op.mode + '_of')}({a}, {b})"
%>\
% for table in tables:
${table}\
% endfor
/* ${op.mode}, value by value */
APART static void ${f.name}_forward(${', '.join(f"const float *{x}" for x in names)}, float *y)
{
    for (${f.index} k = 0; k < ${f.size(out)}; k++) {
        y[k] = ${value};
    }
}
</%def>
