<%doc>Weights as IEEE halves; rows may have a scale.</%doc>\
<%namespace name="unpacked" file="/float/unpacked.mako"/>\
<%def name="gemv()">${unpacked.gemv("e", 2, None)}</%def>
<%def name="row()">${unpacked.row("e", 2, None)}</%def>
