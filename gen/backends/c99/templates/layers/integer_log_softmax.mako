<%doc>log softmax over the first core axis in integers: as softmax.</%doc>\
<%include file="integer_softmax.mako"/>
