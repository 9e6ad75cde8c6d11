<%doc>An example that calls the model and prints. Needs: g, speed, lengths.</%doc>\
<%!
    from gatesmith.backends.c99.literals import ctype
%>\
<%
    up = g.name.upper()
    stepping = g.causal or g.rate is not None
    def room(port):
        size = f"{up}_{port.name.upper()}"
        return size if stepping or port.axis is None else f"{size} * {lengths[port.axis]}"
    free = [str(lengths[i]) for i, axis in enumerate(g.axes) if axis.fixed is None]
    ports = [port.name for port in (*g.inputs, *g.outputs)]
    run = [p.name for p in g.inputs] + free + [p.name for p in g.outputs]
%>\
/* How to call ${g.name} from a sketch: yours to change. */

#include <${g.name}.h>

static ${g.name}_t state;
% for port in g.inputs:
static ${ctype(port.dtype)} ${port.name}[${room(port)}]; /* your data${f', by {g.name}_quantize_{port.name}' if port.format.integer else ''}: ${'one time step' if stepping and port.axis is not None else 'all of it'} */
% endfor
% for port in g.outputs:
static ${ctype(port.dtype)} ${port.name}[${room(port)}];
% endfor

void setup()
{
    Serial.begin(${speed or 115200});
    ${g.name}_reset(&state);
}

void loop()
{
    /* fill ${' and '.join(p.name for p in g.inputs)} with ${'the values of the next step' if stepping else 'a sequence'} */
% if g.rate:
    if (!${g.name}_step(&state, ${', '.join(ports)})) {
        return; /* no output yet */
    }
% elif g.causal:
    ${g.name}_step(&state, ${', '.join(ports)});
% else:
    ${g.name}_run(&state, ${', '.join(run)});
% endif
% for port in g.outputs:
    for (size_t k = 0; k < sizeof ${port.name} / sizeof *${port.name}; k++) {
        Serial.print(${f"{g.name}_real_{port.name}({port.name}[k])" if port.format.integer else f"{port.name}[k]"}, 6);
        Serial.print(' ');
    }
% endfor
    Serial.println();
    delay(1000);
}
