<%doc>Ports that lie in the working memory, copied unless the caller uses them there. Needs: m (Model).</%doc>\
<%def name="taken(m)">\
% for port in m.inputs:
% if port.own:
    if (${port.name} != ${m.name}_own_${port.name}(state)) {
        memcpy(${m.name}_own_${port.name}(state), ${port.name}, ${port.frame} * sizeof *${port.name});
    }
% endif
% endfor
</%def>
<%def name="given(m)">\
% for port in m.outputs:
% if port.own:
    if (${port.name} != ${m.name}_own_${port.name}(state)) {
        memcpy(${port.name}, ${m.name}_own_${port.name}(state), ${port.frame} * sizeof *${port.name});
    }
% endif
% endfor
</%def>
