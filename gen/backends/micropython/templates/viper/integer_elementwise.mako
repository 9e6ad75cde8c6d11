<%doc>A comparison, logic or a choice of integers, with broadcasting and constants. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, out, y = f.op, f.outs[0], f.dtypes_out[0]
    names = [f"x{n}" for n in range(len(f.ins))]
    given = iter(zip(names, f.ins, f.dtypes_in, op.zeros, op.m))
    body = []
    for place, local, constant in zip(("A", "B", "C"), ("u", "v", "w"), op.constants):
        if constant is None:
            name, shape, dtype, zero, m = next(given)
            body += [f"{local} = {f.at(name, f.broadcast(shape, out), dtype)}", *f.less(local, zero)]
            body += [f"{local} *= {m}"] if m != 1 else []
        elif constant.size == 1:
            body += [f"{local} = {int(constant.reshape(-1)[0])}"]
        else:
            table = f.pointed(place, f"constants_{place}", constant)
            body += [f"{local} = {f.load(f'{table}[{f.broadcast(constant.shape, out)}]', 'int32')}"]
    tests = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
    if op.mode in tests:
        body += ["p = 0", f"if u {tests[op.mode]} v:", "    p = 1"]
    elif op.mode == "logical_and":
        body += ["p = 0", "if u != 0 and v != 0:", "    p = 1"]
    elif op.mode == "logical_or":
        body += ["p = 0", "if u != 0 or v != 0:", "    p = 1"]
    elif op.mode == "logical_xor":
        body += ["p = 0", "if u != 0:", "    p = 1", "if v != 0:", "    p = 1 - p"]
    elif op.mode == "where":
        body += ["p = w", "if u != 0:", "    p = v"]
    else:
        body += ["p = u", f"if v {'>' if op.mode == 'maximum' else '<'} u:", "    p = v"]
%>\
${f.head({**dict(zip(names, f.dtypes_in)), "y": y})}
    """${op.mode}, value by value."""
${f.start(body)}\
    for k in range(${f.size(out)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = p
</%def>
