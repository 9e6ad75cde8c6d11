<%doc>A convolution that is transposed.</%doc>\
<%include file="convolution.mako"/>
