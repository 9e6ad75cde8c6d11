<%doc>Weights in int8 with a scale a row.</%doc>\
<%namespace name="unpacked" file="/float/unpacked.mako"/>\
<%def name="gemv()">${unpacked.gemv("b", 1, True)}</%def>
<%def name="row()">${unpacked.row("b", 1, True)}</%def>
