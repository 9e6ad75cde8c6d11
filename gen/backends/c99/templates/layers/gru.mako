<%doc>GRU, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%namespace name="after" file="gru_reset_after.mako"/>\
<%namespace name="before" file="gru_reset_before.mako"/>\
<%def name="define(f)">\
${(after if f.op.reset_after else before).define(f)}\
</%def>
