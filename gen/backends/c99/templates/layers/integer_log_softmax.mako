<%doc>log softmax over the first core axis in integers: as softmax. Needs: f, the function being written.</%doc>\
<%namespace name="softmax" file="integer_softmax.mako"/>\
<%def name="define(f)">${softmax.define(f)}</%def>
