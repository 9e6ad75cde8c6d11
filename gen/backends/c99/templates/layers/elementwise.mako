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
    zero = [f"({operand} < 0.0f || {operand} > 0.0f)" for operand in operands]
    a, b = operands[:2]
    tests = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
    truths = {mode: f"{a} {sign} {b}" for mode, sign in tests.items()}
    truths |= {"not_equal": f"{a} < {b} || {a} > {b}", "logical_xor": f"{zero[0]} != {zero[1]}"}
    truths |= {"logical_and": f"{zero[0]} && {zero[1]}", "logical_or": f"{zero[0]} || {zero[1]}"}
    values = {"add": f"{a} + {b}", "subtract": f"{a} - {b}", "multiply": f"{a} * {b}", "divide": f"{a} / {b}"}
    values |= {mode: f"{test} ? 1.0f : 0.0f" for mode, test in truths.items()}
    values |= {"equal": f"{truths['not_equal']} ? 0.0f : 1.0f", "where": f"{zero[0]} ? {b} : {operands[-1]}"}
    values |= {"maximum": f"{a} > {b} ? {a} : {b}", "minimum": f"{a} < {b} ? {a} : {b}"}
    value = values.get(op.mode) or f"{f.help(op.mode + '_of')}({a}, {b})"
%>\
${"".join(tables)}\
<%call expr="frame.each(f'{op.mode}, value by value', names, count=f.size(out))">
y[k] = ${value};
</%call>
