<%doc>Primitives that vector units gather: a word holds a point and the way to the next. Needs: counted.</%doc>\
<%namespace name="words" file="/words/primitives.mako"/>\
<%def name="tanh_words(counted)">
${words.tanh_words(counted)}
</%def>
<%def name="gate_tanh()">
${words.gate_tanh()}
</%def>
