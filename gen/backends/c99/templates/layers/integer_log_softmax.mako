<%include file="integer_softmax.mako"/>
