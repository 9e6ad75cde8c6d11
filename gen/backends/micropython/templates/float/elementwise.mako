<%
    out = f.outs[0]
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
    tests |= {"logical_and": "and", "logical_or": "or"}
    values = {mode: f"{a} {sign} {b}" for mode, sign in signs.items()}
    values |= {mode: f"1.0 if {a} {test} {b} else 0.0" for mode, test in tests.items()}
    values |= {"maximum": f"max({a}, {b})", "minimum": f"min({a}, {b})", "where": f"{b} if {a} else {operands[-1]}"}
    values |= {"logical_xor": f"1.0 if bool({a}) != bool({b}) else 0.0"}
    value = values.get(op.mode) or f"{f.help(op.mode + '_of')}({a}, {b})"
%>\
def _${f.name}(${', '.join(names)}, y, o):
    """${op.mode}, value by value."""
    ${tables}
    for k in range(${f.size(out)}):
        y[o + k] = ${value}
