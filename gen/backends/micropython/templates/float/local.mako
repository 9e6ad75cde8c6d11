<%doc>A convolution with a kernel of its own at every position. Needs: f, the function being written.</%doc>\
<%include file="convolution.mako"/>
