<%include file="convolution.mako"/>
