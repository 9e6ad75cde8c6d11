<%doc>A convolution with a kernel of its own at every position.</%doc>\
<%include file="convolution.mako"/>
