<%doc>An operator value by value, with broadcasting and constants. Needs: f, the function being written.</%doc>\
<%
    op, out = f.op, f.outs[0]
    names, operands, tables, taken = [], [], [], 0
    for place, constant in zip(("first", "second", "third"), op.constants):
        if constant is None:
            at = f.broadcast(f.ins[taken], out)
            names.append(f"x{taken}, i{taken}")
            operands.append(f"x{taken}[i{taken}" + ("" if at == "0" else f" + {at}") + "]")
            taken += 1
        elif constant.size == 1:
            exact = op.mode not in ("add", "subtract", "multiply", "divide", "power", "where")
            number = float(constant.reshape(-1)[0])
            operands.append(f.exactly(place, number) if exact else f.literal(number))
        else:
            parameter = f.parameter_of(place, constant, out)
            tables.append(parameter.definition)
            operands.append(parameter.at("k"))
    a, b = operands[:2]
    signs = {"add": "+", "subtract": "-", "multiply": "*"}
    tests = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
    if op.mode in signs:
        value = f"{a} {signs[op.mode]} {b}"
    elif op.mode in ("maximum", "minimum"):
        value = f"{op.mode[:3]}({a}, {b})"
    elif op.mode in tests:
        value = f"1.0 if {a} {tests[op.mode]} {b} else 0.0"
    elif op.mode in ("logical_and", "logical_or"):
        value = f"1.0 if {a} {op.mode[8:]} {b} else 0.0"
    elif op.mode == "logical_xor":
        value = f"1.0 if bool({a}) != bool({b}) else 0.0"
    elif op.mode == "where":
        value = f"{b} if {a} else {operands[2]}"
    else:
        value = f"{f.help(op.mode + '_of')}({a}, {b})"
%>\
def _${f.name}(${', '.join(names)}, y, o):
    """${op.mode}, value by value."""
% for table in tables:
    ${table}
% endfor
    for k in range(${f.size(out)}):
        y[o + k] = ${value}
