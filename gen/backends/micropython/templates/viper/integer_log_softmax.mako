<%doc>log_softmax in integers, as softmax.</%doc>\
<%include file="integer_softmax.mako"/>
