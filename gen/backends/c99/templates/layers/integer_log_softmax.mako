<%doc>log softmax over the first core axis in integers: as softmax. Needs: f, the function being written.</%doc>\
<%include file="integer_softmax.mako"/>
