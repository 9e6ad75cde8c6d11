<%doc>A convolution that is transposed. Needs: f, the function being written.</%doc>\
<%include file="convolution.mako"/>
