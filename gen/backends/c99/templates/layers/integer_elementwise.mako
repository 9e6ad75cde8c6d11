<%! from gatesmith.backends.c99.expression import literal %>\
<%
    op, out, y = f.op, f.outs[0], f.dtypes_out[0]
    names = ["x"] if len(f.ins) == 1 else [f"x{n}" for n in range(len(f.ins))]
    inputs = iter(zip(names, f.ins, f.dtypes_in, op.zeros, op.m))
    operands, tables = [], []
    for place, constant in zip("abc", op.constants):
        if constant is None:
            name, shape, dtype, zero, m = next(inputs)
            value = f.value(f"{name}[{f.broadcast(shape, out)}]", dtype) - zero
            operands.append((place, value if m == 1 else value.wide() * m))
        elif constant.size == 1:
            operands.append((place, literal(int(constant.reshape(-1)[0]))))
        else:
            tables.append(f.constant_table(place, constant, "int32"))
            operands.append((place, f.value(f"{f.name}_{place}[{f.broadcast(constant.shape, out)}]")))
    tests = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
    truths = {"logical_and": "a != 0 && b != 0", "logical_or": "a != 0 || b != 0", "logical_xor": "(a != 0) != (b != 0)"}
    choices = {"where": "a != 0 ? b : c", "maximum": "a > b ? a : b", "minimum": "a < b ? a : b"}
    test = f"a {tests[op.mode]} b" if op.mode in tests else truths.get(op.mode, "")
%>\
% for table in tables:
${table}
% endfor
<%call expr="frame.each(f'{op.mode}, value by value', names, count=f.size(out))">
${[f"const int32_t {place} = {value};" for place, value in operands]}
y[k] = (${f.types_out[0]})(${choices[op.mode] if op.mode in choices else f"{test} ? 1 : 0"});
</%call>
