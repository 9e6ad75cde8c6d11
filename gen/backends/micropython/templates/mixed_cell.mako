<%doc>A cell that mixes activated gates into one state, one time step.</%doc>\
<% n = len(op.gates)
kernel = f.product("kernel", op.own, f.padded(*op.parts), n)
recurrent = f.product("recurrent", op.past, kernel.to + kernel.size, n) if op.past is not None else None
products = [kernel] if recurrent is None else [kernel, recurrent] %>
<%write:matrices products="${products}" tensors="${{'h': 'int16', 'y': 'int16'}}">
% for number, activation in enumerate(op.activations):
${fixed.gate(kernel, recurrent, number, activation)}
gate_${op.gates[number]} = v
% endfor
old = ${f.at('h', 'k')}
v = ${op.mixed(op.value("old"), op.shifted)}
${fixed.remember()}
</%write:matrices>
