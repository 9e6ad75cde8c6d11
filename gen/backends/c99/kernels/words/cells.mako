<%doc>LSTM and GRU in integers, as for MAC16. Needs: f, the function being written.</%doc>\
<%namespace name="cells" file="/mac16/cells.mako"/>\
<%def name="define(f)">\
${cells.define(f)}\
</%def>
