<%doc>LSTM and GRU in integers, as for MAC16. Needs: f, the function being written.</%doc>\
<%include file="/mac16/cells.mako"/>
