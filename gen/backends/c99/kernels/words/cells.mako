<%doc>LSTM and GRU in integers, as for MAC16.</%doc>\
<%include file="/mac16/cells.mako"/>
