<%!
    SIGNS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
    TESTS = {mode: f"u {sign} v" for mode, sign in SIGNS.items()}
    TESTS |= {"logical_and": "u != 0 and v != 0", "logical_or": "u != 0 or v != 0"}
%>\
<%
    out = f.outs[0]
    names = [f"x{n}" for n in range(len(f.ins))]
    inputs = iter(zip(names, f.ins, op.zeros, op.m))
%>\
<%write:each doc="${op.mode + ', value by value.'}" count="${f.size(out)}"
    tensors="${dict(zip((*names, 'y'), (*f.dtypes_in, f.dtypes_out[0])))}">
% for place, local, constant in zip(("A", "B", "C"), ("u", "v", "w"), op.constants):
% if constant is None:
<% name, shape, zero, m = next(inputs) %>\
${local} = ${f.at(name, f.broadcast(shape, out))}
${fixed.plus(local, -zero)}
${f"{local} *= {m}" if m != 1 else ""}
% elif constant.size == 1:
${local} = ${int(constant.reshape(-1)[0])}
% else:
${local} = ${f.entry(place, f"constants_{place}", constant, f.broadcast(constant.shape, out))}
% endif
% endfor
% if op.mode == "where":
p = w
if u != 0:
    p = v
% elif op.mode in TESTS:
p = 0
if ${TESTS[op.mode]}:
    p = 1
% elif op.mode == "logical_xor":
p = 0
if u != 0:
    p = 1
if v != 0:
    p = 1 - p
% else:
p = u
if v ${">" if op.mode == "maximum" else "<"} u:
    p = v
% endif
${f.put("y", "k")} = p
</%write:each>
