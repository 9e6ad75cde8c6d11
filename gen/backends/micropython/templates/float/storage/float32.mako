<%doc>Weights in float32.</%doc>\
<%namespace name="unpacked" file="/float/unpacked.mako"/>\
<%def name="gemv()">${unpacked.gemv("f", 4, False)}</%def>
<%def name="row()">${unpacked.row("f", 4, False)}</%def>
