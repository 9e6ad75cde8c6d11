<%doc>Ports that lie in the working memory, copied unless the caller uses them there. Needs: m (Model).</%doc>\
<%def name="copied_in(m)">\
% for port in m.inputs:
% if port.in_arena:
    if (${port.name} != ${m.name}_own_${port.name}(state)) {
        memcpy(${m.name}_own_${port.name}(state), ${port.name}, ${port.frame} * sizeof *${port.name});
    }
% endif
% endfor
</%def>
<%def name="copied_out(m)">\
% for port in m.outputs:
% if port.in_arena:
    if (${port.name} != ${m.name}_own_${port.name}(state)) {
        memcpy(${port.name}, ${m.name}_own_${port.name}(state), ${port.frame} * sizeof *${port.name});
    }
% endif
% endfor
</%def>
