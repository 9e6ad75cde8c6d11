<%doc>Weights in int8 with one scale per row.</%doc>\
<%namespace name="unpacked" file="/float/unpacked.mako"/>\
<%def name="gemv()">${unpacked.gemv("b", 1, True)}</%def>
<%def name="row()">${unpacked.row("b", 1, True)}</%def>
