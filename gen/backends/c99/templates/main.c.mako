<%doc>An example of use. Needs: g (Generated), lengths (steps, one an axis).</%doc>\
<%!
    from gatesmith.backends.c99.literals import ctype
%>\
<%
    up = g.name.upper()
    def room(port, steps):
        size = f"{up}_{port.name.upper()}"
        return f"{size} * {lengths[port.axis]}" if steps and port.axis is not None else size
    stepping = g.causal or g.rate is not None
    ports = ", ".join(p.name for p in (*g.inputs, *g.outputs))
    free = [str(lengths[i]) for i, axis in enumerate(g.axes) if axis.fixed is None]
%>\
/* How to call ${g.name}. Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "${g.name}.h"

static ${g.name}_t state;

int main(void)
{
% for port in g.inputs:
% if port.own:
    ${ctype(port.dtype)} *${port.name} = ${g.name}_own_${port.name}(&state); /* fill it with your data${f', by {g.name}_quantize_{port.name}' if port.format.integer else ''}, anew before each call */
% else:
    static ${ctype(port.dtype)} ${port.name}[${room(port, not stepping)}]; /* your data${f', by {g.name}_quantize_{port.name}' if port.format.integer else ''}: ${'one time step' if stepping and port.axis is not None else 'all of it'} */
% endif
% endfor
% for port in g.outputs:
    static ${ctype(port.dtype)} ${port.name}[${room(port, not stepping)}];
% endfor

    ${g.name}_reset(&state);
% if g.rate:
    for (int t = 0; t < ${lengths[0]}; t++) {
        /* fill ${' and '.join(p.name for p in g.inputs)} with the values of step t */
        if (${g.name}_step(&state, ${ports})) {
            /* use ${' and '.join(p.name for p in g.outputs)} */
        }
    }
% if g.rate.finishes:
    while (${g.name}_finish(&state, ${', '.join(p.name for p in g.outputs)})) {
        /* use ${' and '.join(p.name for p in g.outputs)}: what was still to come */
    }
% endif
% elif stepping and g.axes:
    for (int t = 0; t < ${lengths[0]}; t++) {
        /* fill ${' and '.join(p.name for p in g.inputs)} with the values of step t */
        ${g.name}_step(&state, ${ports});
    }
% elif stepping:
    ${g.name}_step(&state, ${ports});
% else:
    ${g.name}_run(&state, ${', '.join([p.name for p in g.inputs] + free + [p.name for p in g.outputs])});
% endif
% for port in g.outputs:
    for (size_t k = 0; k < sizeof ${port.name} / sizeof *${port.name}; k++) {
        printf("${port.name}[%u] = %g\n", (unsigned)k, (double)${f"{g.name}_real_{port.name}({port.name}[k])" if port.format.integer else f"{port.name}[k]"});
    }
% endfor
    return 0;
}
